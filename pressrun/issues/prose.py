"""Judge running text; a new rule is one more function in the table."""

import re
import unicodedata
from collections.abc import Callable, Iterator

from pressrun.issues.findings import Finding, warning

_REFERENCE = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]*)\]")
_NOTE = re.compile(r"\[\^([^\[\]\s]+)\]")
#: What writers put where something is still to come; with and without a dash, but never the plain words.
_LEFT_OVER = re.compile(r"\b((?:TK){1,2}|TO-?DO|FIX-?ME|X{3}|[Ll]orem ipsum)\b")
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}")


def judge_text(text: str, where: str) -> Iterator[Finding]:
    """Give what is wrong with a piece of text outside code and links."""
    for rule in TEXT_RULES:
        yield from rule(text, where)


def direction_of(text: str) -> str:
    """Give the direction most letters of a text run in; empty if it has no letters."""
    kinds = [unicodedata.bidirectional(character) for character in text]
    right, left = sum(kind in ("R", "AL") for kind in kinds), kinds.count("L")
    return "" if right == left else "rtl" if right > left else "ltr"


def _reference(text: str, where: str) -> Iterator[Finding]:
    for found in _REFERENCE.finditer(text):
        problem = f"[{found[1]}][{found[2]}] refers to a link that is not there; readers see the brackets."
        yield warning("link-unresolved", problem, where)


def _note(text: str, where: str) -> Iterator[Finding]:
    for found in _NOTE.finditer(text):
        yield warning("footnote-unresolved", f"The footnote [^{found[1]}] is not there.", where)


def _left_over(text: str, where: str) -> Iterator[Finding]:
    for found in _LEFT_OVER.finditer(text):
        yield warning("left-over", f"“{found[1]}” was left in the text.", where)


def _braces(text: str, where: str) -> Iterator[Finding]:
    if found := _BRACES.search(text):
        problem = f"“{found[0]}” has no counterpart; readers see it. Put it in `code` if that is meant."
        yield warning("braces", problem, where)


def _lost(text: str, where: str) -> Iterator[Finding]:
    if "\ufffd" in text:
        yield warning("lost-character", "A character was lost (U+FFFD); save the file as UTF-8.", where)


TEXT_RULES: tuple[Callable[[str, str], Iterator[Finding]], ...] = (_reference, _note, _left_over, _braces, _lost)
