"""Make an author's own HTML fit for a mail: addresses absolute, images sized, `<details>` opened."""

import html
import re
from html.parser import HTMLParser

from pressrun.issues.braces import judge_braces
from pressrun.issues.breaking import breakable_html
from pressrun.issues.findings import warning
from pressrun.issues.html_text import lines_of, link_text, read_text
from pressrun.issues.links import Link, absolute, judge_link
from pressrun.issues.placing import place_image
from pressrun.issues.prose import judge_text
from pressrun.issues.reading import Reading

_TAG = re.compile(r"<(a|img|table|th|details|summary|/details|/summary)\b[^>]*>", re.IGNORECASE)
_UNWELCOME = re.compile(
    r"<\s*(script|style|iframe|video|audio|svg|object|embed|form|input|button|picture)\b", re.IGNORECASE
)
_HTML = (
    "a abbr acronym address area article aside audio b base basefont bdi bdo big blockquote body br button canvas "
    "caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset "
    "figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img "
    "input ins kbd label legend li link main map mark math menu meta meter nav noscript object ol optgroup option "
    "output p param picture pre progress q rp rt ruby s samp script search section select slot small source span "
    "strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u "
    "ul var video wbr"
).replace(" ", "|")
#: <your name>, <Component /> and the like, which would vanish without a word.
_UNKNOWN = re.compile(rf"<(?!/?(?:{_HTML}|o:p)\b)[a-z][^<>]*>", re.IGNORECASE)
_ACTIVE = re.compile(r"\son[a-z]+\s*=|javascript:", re.IGNORECASE)
_OPENED = {
    "details": "<div>",
    "/details": "</div>",
    "summary": "<p><strong>",
    "/summary": "</strong></p>",
}


def tidy_html(content: str, reading: Reading, line: int, shown: str | None = None) -> str:
    """Give a piece of HTML with its tags mended; what a mail must not hold is taken out later, and named here.

    Args:
        content: The author's HTML.
        reading: Has the base address and takes findings.
        line: The line of the body it begins on, counted from 0.
        shown: What a link shows that begins and does not end in this piece; None: that is not known.
    """
    _look(content, reading, line)

    def mended(found: re.Match[str]) -> str:
        where = reading.where(line + content.count("\n", 0, found.start()))
        text = link_text(content, found.end())
        return _mended(found, reading, where, shown if text is None else text)

    return breakable_html(_TAG.sub(mended, _UNKNOWN.sub("", content)))


def judge_html_text(content: str, reading: Reading, line: int) -> None:
    """Judge the text of a block of HTML as any other.

    Args:
        content: The author's HTML.
        reading: Takes findings.
        line: The line of the body it begins on, counted from 0.
    """
    text = read_text(content)
    for number, said in lines_of(text):
        reading.findings += judge_text(said, reading.where(line + number))
    reading.findings += judge_braces(text, lambda at: reading.where(line + text.count("\n", 0, at)))


def is_checkbox(content: str) -> bool:
    """Tell whether a piece of HTML is what a task list makes of `[ ]`."""
    return content.startswith('<input class="task-list-item-checkbox"')


def _look(content: str, reading: Reading, line: int) -> None:
    patterns = (
        (_UNWELCOME, "{} does not belong in a mail"),
        (_ACTIVE, "{} is active content"),
        (_UNKNOWN, "{} is no HTML"),
    )
    for pattern, what in patterns:
        for found in pattern.finditer(content):
            named = what.format(found[0].strip().rstrip("=:>")[:60] + (">" if found[0].startswith("<") else ""))
            where = reading.where(line + content.count("\n", 0, found.start()))
            reading.findings.append(warning("html-unsafe", f"{named}; it was taken out.", where))


def _mended(found: re.Match[str], reading: Reading, where: str, shown: str | None) -> str:
    name = found[1].lower()
    if name in _OPENED:
        return _OPENED[name]
    attributes = _attributes(found[0])
    if name == "a":
        _mend_link(attributes, reading, where, shown)
    elif name == "img":
        return _mended_image(attributes, reading, where)
    elif name == "table":
        attributes["class"] = "data"
    else:
        attributes.setdefault("scope", "col")
    return _tag(name, attributes)


def _mend_link(attributes: dict[str, str], reading: Reading, where: str, shown: str | None) -> None:
    url = attributes.get("href", "")
    if not url:
        return
    if url.startswith("#"):
        problem = f"Mail clients do not jump to {url}; it is shown without a link."
        reading.findings.append(warning("link-in-page", problem, where))
        attributes.pop("href")
        return
    address = absolute(url, reading, "link", where)
    if address is None:
        attributes.pop("href")
        return
    attributes["href"] = address
    expressions = tuple(construct.text for construct in reading.markers.found_in(address))
    # what cannot be read here is taken to name its target
    text = address if shown is None else shown
    reading.findings += judge_link(Link(url=address, shown=text, where=where, expressions=expressions))


def _mended_image(attributes: dict[str, str], reading: Reading, where: str) -> str:
    alt = attributes.get("alt", "")
    width = attributes.get("width", "").removesuffix("px")
    told = int(width) if re.fullmatch("[0-9]{1,4}", width) else 0
    placed = place_image(attributes.get("src", ""), alt, reading, where, told=told)
    if placed is None:
        return html.escape(f"[{alt or 'image'}]")
    return _tag("img", {"src": placed.url, "alt": alt, **placed.attributes})


def _attributes(tag: str) -> dict[str, str]:
    reader = _TagReader()
    reader.feed(tag)
    return reader.attributes


def _tag(name: str, attributes: dict[str, str]) -> str:
    written = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>"


class _TagReader(HTMLParser):
    """Read the attributes of one tag."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes = {key: value or "" for key, value in attrs}
