"""The page of a check in a real browser: nothing run or fetched, no serious finding of axe-core, fit for a phone."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from test_around import FRONT, NOW, _check, home, stores  # noqa: F401  # fixtures

from pressrun.delivery.check_page import page_of
from pressrun.ledger import Ledger
from pressrun.settings import Settings

CHROMIUM = shutil.which("chromium")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_BODY = """# Hello

A word_that_is_longer_than_any_phone_is_wide_and_has_no_place_to_break, TK, and [a page](http://localhost/x).

![A press](https://press.example/a.png)
"""
#: A look at a finished page; what it is made of is guarded in `make test`.
pytestmark = [
    pytest.mark.prove,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


def test_the_page_is_for_everybody(home: tuple[Settings, Ledger], tmp_path: Path) -> None:  # noqa: F811
    """Light and dark, wide and narrow."""
    front = FRONT.replace("---\n", "---\nsilence:\n  image-only: it is a poster\n  left-over: meant so\n", 1)
    path = tmp_path / "check.html"
    path.write_text(page_of(_check(home, _BODY, front), NOW), encoding="utf-8")
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        for width, scheme in ((1300, "light"), (320, "dark")):
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
            # what the page's policy stops is told as a request by some runs, and has failed with the policy's name
            page.on("requestfailed", lambda request: asked.append(f"{request.url} {request.failure}"))
            page.on("requestfinished", lambda request: asked.append(f"{request.url} finished"))
            page.goto(path.as_uri())
            found = Axe().run(page, options={"iframes": False}).response["violations"]
            assert [] == [one["id"] for one in found if one["impact"] in ("serious", "critical")]
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
    assert [] == [one for one in asked if one.startswith("http") and not one.endswith(" csp")]
