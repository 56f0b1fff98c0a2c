"""Measure the text of a rendered page as a client without style sheets shows it: its size and its contrast."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import html as lxml_html

from pressrun.issues.colours import READABLE, contrast

#: Nothing under this, in pixels.
_SMALLEST = 12.0
#: From this size on, or three quarters of it in bold, less contrast is enough (WCAG 2.2, large-scale text).
_LARGE, _LARGE_BOLD, _READABLE_LARGE = 24.0, 18.66, 3.0
_PROPERTY = re.compile(r"(?:^|;)\s*([a-z-]+)\s*:\s*([^;]+)")
_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Look:
    """How text looks at one place of a page."""

    colour: str = "#000000"
    ground: str = "#ffffff"
    size: float = 16.0
    bold: bool = False

    @property
    def enough(self) -> float:
        is_large = self.size >= _LARGE or (self.bold and self.size >= _LARGE_BOLD)
        return _READABLE_LARGE if is_large else READABLE


def small_or_pale(page: lxml_html.HtmlElement, _: str) -> Iterator[str]:
    """Give the texts that are too small, or too pale on their ground."""
    body = page.find("body")
    if body is not None:
        yield from _walk(body, _Look())


def _walk(node: lxml_html.HtmlElement, above: _Look) -> Iterator[str]:
    styles = dict(_PROPERTY.findall((node.get("style") or "").lower()))
    if styles.get("display") == "none":
        return
    look = _look(node, styles, above)
    children = [child for child in node if isinstance(child.tag, str)]
    texts = [node.text, *(child.tail for child in node)]
    if any(text and text.strip(" \n\t\u200b\xa0") for text in texts):
        yield from _judge(node.tag, look)
    for child in children:
        yield from _walk(child, look)


def _look(node: lxml_html.HtmlElement, styles: dict[str, str], above: _Look) -> _Look:
    colour, ground = (
        _HEX.search(styles.get("color", "")),
        _HEX.search(styles.get("background-color", "") or node.get("bgcolor") or ""),
    )
    size = re.match(r"([0-9.]+)px", styles.get("font-size", ""))
    bold = node.tag in ("b", "strong", "th", "h1", "h2", "h3") or styles.get("font-weight", "") in ("bold", "700")
    return replace(
        above,
        colour=colour[0] if colour else above.colour,
        ground=ground[0] if ground else above.ground,
        size=float(size[1]) if size else above.size,
        bold=above.bold or bold,
    )


def _judge(tag: str, look: _Look) -> Iterator[str]:
    if look.size < _SMALLEST:
        yield f"Text in <{tag}> has {look.size:g} px; nothing should be under {_SMALLEST:g}."
    measured = contrast(look.colour, look.ground)
    if measured < look.enough:
        yield f"Text in <{tag}> has a contrast of {measured:.1f} ({look.colour} on {look.ground}), not {look.enough}."
