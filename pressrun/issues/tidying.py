"""Make Markdown tokens fit for a mail: headings in order, addresses absolute, code as written, directions set."""

import itertools
import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from pressrun.issues.emoji import with_emoji
from pressrun.issues.findings import warning
from pressrun.issues.links import Link, absolute, judge_link, shortened
from pressrun.issues.placing import place_image
from pressrun.issues.prose import direction_of, judge_text
from pressrun.issues.raw_html import is_checkbox, tidy_html
from pressrun.issues.reading import Reading
from pressrun.issues.shown import shown_text
from pressrun.issues.tables import fit_table

_LISTS = ("bullet_list_open", "ordered_list_open")
_TURNED = ("paragraph_open", "heading_open", "td_open", "th_open")
_RAW_HEADING = re.compile(r"(</?h)([1-6])\b", re.IGNORECASE)


def tidy(tokens: Sequence[Token], reading: Reading) -> list[Token]:
    """Give tokens that can be rendered to HTML and to text.

    Args:
        tokens: As Markdown was parsed; they are changed.
        reading: Takes findings.
    """
    kept = _without_empty_headings(list(tokens), reading)
    _order_headings(kept, reading)
    for at, token in enumerate(kept):
        line = token.map[0] if token.map else 0
        if token.type in ("fence", "code_block"):
            token.content = reading.markers.restore_code(token.content)
        elif token.type == "inline":
            token.children = list(_tidy_inline(token.children or [], reading, line))
        elif token.type == "html_block" and not reading.markers.alone(token.content):
            token.content = tidy_html(token.content, reading, line)
        elif token.type == "table_open":
            fit_table(kept[at:], reading, line)
        if token.type in _TURNED:
            _turn(token, shown_text(kept[at + 1].children or []), reading)
        elif token.type in _LISTS and token.level == 0:
            _turn(token, _text_of_list(kept[at:]), reading)
    _make_buttons(kept)
    return kept


def _without_empty_headings(tokens: list[Token], reading: Reading) -> list[Token]:
    kept, at = [], 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "heading_open" and not shown_text(tokens[at + 1].children or []).strip():
            where = reading.where(token.map[0] if token.map else 0)
            reading.findings.append(warning("heading-empty", "An empty heading was left out.", where))
            at += 3
            continue
        kept.append(token)
        at += 1
    return kept


def _order_headings(tokens: Sequence[Token], reading: Reading) -> None:
    """Keep one h1, only at the top, and skip no level: screen readers walk by them."""
    headings = [token for token in tokens if token.type == "heading_open"]
    firsts = [token for token in headings if token.tag == "h1"]
    is_titled = len(firsts) == 1 and headings[0] is firsts[0]
    shift = 1 if firsts and not is_titled else 0
    if len(firsts) > 1:
        where = reading.where(firsts[1].map[0] if firsts[1].map else 0)
        problem = f"There are {len(firsts)} headings of the first level; all headings are shown one level lower."
        reading.findings.append(warning("heading-order", problem, where))
    last = 1
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            last = _order_one(token, tokens[at + 2], last, shift, reading)
        elif token.type == "html_block":
            token.content, last = _order_raw(token.content, last)


def _order_one(opening: Token, closing: Token, last: int, shift: int, reading: Reading) -> int:
    level = int(opening.tag[1])
    is_title = level == 1 and not shift
    wanted = 1 if is_title else max(2, min(level + shift, last + 1, 6))
    if wanted < level + shift and level + shift <= 6:
        where = reading.where(opening.map[0] if opening.map else 0)
        problem = f"A heading of level {level} follows one of level {last - shift or 1}; shown as level {wanted}."
        reading.findings.append(warning("heading-order", problem, where))
    opening.tag = closing.tag = f"h{wanted}"
    return wanted


def _order_raw(content: str, last: int) -> tuple[str, int]:
    """Order the headings in an author's own HTML likewise."""
    levels = [last]

    def ordered(found: re.Match[str]) -> str:
        if not found[1].startswith("</"):
            levels.append(max(2, min(int(found[2]), levels[-1] + 1)))
        return f"{found[1]}{levels[-1]}"

    return _RAW_HEADING.sub(ordered, content), levels[-1]


