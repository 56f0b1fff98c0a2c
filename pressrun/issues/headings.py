"""Keep the headings of an issue in order, as screen readers walk by them: one at the top, and no level skipped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from pressrun.issues.findings import warning
from pressrun.issues.reading import Reading

_RAW_HEADING = re.compile(r"(</?h)([1-6])\b", re.IGNORECASE)


@dataclass(kw_only=True, slots=True)
class _Walk:
    """Where a walk over the headings of an issue is."""

    #: By how much all of them are lowered, for the title above them is the first.
    shift: int
    #: The level of the last one as its author wrote it, and as it is shown.
    written: int
    shown: int = 1


def order_headings(tokens: Sequence[Token], reading: Reading) -> None:
    """Keep one h1, only at the top, and skip no level.

    Args:
        tokens: As Markdown was parsed; they are changed.
        reading: Takes findings.
    """
    headings = [token for token in tokens if token.type == "heading_open"]
    firsts = [token for token in headings if token.tag == "h1"]
    is_titled = len(firsts) == 1 and headings[0] is firsts[0]
    shift = 1 if firsts and not is_titled else 0
    if shift:
        _say_firsts(firsts, reading)
    # an author who begins with ## below a title begins one level down
    walk = _Walk(shift=shift, written=int(headings[0].tag[1]) if shift else 1)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            _order_one(token, tokens[at + 2], walk, reading)
        elif token.type == "html_block":
            token.content, walk.shown = _order_raw(token.content, walk.shown)


def _say_firsts(firsts: Sequence[Token], reading: Reading) -> None:
    if len(firsts) > 1:
        problem = f"There are {len(firsts)} headings of the first level; all headings are shown one level lower."
    else:
        problem = "The heading of the first level is not the first; all headings are shown one level lower."
    wrong = firsts[min(1, len(firsts) - 1)]
    reading.findings.append(warning("heading-order", problem, reading.where(wrong.map[0] if wrong.map else 0)))


def _order_one(opening: Token, closing: Token, walk: _Walk, reading: Reading) -> None:
    level = int(opening.tag[1])
    is_title = level == 1 and not walk.shift
    if level > walk.written + 1:
        where = reading.where(opening.map[0] if opening.map else 0)
        problem = f"A heading of level {level} follows one of level {walk.written}; it is shown one level below that."
        reading.findings.append(warning("heading-order", problem, where))
    walk.shown = 1 if is_title else max(2, min(level + walk.shift, walk.shown + 1, 6))
    walk.written = level
    opening.tag = closing.tag = f"h{walk.shown}"


def _order_raw(content: str, last: int) -> tuple[str, int]:
    """Order the headings in an author's own HTML likewise."""
    levels = [last]

    def ordered(found: re.Match[str]) -> str:
        if not found[1].startswith("</"):
            levels.append(max(2, min(int(found[2]), levels[-1] + 1)))
        return f"{found[1]}{levels[-1]}"

    return _RAW_HEADING.sub(ordered, content), levels[-1]
