"""Check rendered HTML against the rules of a good mail that no common tool covers.

Each rule is one function over the parsed page; adding a rule is adding one function to `RULES`.
Sources of the rules: Cerberus, WCAG 2.2, caniemail, email-bugs, and what the known base templates agree on.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from lxml import html as lxml_html

from pressrun.issues.findings import Finding, error

Rule = Callable[[lxml_html.HtmlElement, str], Iterator[str]]
_FORBIDDEN = ("script", "iframe", "form", "input", "video", "object", "embed", "svg")
_STYLE_BYTES = 16_384


def violations(html: str) -> list[Finding]:
    """Give what a rendered mail breaks, as findings."""
    page = lxml_html.document_fromstring(html.encode("utf-8"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    return [error(f"html-{name}", message, "html") for name, rule in RULES.items() for message in rule(page, html)]


def _document(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    if not html.lstrip().lower().startswith("<!doctype html>"):
        yield "The page does not begin with <!doctype html>."
    if not page.get("lang") or not page.get("dir"):
        yield "<html> has no lang or dir."
    if not (page.findtext(".//title") or "").strip():
        yield "The title is empty."
    names = {meta.get("name", "").lower() for meta in page.iter("meta")}
    for name in (
        "viewport",
        "color-scheme",
        "supported-color-schemes",
        "x-apple-disable-message-reformatting",
    ):
        if name not in names:
            yield f"<meta name={name}> is missing."


def _wrapper(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    wrapper = page.find(".//div[@role='article']")
    if wrapper is None or not all(wrapper.get(name) for name in ("aria-label", "lang", "dir", "aria-roledescription")):
        yield "The wrapper <div role=article> with aria-label, lang and dir is missing."


def _outlook(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    if html.count("<!--[if mso") != html.count("<![endif]-->") or "PixelsPerInch" not in html:
        yield "The conditional comments for Outlook are not balanced, or its pixels are not set."


def _images(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    for image in page.iter("img"):
        source = image.get("src", "")
        if image.get("alt") is None or not image.get("width"):
            yield f"The image {source[:80]} has no alt or no width."
        if not source.startswith(("https://", "http://")):
            yield f"The image {source[:80]} is not hosted."


def _links(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    for link in page.iter("a"):
        target = link.get("href")
        if target is not None and not re.match(r"https?://|mailto:|-[0-9a-f]{16}[0-9]{3}-$", target):
            yield f"The link {target[:80]} is not absolute."


def _tables(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    for table in page.iter("table"):
        is_data = "data" in (table.get("class") or "").split()
        if is_data and table.get("role"):
            yield "A table of data has a role."
        if not is_data and table.get("role") != "presentation" and table.find(".//th") is None:
            yield "A layout table has no role=presentation."
        if is_data and any(head.get("scope") is None for head in table.iter("th")):
            yield "A heading cell has no scope."


def _headings(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    levels = [(int(node.tag[1]), node.text_content().strip()) for node in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    if sum(level == 1 for level, _ in levels) != 1:
        yield f"There are {sum(level == 1 for level, _ in levels)} headings of the first level instead of one."
    for (before, _), (level, _) in pairwise(levels):
        if level > before + 1:
            yield f"A heading jumps from level {before} to {level}."


def _active(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    for name in _FORBIDDEN:
        if page.find(f".//{name}") is not None:
            yield f"<{name}> does not belong in a mail."
    for node in page.iter():
        if isinstance(node.tag, str) and any(name.lower().startswith("on") for name in node.attrib):
            yield f"<{node.tag}> has an event handler."


def _styles(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    sheets = "".join(sheet.text or "" for sheet in page.iter("style"))
    if len(sheets.encode()) > _STYLE_BYTES:
        yield f"The style sheets have more than {_STYLE_BYTES:,} bytes; Gmail drops them."
    if "@import" in sheets:
        yield "A style sheet imports another."
    inline = " ".join(node.get("style", "") for node in page.iter() if isinstance(node.tag, str))
    for unwelcome in (
        "url(",
        "var(",
        "display:flex",
        "display: flex",
        "display:grid",
        "display: grid",
        "float:",
    ):
        if unwelcome in inline:
            yield f"An inline style uses {unwelcome}."
    for size in re.findall(r"font-size:\s*([0-9.]+)px", inline):
        if 1 < float(size) < 12:
            yield f"Text of {size} px is too small."


def _must_be_there(page: lxml_html.HtmlElement, html: str) -> Iterator[str]:
    if page.find(".//a[@clicktracking='off']") is None:
        yield "The unsubscribe link with clicktracking=off is missing."
    if "\ufffd" in html:
        yield "A character was lost (U+FFFD)."
    outside_code = re.sub(r"<(pre|code)\b.*?</\1>", "", html, flags=re.DOTALL)
    if re.search(r"\{\{|\{%", outside_code):
        yield "A construct of the template was left unrendered."


RULES: dict[str, Rule] = {
    "document": _document,
    "wrapper": _wrapper,
    "outlook": _outlook,
    "images": _images,
    "links": _links,
    "tables": _tables,
    "headings": _headings,
    "active": _active,
    "styles": _styles,
    "must-be-there": _must_be_there,
}
