"""The site in a real browser: nothing run or fetched, no serious finding of axe-core, no sideways scrolling."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from published import freeze, make, submit

from pressrun.operations import site

CHROMIUM = shutil.which("chromium")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_EVERYTHING = """# A title with `code` and a [link](https://example.org/)

Hello {{ subscriber.name }}, a note.[^1] A word_that_is_longer_than_any_phone_is_wide_and_has_no_place_to_break.

> A quote, with **strong** and *soft* words.

| Hour | What happened, at length | Sum | Place | Person | Note |
|:--|:--|--:|:--|:--|:--|
| 6 | https://example.org/a/very/long/address/that/nobody/can/break | 1,234,567.89 | Aix | Ann | `some_code()` |

```python
def balances(printed, posted):
    return printed == posted  # a remark that is much longer than the screen of a small phone is wide, by far
```

- [x] done
- [ ] to do

**[A button](https://example.org/button)**

[^1]: With a [link](https://example.org/note).
"""
#: A look at finished pages; what they are made of is guarded in `make test`.
pytestmark = [
    pytest.mark.prove,
    pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed"),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Publish an issue that has everything, and one in Arabic."""
    stores = make(tmp_path_factory.mktemp("site"))
    for name, body, front in (("everything", _EVERYTHING, ""), ("arabic", "مرحبا بك.\n\n> اقتباس", "lang: ar\n")):
        freeze(*stores, name, body, front=front)
        submit(*stores, name)
    site.publish(*stores)
    stores[1].close()
    return sorted(stores[0].site_folder.rglob("*.html"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield opened
        opened.close()


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (320, "dark")])
def test_pages_are_readable_by_all_and_everywhere(browser: Browser, pages: list[Path], width: int, scheme: str) -> None:
    """Wide in the light and at 320 px in the dark."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    found, asked, said = [], list[str](), list[str]()
    for path in pages:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(path.as_uri())
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path.stem} scrolls sideways")
        found += [f"{path.stem}: {one['id']}" for one in Axe().run(page).response["violations"]]
    context.close()

    assert ([], [path.as_uri() for path in pages], []) == (found, asked, said)
