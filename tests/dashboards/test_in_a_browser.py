"""Both pages in a real browser: no exception, nothing fetched from outside, charts drawn, wide and narrow."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from filled_lake import EVIL, fill
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[str]:
    """Run the dashboard on a filled lake."""
    home = tmp_path_factory.mktemp("stores") / "home"
    fill(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "dashboards/app.py", "--server.port", str(port)],
        cwd=root,
        env={**os.environ, "PRESSRUN_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait(f"http://127.0.0.1:{port}/_stcore/health")
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.wait()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield opened
        opened.close()


def test_words_from_outside_are_shown_letter_by_letter(dashboard: str, browser: Browser) -> None:
    """A subject, an answer and a link full of HTML and Markdown run nothing and fetch nothing."""
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    outside: list[str] = []
    opened: list[str] = []
    page.on("request", lambda asked: _note(asked.url, outside))
    page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))

    page.goto(dashboard)
    page.get_by_role("heading", name=EVIL).wait_for(timeout=60_000)
    page.get_by_text("What and who is in doubt").click()
    page.get_by_role("cell", name="p100@d0.example").wait_for()
    page.wait_for_function("document.querySelectorAll('[data-testid=stVegaLiteChart] canvas, svg.marks').length >= 6")

    assert ([], []) == (outside, opened)
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(1300, "light"), (380, "dark")])
@pytest.mark.parametrize(("path", "title", "charts"), [("/", "Issues", 6), ("/audience", "Audience", 5)])
def test_page_draws_and_fetches_nothing_outside(
    dashboard: str, browser: Browser, path: str, title: str, charts: int, width: int, scheme: str
) -> None:
    """The page shows its charts and no exception, and asks nobody but its own server."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    outside: list[str] = []
    page.on("request", lambda asked: _note(asked.url, outside))

    page.goto(f"{dashboard}{path}")
    page.get_by_role("heading", name=title, exact=True).wait_for(timeout=60_000)
    page.wait_for_function(f"document.querySelectorAll('[data-testid=stVegaLiteChart]').length >= {charts}")
    page.wait_for_timeout(300)

    assert [] == outside
    assert 0 == page.locator("[data-testid=stException]").count()
    assert "Traceback" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def _note(url: str, outside: list[str]) -> None:
    if "127.0.0.1" not in url and not url.startswith(("data:", "blob:")):
        outside.append(url)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the dashboard did not come up")