def _tidy_inline(children: Sequence[Token], reading: Reading, line: int) -> Iterator[Token]:
    inside_link = 0
    for at, token in enumerate(children):
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type == "code_inline":
            token.content = reading.markers.restore_code(token.content)
        elif token.type == "link_open":
            inside_link += 1
            _tidy_link(token, children[at + 1 :], reading, line)
        elif token.type == "link_close":
            inside_link -= 1
        elif token.type == "image":
            _tidy_image(token, reading, line)
        elif token.type == "html_inline":
            _tidy_html_inline(token, reading, line)
        elif token.type == "text" and not inside_link:
            token.content = with_emoji(token.content)
            reading.findings += judge_text(token.content, reading.where(line))
        yield token


def _tidy_link(token: Token, following: Sequence[Token], reading: Reading, line: int) -> None:
    where, href = reading.where(line), str(token.attrs.pop("href", ""))
    shown = shown_text(following, "link_close")
    if href.startswith("#"):
        problem = f"Mail clients do not jump to {href}; it is shown without a link."
        reading.findings.append(warning("link-in-page", problem, where))
        return
    address = absolute(href, reading, "link", where)
    if address is None:
        return
    token.attrs["href"] = address
    if token.info == "auto" and following[0].type == "text":
        following[0].content = shortened(following[0].content)
    else:
        expressions = tuple(construct.text for construct in reading.markers.found_in(address))
        reading.findings += judge_link(Link(url=address, shown=shown, where=where, expressions=expressions))
    if token.info == "auto" and address.startswith("http://"):
        reading.findings += judge_link(Link(url=address, shown=address, where=where))


def _tidy_image(token: Token, reading: Reading, line: int) -> None:
    alt = shown_text(token.children or [])
    placed = place_image(str(token.attrs.get("src", "")), alt, reading, reading.where(line))
    if placed is None:
        token.type, token.content = "text", f"[{alt or 'image'}]"
        return
    token.meta["placed"] = placed
    token.attrs = {"src": placed.url, "alt": alt, "title": token.attrs.get("title", "")}


def _tidy_html_inline(token: Token, reading: Reading, line: int) -> None:
    if is_checkbox(token.content):
        token.type, token.content = "text", "☑" if "checked" in token.content else "☐"
    else:
        token.content = tidy_html(token.content, reading, line)


def _text_of_list(tokens: Sequence[Token]) -> str:
    """Give all that a list says, so that its marks stand where its text begins."""
    inside = itertools.takewhile(lambda token: token.nesting >= 0 or token.level > 0, tokens)
    return " ".join(shown_text(token.children or []) for token in inside if token.type == "inline")


def _turn(opening: Token, text: str, reading: Reading) -> None:
    """Set the direction of a block that runs against the rest; `dir=auto` is not reliable in mails."""
    direction = direction_of(reading.markers.erase(text))
    if direction and direction != reading.direction:
        opening.attrs["dir"] = direction


def _make_buttons(tokens: Sequence[Token]) -> None:
    """Mark each paragraph that is one bold link and nothing else: it is shown as a button."""
    for at, token in enumerate(tokens):
        children = tokens[at + 1].children or [] if token.type == "paragraph_open" else []
        kinds = [child.type for child in children if child.type != "text" or child.content.strip()]
        whole = ["strong_open", "link_open", "link_close", "strong_close"]
        if [kind for kind in kinds if kind != "text"] == whole and _is_inside(children):
            token.meta["button"] = tokens[at + 2].meta["button"] = True
            for child in children:
                child.meta["button"] = True


def _is_inside(children: Sequence[Token]) -> bool:
    kinds = [child.type for child in children if child.type != "text" or child.content.strip()]
    return kinds[:2] == ["strong_open", "link_open"] and kinds[-2:] == ["link_close", "strong_close"]
