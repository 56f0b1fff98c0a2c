"""Make Markdown tokens fit for a mail: headings in order, addresses absolute, code as written, directions set."""

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from pressrun.issues.braces import judge_braces
from pressrun.issues.emoji import with_emoji
from pressrun.issues.findings import warning
from pressrun.issues.headings import order_headings
from pressrun.issues.html_text import CODE
from pressrun.issues.left_overs import note_greetings
from pressrun.issues.links import Link, absolute, judge_link, shortened
from pressrun.issues.marks import judge_fence, judge_marks, judge_rows
from pressrun.issues.placing import place_image
from pressrun.issues.prose import direction_of, judge_text
from pressrun.issues.raw_html import is_checkbox, judge_html_text, tidy_html
from pressrun.issues.reading import Reading
from pressrun.issues.shown import shown_text
from pressrun.issues.tables import fit_table

_LISTS = ("bullet_list_open", "ordered_list_open")
_TURNED = ("paragraph_open", "heading_open", "td_open", "th_open")
_CODE_TAG = re.compile(r"<(/?)(?:code|kbd|samp|pre)\b", re.IGNORECASE)


def tidy(tokens: Sequence[Token], reading: Reading) -> list[Token]:
    """Give tokens that can be rendered to HTML and to text.

    Args:
        tokens: As Markdown was parsed; they are changed.
        reading: Takes findings.
    """
    kept = _without_empty_headings(list(tokens), reading)
    order_headings(kept, reading)
    for at, token in enumerate(kept):
        line = token.map[0] if token.map else 0
        if token.type in ("fence", "code_block"):
            reading.findings += judge_fence(token, reading) if token.type == "fence" else ()
            token.content = reading.markers.restore_code(token.content)
        elif token.type == "inline":
            _judge_prose(token.children or [], reading, line)
            token.children = list(_tidy_inline(token.children or [], reading, line))
        elif token.type == "html_block" and not reading.markers.alone(token.content):
            reading.markers.note_code("".join(found[0] for found in CODE.finditer(token.content)))
            judge_html_text(token.content, reading, line)
            token.content = tidy_html(token.content, reading, line)
        elif token.type == "table_open":
            reading.findings += judge_rows(kept[at:], reading)
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


def _judge_prose(children: Sequence[Token], reading: Reading, line: int) -> None:
    """Judge what a paragraph says, outside code and addresses."""
    texts, lines, is_code, is_address = list[str](), list[int](), False, False
    for token in children:
        if token.type in ("softbreak", "hardbreak"):
            texts.append("\n")
            lines.append(line)
            line += 1
        elif token.type == "html_inline" and (found := _CODE_TAG.match(token.content)):
            is_code = not found[1]
        elif token.type in ("link_open", "link_close"):
            is_address = token.type == "link_open" and token.info == "auto"
        elif token.type == "text" and is_code:
            reading.markers.note_code(token.content)
        elif token.type == "text" and not is_address:
            reading.findings += judge_text(token.content, reading.where(line))
            note_greetings(token.content, reading.markers)
            texts.append(token.content)
            lines.append(line)
    ends = list(itertools.accumulate(map(len, texts)))
    whole, where = "".join(texts), lambda at: reading.where(lines[min(bisect_right(ends, at), len(lines) - 1)])
    reading.findings += (*judge_braces(whole, where), *judge_marks(whole, where))


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
            _tidy_html_inline(token, children[at + 1 :], reading, line)
        elif token.type == "text" and not inside_link:
            token.content = with_emoji(token.content)
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
        shown = address.removeprefix("mailto:")
    expressions = tuple(construct.text for construct in reading.markers.found_in(address))
    reading.findings += judge_link(Link(url=address, shown=shown, where=where, expressions=expressions))


def _tidy_image(token: Token, reading: Reading, line: int) -> None:
    alt = shown_text(token.children or [])
    placed = place_image(str(token.attrs.get("src", "")), alt, reading, reading.where(line))
    if placed is None:
        token.type, token.content = "text", f"[{alt or 'image'}]"
        return
    token.meta["placed"] = placed
    token.attrs = {"src": placed.url, "alt": alt, "title": token.attrs.get("title", "")}


def _tidy_html_inline(token: Token, following: Sequence[Token], reading: Reading, line: int) -> None:
    if is_checkbox(token.content):
        token.type, token.content = "text", "☑" if "checked" in token.content else "☐"
    else:
        token.content = tidy_html(token.content, reading, line, _text_of_html_link(following))


def _text_of_html_link(following: Sequence[Token]) -> str | None:
    """Give what a link shows that was written as a tag; None if it does not end here."""
    is_end = [one.type == "html_inline" and one.content.lower().startswith("</a") for one in following]
    if True not in is_end:
        return None
    return shown_text(following[: is_end.index(True)]).strip()


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
