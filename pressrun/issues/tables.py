"""Let tables fit a phone: one that is too wide is shown there row by row, each cell behind the name of its column."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

from pressrun.issues.findings import warning
from pressrun.issues.reading import Reading
from pressrun.issues.shown import shown_text

_MOST_COLUMNS = 4
#: As many characters as fit beside each other on a phone of 320 px, less three for the gap of each column.
_PHONE_CHARACTERS, _GAP = 42, 3
#: Where a browser breaks a line by itself, or a `<wbr>` of ours stands.
_BREAKS = re.compile(r"[\s/\-\u2e80-\ua4cf\uac00-\ud7ff\uff00-\uffef]+")
_LONGEST_WORD = 28


def fit_table(tokens: Sequence[Token], reading: Reading, line: int) -> None:
    """Mark a table that does not fit a phone, and give its cells the names of their columns.

    Args:
        tokens: From the opening of the table on; they are changed.
        reading: Takes findings.
        line: The line of the body it begins on, counted from 0.
    """
    rows = _rows(tokens)
    heads = [shown_text(inline.children or []) for _, inline in rows[0]]
    if len(heads) > _MOST_COLUMNS:
        problem = f"A table of {len(heads)} columns is hard to read on a phone; {_MOST_COLUMNS} fit."
        reading.findings.append(warning("table-wide", problem, reading.where(line)))
    elif _needed(rows, reading) <= _PHONE_CHARACTERS:
        return
    tokens[0].meta["wide"] = True
    for row in rows[1:]:
        for (opening, _), head in zip(row, heads, strict=False):
            opening.meta["label"] = head.strip()


def _rows(tokens: Sequence[Token]) -> list[list[tuple[Token, Token]]]:
    """Give the cells of each row, the heading first: what opens them and what they say."""
    rows: list[list[tuple[Token, Token]]] = []
    for at, token in enumerate(tokens):
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append((token, tokens[at + 1]))
    return rows


def _needed(rows: Sequence[Sequence[tuple[Token, Token]]], reading: Reading) -> int:
    """Count the characters that the longest words of all columns take beside each other."""
    widths: dict[int, int] = {}
    for row in rows:
        for column, (_, inline) in enumerate(row):
            words = _BREAKS.split(reading.markers.erase(shown_text(inline.children or [])))
            longest = min(max(map(len, words)), _LONGEST_WORD)
            widths[column] = max(widths.get(column, 0), longest + _GAP)
    return sum(widths.values())
