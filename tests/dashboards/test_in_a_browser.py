"""All pages in a real browser: no exception, nothing fetched from outside, charts drawn, wide and narrow."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from filled_imports import fill_imports
from filled_lake import EVIL, fill
from playwright.sync_api import Browser, Page, sync_playwright

from pressrun.operations.desk import framed

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
_ISSUE = """---
subject: A letter to look at
from: Paper <hello@newsletter.example>
---

Hello {{{{ subscriber.name }}}}, {said}.

![a picture](https://outside.example/x.png)
"""
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


@pytest.fixture(scope="module")
def issue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of the one issue that is being written."""
    path = tmp_path_factory.mktemp("issues") / "letter.md"
    path.write_text(_ISSUE.format(said="as it was"))
    return path


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory, root: Path, issue: Path) -> Iterator[str]:
    """Run the dashboard on a filled lake."""
    home = tmp_path_factory.mktemp("stores") / "home"
    fill(home)
    fill_imports(home)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "dashboards/app.py", "--server.port", str(port)],
        cwd=root,
        env={**os.environ, "PRESSRUN_HOME": str(home), "PRESSRUN_ISSUES": str(issue.parent)},
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
    _watch(page, outside)
    page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))

    page.goto(dashboard)
    page.get_by_role("heading", name=EVIL).wait_for(timeout=60_000)
    page.get_by_text("What and who is in doubt").click()
    page.get_by_role("cell", name="p100@d0.example").wait_for()
    page.wait_for_function("document.querySelectorAll('[data-testid=stVegaLiteChart] canvas, svg.marks').length >= 6")

    assert ([], []) == (outside, opened)
    page.close()


_CHARTS = {"Issues": 6, "Audience": 5, "Imports": 7, "Write": 0}


@pytest.mark.parametrize(
    ("title", "width", "scheme"),
    [
        pytest.param("Issues", 1300, "light", marks=pytest.mark.prove),
        ("Issues", 380, "dark"),
        pytest.param("Audience", 1300, "light", marks=pytest.mark.prove),
        pytest.param("Audience", 380, "dark", marks=pytest.mark.prove),
        pytest.param("Imports", 1300, "light", marks=pytest.mark.prove),
        pytest.param("Imports", 380, "dark", marks=pytest.mark.prove),
        ("Write", 380, "light"),
    ],
)
def test_page_draws_and_fetches_nothing_outside(
    dashboard: str, browser: Browser, title: str, width: int, scheme: str
) -> None:
    """The page shows its charts and no exception, asks nobody but its own server, and can be read by all."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    outside: list[str] = []
    _watch(page, outside)

    page.goto(f"{dashboard}/{title.lower()}")
    page.get_by_role("heading", name=title, exact=True).wait_for(timeout=60_000)
    page.wait_for_function(f"document.querySelectorAll('[data-testid=stVegaLiteChart]').length >= {_CHARTS[title]}")
    if title == "Write":
        page.locator("iframe").wait_for()
    page.wait_for_timeout(300)

    assert [] == outside
    assert 0 == page.locator("[data-testid=stException]").count()
    assert "Traceback" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [] == (_serious(page) if scheme == "light" else [])
    page.close()


@pytest.mark.prove
def test_the_preview_follows_the_file(dashboard: str, browser: Browser, issue: Path) -> None:
    """What is saved in the editor is seen in the frame by itself, and for the subscriber who was asked for."""
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    outside: list[str] = []
    _watch(page, outside)
    page.goto(f"{dashboard}/write")
    mail = page.frame_locator("iframe").frame_locator("iframe")
    mail.get_by_text("Hello …, as it was.").wait_for(timeout=60_000)

    issue.write_text(_ISSUE.format(said="as it is now"))
    mail.get_by_text("Hello …, as it is now.").wait_for()
    page.get_by_role("textbox", name="Read as the subscriber with this address").fill("p3@d3.example")
    page.keyboard.press("Enter")
    mail.get_by_text("Hello P 3, as it is now.").wait_for()

    assert [] == outside
    page.close()


def test_a_mail_in_the_frame_runs_nothing_and_fetches_nothing(browser: Browser) -> None:
    """Even one that nobody sanitised: the frame is a sandbox, and its policy comes from the document around it."""
    asked: list[str] = []
    opened: list[str] = []
    with _listening(asked) as outside:
        evil = (
            f"<html><head><style>@import '{outside}/a'; body {{ background: url({outside}/b) }}</style></head><body>"
            f"<script>alert(1)</script><img src=x onerror=alert(2)><img src='{outside}/c'><svg onload=alert(3)></svg>"
            f"<iframe src='{outside}/d'></iframe><link rel=stylesheet href='{outside}/e'><a href='{outside}'>link</a>"
        )
        page = browser.new_page()
        page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
        page.set_content(framed(evil, title="Preview", scheme="light", with_pictures=False))
        page.frame_locator("iframe").get_by_text("link").wait_for()
        page.wait_for_timeout(300)
        page.close()

    assert ([], []) == (asked, opened)


@contextmanager
def _listening(asked: list[str]) -> Iterator[str]:
    """Run a server that notes what it was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


def _watch(page: Page, outside: list[str]) -> None:
    """Note every request that would leave this machine; one that the page's own policy forbids never does."""

    def note(url: str) -> None:
        if "127.0.0.1" not in url and not url.startswith(("data:", "blob:")):
            outside.append(url)

    page.on("request", lambda asked: note(asked.url))
    page.on("requestfailed", lambda asked: outside.remove(asked.url) if asked.failure == "csp" else None)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the dashboard did not come up")
