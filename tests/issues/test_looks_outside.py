"""What programs of others say about the looks: SpamAssassin, axe-core, and Chromium on a small phone."""

import mailbox
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from golden_issues import golden_issues
from issue_desk import NOW, SHARED, TEMPLATES
from playwright.sync_api import Page, sync_playwright

from pressrun import issues
from pressrun.issues.gallery import READER, gallery
from pressrun.issues.slot_renderer import SlotRenderer

#: A look at finished pages; what they are made of is guarded in `make test`.
pytestmark = pytest.mark.prove

CHROMIUM, SPAMASSASSIN = shutil.which("chromium"), shutil.which("spamassassin")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SHOWN = dict(golden_issues())
browser_is_here = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """Open one page that fetches nothing from outside."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        opened = browser.new_page()
        opened.route(re.compile("^https?:"), lambda route: route.abort())
        yield opened
        browser.close()


@browser_is_here
@pytest.mark.parametrize("name", ["letter", "digest", "announcement", "blocks"])
def test_axe_finds_nothing_serious_and_a_small_phone_needs_no_scrolling(page: Page, name):
    """In the light at 700 px and in the dark at 320 px, images not loaded."""
    page.set_content(SHOWN[name].html)
    for width, scheme in ((700, "light"), (320, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [] == [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@browser_is_here
@pytest.mark.parametrize("name", ["arabic", "japanese"])
def test_other_scripts_fit_a_small_phone(page: Page, name):
    """No letter of a mail stands outside of 320 px."""
    page.set_viewport_size({"width": 320, "height": 800})
    page.set_content(SHOWN[name].html)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@browser_is_here
def test_the_gallery_fetches_nothing_and_axe_finds_nothing_serious(page: Page):
    """A page that shows all layouts is a page like any other."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1400, "height": 900})
    page.set_content(gallery(TEMPLATES, NOW))
    found = Axe().run(page, options={"iframes": False}).response["violations"]
    assert [] == [one["id"] for one in found if one["impact"] in ("serious", "critical")]
    assert [] == [url for url in asked if url.startswith("http")]
    assert 33 == page.locator("iframe").count()


@browser_is_here
@pytest.mark.shared
@pytest.mark.prove
def test_no_real_newsletter_is_wider_than_a_phone(page: Page):
    """Wide tables, long words and code of real writers, at 320 px."""
    if not SHARED.exists():
        pytest.skip("../shared/data is not here")
    page.set_viewport_size({"width": 320, "height": 800})
    brand = issues.load_brand(TEMPLATES)
    for path in sorted(path for path in SHARED.rglob("*") if path.suffix in (".md", ".markdown")):
        written = issues.load(path, path.parent)
        page.set_content(issues.check(written, brand, TEMPLATES, now=NOW, nonce="0123456789abcdef").html)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path.name


@pytest.mark.skipif(SPAMASSASSIN is None, reason="Debian's spamassassin is not installed")
def test_spamassassin_finds_the_looks_clean(tmp_path: Path):
    """Each of the three scores at most 1.0, without any question to the net."""
    box = mailbox.mbox(tmp_path / "looks.mbox")
    for look in ("letter", "digest", "announcement"):
        rendered = SHOWN[look].rendered
        values = SlotRenderer(rendered.slots, nonce=rendered.nonce).render_many([READER])[0]
        values[rendered.unsubscribe_tag] = "https://letters.example/u/x"
        box.add(issues.preview(rendered, values, tmp_path, to="ada@reader.example", now=NOW)["eml"].read_bytes())
    box.close()
    done = subprocess.run(
        ["spamassassin", "--local", "--test-mode", "--nocreate-prefs", "--mbox", str(tmp_path / "looks.mbox")],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    scores = re.findall(r"^X-Spam-Status: .*?score=(-?[0-9.]+)", done.stdout, re.MULTILINE)
    assert 3 == len(scores)
    assert max(map(float, scores)) <= 1.0, done.stdout
