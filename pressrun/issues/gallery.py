"""Show every layout with issues in it on one page: light and dark, wide and narrow, images off, and as plain text."""

import base64
import html
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from string import Template

from pressrun.issues.brand import Brand, load_brand
from pressrun.issues.checking import check
from pressrun.issues.looks import looks
from pressrun.issues.rendered import RenderedIssue, fill
from pressrun.issues.slot_renderer import SlotRenderer
from pressrun.issues.written import WrittenIssue, load

#: The sample that holds every block; it is shown in every layout.
BLOCKS = "blocks"
#: Who reads the gallery.
READER = {
    "subscriber_id": "gallery",
    "email": "ada@reader.example",
    "name": "Ada Reader",
    "first_name": "Ada",
    "tier": "paid",
    "city": "Zürich",
    "tags": ["longreads"],
}
_PAGE = Path(__file__).with_name("gallery.html")
_NONCE = "0123456789abcdef"
_ASSETS = "https://assets.example"
_DARK = "@media (prefers-color-scheme: dark)"
#: Title, width in pixels, whether dark, whether with images.
_VIEWS = (
    ("wide", 680, False, True),
    ("wide, dark", 680, True, True),
    ("narrow", 320, False, True),
    ("narrow, dark", 320, True, True),
)
_OFF = ("images off", 680, False, False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One issue in one layout."""

    look: str
    rendered: RenderedIssue
    html: str
    text: str


def shown_in(written: WrittenIssue, look: str, templates: Path, brand: Brand, now: datetime) -> Shown:
    """Render one issue in one layout, as one reader would get it.

    Raises:
        InputError: The layout is wrong.
        SlotError: The issue asks for something the gallery's reader does not have.
    """
    laid = replace(written, meta={**written.meta, "look": look})
    web = f"https://letters.example/{written.issue_id}"
    rendered = check(laid, brand, templates, now=now, nonce=_NONCE, web_url=web, assets_url=_ASSETS)
    values = SlotRenderer(rendered.slots, nonce=rendered.nonce).render_many([READER])[0]
    _, page, text = fill(rendered, {**values, rendered.unsubscribe_tag: "https://letters.example/u/gallery"})
    return Shown(look=look, rendered=rendered, html=page, text=text)


def gallery(templates: Path, now: datetime, issues: Sequence[Path] = ()) -> str:
    """Make the page.

    Args:
        templates: Folder of the layouts, their samples and the brand.
        now: Dates the issues for layouts that ask.
        issues: Issues to show in every layout instead of the samples.

    Raises:
        InputError: A layout, a sample or the brand is wrong.
    """
    brand = load_brand(templates)
    shown = list(_all(templates, brand, now, issues))
    body = "\n".join(_section(name, [one for one in shown if one.look == name]) for name in looks(templates))
    menu = "".join(f'<li><a href="#{name}">{name}</a></li>' for name in looks(templates))
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        brand=html.escape(brand.name), accent=brand.accent, accent_dark=brand.accent_dark, menu=menu, body=body
    )


def _all(templates: Path, brand: Brand, now: datetime, issues: Sequence[Path]) -> Iterator[Shown]:
    for look in looks(templates):
        samples = issues or [
            path
            for name in (look, BLOCKS)
            if (path := templates / "samples" / name / "index.md").is_file()
        ]  # fmt: skip
        for path in samples:
            yield shown_in(load(path, templates), look, templates, brand, now)


def _section(look: str, shown: Sequence[Shown]) -> str:
    return f'<section id="{look}"><h2>{look}</h2>' + "".join(map(_issue, shown)) + "</section>"


def _issue(shown: Shown) -> str:
    name = html.escape(shown.rendered.issue_id)
    findings = "".join(
        f"<li>{html.escape(one.severity)}, {html.escape(one.where)}: {html.escape(one.message)}</li>"
        for one in shown.rendered.findings
    )
    told = f"<ul class='findings'>{findings}</ul>" if findings else "<p>Preflight finds nothing.</p>"
    views = _VIEWS + ((_OFF,) if shown.rendered.images else ())
    frames = "".join(_frame(shown, *view) for view in views)
    text = f"<figure><figcaption>plain text</figcaption><pre tabindex='0'>{html.escape(shown.text)}</pre></figure>"
    return f"<h3>{name}</h3>{told}<div class='views'>{frames}{text}</div>"


def _frame(shown: Shown, title: str, width: int, dark: bool, images: bool) -> str:
    page = _with_images(shown) if images else shown.html.replace(f'src="{_ASSETS}', 'src="')
    told = html.escape(f"{shown.rendered.issue_id} in {shown.look}: {title}")
    source = html.escape(in_scheme(page, dark=dark))
    return (
        f"<figure><figcaption>{title}</figcaption>"
        f'<iframe title="{told}" width="{width}" height="760" sandbox srcdoc="{source}"></iframe>'
        "</figure>"
    )


def in_scheme(page: str, *, dark: bool) -> str:
    """Give a mail as a client in the light or in the dark would show it, whatever the browser it is looked at in."""
    scheme = "dark" if dark else "light"
    return (
        page.replace(_DARK, "@media all" if dark else "@media not all")
        .replace('content="light dark"', f'content="{scheme}"')
        .replace("scheme: light dark", f"scheme: {scheme}")
    )


def _with_images(shown: Shown) -> str:
    """Put the images of an issue into the page: a gallery fetches nothing, and unlike a mail it may hold them."""
    page = shown.html
    for picture in shown.rendered.images:
        kind = mimetypes.guess_type(picture.path.name)[0] or "image/png"
        data = base64.b64encode(picture.path.read_bytes()).decode()
        page = page.replace(f'src="{_ASSETS}/{picture.name}"', f'src="data:{kind};base64,{data}"')
    return page
