"""Find marks of Markdown that mark nothing: readers see them as they stand. A new one is one more pattern."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from pressrun.issues.findings import Finding, warning
from pressrun.issues.reading import Reading

#: What is left in a paragraph → what it was meant to be.
_LEFT: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(pattern, re.MULTILINE), meant)
    for pattern, meant in (
        (r"\*\*|(?<![\w_])__(?=\w)|(?<=\w)__(?![\w_])|~~", "has no counterpart, or blanks or quotes just inside of it"),
        (r"(?<!`)`(?!`)", "begins code that does not end"),
        (r"^#{2,6}(?=[^\s#])", "needs a blank behind it to be a heading"),
        (r"\]\(|\]\s\((?=https?:|mailto:|\))", "is no link: one stands as [text](https://…), without blanks"),
        (r"\)\[(?=https?:|\])", "is no link: the text stands between [ ], the address between ( )"),
        (r"^\[[^\]\n]+\]\s?:\s*(?=https?:|$)", "defines no link: it begins a line, after an empty one"),
        (r"!\[\[[^\]\n]*\]\]|\[\[[^\]\n]*\]\]", "is a link of a notebook or wiki"),
        (r"^(?::{3,}.*|!!! \w+.*|\[TOC\]|\[!\w+\]|\{:.*\})$", "is markup of another tool"),
        (r"\{[#.][\w-]+\}$", "is markup of another tool"),
        (r"<!--", "begins a comment that does not end"),
        (r"^<{7} |^={7}$|^>{7} ", "was left by a merge of two versions"),
    )
)
_ROW = re.compile(r"\s*\|.*\|\s*")
#: A word that is not for everybody, and a judgement in stars.
_MEANT = re.compile(r"(?<!\w)\w{1,2}(?:\*{2,}\w{1,3}|\*{3,})(?!\w)|(?<![^\s(])\*{3,}(?![^\s.,;:!?)])")
_NOTE_BEGINS = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*(.*)")


def judge_marks(text: str, where: Callable[[int], str]) -> Iterator[Finding]:
    """Give the marks that are left in what readers see.

    Args:
        text: A paragraph, its line breaks kept.
        where: Position in the text → `file:line`.
    """
    text = _MEANT.sub(lambda found: " " * len(found[0]), text)
    for pattern, meant in _LEFT:
        for found in pattern.finditer(text):
            yield warning("markdown", f"“{found[0].strip()[:60]}” {meant}; readers see it.", where(found.start()))
    rows = [line for line in text.split("\n") if _ROW.fullmatch(line)]
    if len(rows) > 1:
        problem = "These lines are no table: the second one must be |---|, with as many columns as the first."
        yield warning("markdown", problem, where(text.index(rows[0])))


def judge_rows(tokens: Sequence[Token], reading: Reading) -> Iterator[Finding]:
    """Give the rows of a table that have more or fewer cells than its heading; what is too much would be lost.

    Args:
        tokens: From the opening of the table on.
        reading: Knows the lines.
    """
    begins, ends = tokens[0].map or (0, 0)
    wanted = len(_cells(reading.lines[begins]))
    for at in range(begins + 2, min(ends, len(reading.lines))):
        has = len(_cells(reading.lines[at]))
        if has != wanted:
            lost = "; what is too much is not shown" if has > wanted else ""
            problem = f"This row of the table has {has} cells, its heading {wanted}{lost}."
            yield warning("table-row", problem, reading.where(at))


def judge_fence(token: Token, reading: Reading) -> Iterator[Finding]:
    """Find code that swallows the rest of an issue."""
    begins, ends = token.map or (0, 0)
    last = reading.lines[ends - 1] if 0 < ends <= len(reading.lines) else ""
    rest = last.strip(" \t>")
    if ends - begins < 2 or set(rest) != set(token.markup[0]) or len(rest) < len(token.markup):
        problem = f"The code that begins here is never ended by {token.markup}; all that follows is shown as code."
        yield warning("markdown", problem, reading.where(begins))


def judge_notes(env: Mapping[str, object], reading: Reading) -> Iterator[Finding]:
    """Find footnotes that are not shown, say nothing, or are written twice.

    Args:
        env: As the parser of Markdown left it.
        reading: Knows the lines.
    """
    record = env.get("footnotes")
    referred = record.get("refs", {}) if isinstance(record, dict) else {}
    seen = set[str]()
    for at, line in enumerate(reading.lines):
        found = _NOTE_BEGINS.match(line)
        if found is None or f":{found[1]}" not in referred:
            continue
        following = reading.lines[at + 1] if at + 1 < len(reading.lines) else ""
        problem = ""
        if found[1] in seen:
            problem = f"The footnote [^{found[1]}] is written a second time; only one of them is shown."
        elif referred[f":{found[1]}"] < 0:
            problem = f"Nothing refers to the footnote [^{found[1]}]; it is not shown."
        elif not found[2].strip() and not following.startswith((" ", "\t")):
            problem = f"The footnote [^{found[1]}] says nothing."
        seen.add(found[1])
        if problem:
            yield warning("footnote-unresolved", problem, reading.where(at))


def _cells(line: str) -> list[str]:
    """Take a row apart as the parser of Markdown does."""
    cells = escapedSplit(line.strip(" \t>"))
    if cells and not cells[0].strip():
        cells = cells[1:]
    return cells[:-1] if cells and not cells[-1].strip() else cells
