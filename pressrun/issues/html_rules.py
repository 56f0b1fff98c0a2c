"""Check a rendered page against what a mail must keep to; a new rule is one more function in `RULES`.

Sources: the base templates of Cerberus, MJML and Ghost, WCAG 2.2, caniemail, hteumeuleu/email-bugs.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeAlias

from lxml import html as lxml_html

from pressrun.issues.findings import Finding, error
from pressrun.issues.text_rules import small_or_pale

Page: TypeAlias = lxml_html.HtmlElement
Rule = Callable[[Page, str], Iterator[str]]
_FORBIDDEN = ("script", "iframe", "form", "input", "video", "audio", "object", "embed", "svg", "picture", "details")
#: Gmail drops a style sheet that is longer (email-bugs#90).
_STYLE_BYTES = 16_384
_METAS = ("viewport", "color-scheme", "supported-color-schemes", "x-apple-disable-message-reformatting")
_TARGET = re.compile(r"https?://[^\s/]|mailto:|-[0-9a-f]{16}[0-9]{3,}-$")
_UNWELCOME_STYLES = re.compile(
    r"url\(|var\(|light-dark\(|#[0-9a-f]{8}\b|display:\s*(?:flex|grid)|float:|position:|margin[a-z-]*:[^;]*-\d|\drem\b",
    re.IGNORECASE,
)


def violations(html: str) -> list[Finding]:
    """Give what a rendered page breaks.

    Args:
        html: The whole page, with every branch of its slots in sight.
    """
    # libxml2 takes <wbr> for a tag that is never closed, and gives up on 256 of them, one in the other
    parser = lxml_html.HTMLParser(encoding="utf-8")
    page = lxml_html.document_fromstring(html.replace("<wbr>", "").encode("utf-8"), parser=parser)
    found = {(name, message) for name, rule in RULES.items() for message in rule(page, html)}
    return [error(f"html-{name}", message, "html") for name, message in sorted(found)]


def _document(page: Page, html: str) -> Iterator[str]:
    if not html.lstrip().lower().startswith("<!doctype html>"):
        yield "The page does not begin with <!doctype html>."
    if not page.get("lang") or page.get("dir") not in ("ltr", "rtl"):
        yield "<html> has no lang or dir."
    if not (page.findtext(".//title") or "").strip():
        yield "The title is empty."
    names = {meta.get("name", "").lower() for meta in page.iter("meta")}
    yield from (f"<meta name={name}> is missing." for name in _METAS if name not in names)
    if not re.search(r"<head>\s*<meta charset=\"utf-8\">", html, re.IGNORECASE):
        yield "The first thing in <head> is not <meta charset=utf-8>."


def _wrapper(page: Page, html: str) -> Iterator[str]:
    wrapper = page.find(".//div[@role='article']")
    wanted = ("aria-label", "lang", "dir", "aria-roledescription")
    if wrapper is None or not all((wrapper.get(name) or "").strip() for name in wanted):
        yield "The wrapper <div role=article> with aria-label, lang and dir is missing."


def _preheader(page: Page, html: str) -> Iterator[str]:
    body = page.find("body")
    first = next((node for node in body if isinstance(node.tag, str)), None) if body is not None else None
    style = "" if first is None else (first.get("style") or "").replace(" ", "")
    if not all(one in style for one in ("display:none", "max-height:0", "overflow:hidden", "mso-hide:all")):
        yield "The body does not begin with a hidden preheader."


def _outlook(page: Page, html: str) -> Iterator[str]:
    opened = len(re.findall(r"<!--\[if [^\]]*mso", html))
    if opened != len(re.findall(r"<!\[endif\]-->", html)) or "PixelsPerInch" not in html:
        yield "The conditional comments for Outlook are not balanced, or its pixels are not set."
    ghosts = re.findall(r"<!--\[if [^\]]*mso.*?<!\[endif\]-->", html, re.DOTALL)
    inside = "".join(ghosts)
    if not re.search(r'<table[^>]*width="600"', inside) or inside.count("<table") != inside.count("</table"):
        yield "The table of 600 px for Outlook is missing or never closed."


def _images(page: Page, html: str) -> Iterator[str]:
    for image in page.iter("img"):
        source = image.get("src", "")
        if image.get("alt") is None or not (image.get("width") or "").isdigit():
            yield f"The image {source[:80]} has no alt or no width."
        if not source.startswith(("https://", "http://")):
            yield f"The image {source[:80]} is not hosted."
        if "display:block" not in (image.get("style") or "").replace(" ", ""):
            yield f"The image {source[:80]} is not a block."


def _links(page: Page, html: str) -> Iterator[str]:
    for link in page.iter("a"):
        target = link.get("href")
        if target is not None and not _TARGET.match(target):
            yield f"The link {target[:80]} is not absolute."
        if target is not None and "'" in target:
            yield f"The link {target[:80]} holds an apostrophe, at which click tracking cuts it."


def _tables(page: Page, html: str) -> Iterator[str]:
    for table in page.iter("table"):
        is_data = "data" in (table.get("class") or "").split()
        if is_data and table.get("role"):
            yield "A table of data has a role."
        if is_data and any(head.get("scope") is None for head in table.iter("th")):
            yield "A heading cell has no scope."
        if is_data:
            continue
        if table.get("role") != "presentation":
            yield "A layout table has no role=presentation."
        if any(table.get(name) != "0" for name in ("cellpadding", "cellspacing", "border")):
            yield "A layout table has cellpadding, cellspacing or border."


def _headings(page: Page, html: str) -> Iterator[str]:
    found = list(page.iter("h1", "h2", "h3", "h4", "h5", "h6"))
    levels = [int(node.tag[1]) for node in found]
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"There are {levels.count(1)} headings of the first level instead of one at the top."
    for before, level in pairwise(levels):
        if level > before + 1:
            yield f"A heading jumps from level {before} to {level}."
    if any(not node.text_content().strip() and node.find(".//img") is None for node in found):
        yield "A heading is empty."


def _active(page: Page, html: str) -> Iterator[str]:
    for name in _FORBIDDEN:
        if page.find(f".//{name}") is not None:
            yield f"<{name}> does not belong in a mail."
    for node in page.iter():
        if isinstance(node.tag, str) and any(name.lower().startswith("on") for name in node.attrib):
            yield f"<{node.tag}> has an event handler."


def _styles(page: Page, html: str) -> Iterator[str]:
    head = page.find("head")
    sheets = [sheet.text or "" for sheet in page.iter("style")]
    if sum(len(sheet.encode()) for sheet in sheets) > _STYLE_BYTES:
        yield f"The style sheets have more than {_STYLE_BYTES:,} bytes; Gmail drops them."
    if head is None or len(head.findall("style")) != len(sheets):
        yield "A style sheet stands outside <head>."
    if any("@import" in sheet for sheet in sheets):
        yield "A style sheet imports another."
    if any(re.search(r"@[^{}]*\{[^{}]*(\{[^{}]*\}[^{}]*)*@", sheet) for sheet in sheets):
        yield "An @-rule stands inside another; Gmail drops the sheet."
    for node in page.iter():
        if isinstance(node.tag, str) and (found := _UNWELCOME_STYLES.search(node.get("style") or "")):
            yield f"An inline style of <{node.tag}> uses {found[0]}, which mail clients drop."


def _dark(page: Page, html: str) -> Iterator[str]:
    sheet = "".join(sheet.text or "" for sheet in page.iter("style"))
    for wanted in ("prefers-color-scheme: dark", "[data-ogsc]", "[data-ogsb]", ":root"):
        if wanted not in sheet:
            yield f"The style sheet says nothing for dark mode about {wanted}."


def _must_be_there(page: Page, html: str) -> Iterator[str]:
    if page.find(".//a[@clicktracking='off']") is None:
        yield "The unsubscribe link with clicktracking=off is missing."
    if "\ufffd" in html:
        yield "A character was lost (U+FFFD)."
    shown = re.sub(r"<(pre|code|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    if re.search(r"z[qr][0-9a-f]{16}x", shown):
        yield "A construct of the template was left unrendered."


RULES: dict[str, Rule] = {
    "document": _document,
    "wrapper": _wrapper,
    "preheader": _preheader,
    "outlook": _outlook,
    "images": _images,
    "links": _links,
    "tables": _tables,
    "headings": _headings,
    "active": _active,
    "styles": _styles,
    "dark": _dark,
    "text": small_or_pale,
    "must-be-there": _must_be_there,
}
