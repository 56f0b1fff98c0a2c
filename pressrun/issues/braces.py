"""Find constructs that are not closed: what is left of them in the text, readers would see."""

import re
from collections.abc import Callable, Iterator

from pressrun.issues.cage import PERSON
from pressrun.issues.findings import Finding, error

#: `{#id}` is how other tools name a heading; a comment of ours has a blank behind it.
_OPENING = re.compile(r"\{\{|\{%|\{#(?=[\s-])")
_CLOSING = re.compile(r"\}\}|%\}|(?<=\s)#\}")
_ONE_BRACE = re.compile(rf"\{{\s*{PERSON}\.\w+[^{{}}]*\}}")


def judge_braces(text: str, where: Callable[[int], str]) -> Iterator[Finding]:
    """Give what opens or closes alone; braces that hold each other, as in {a{b}}, are taken to be meant.

    Args:
        text: What readers see, without the constructs that are whole.
        where: Position in the text → `file:line`.
    """
    if "{" not in text and "}" not in text:
        return
    openers, closers = _alone(text)
    for found in _OPENING.finditer(text):
        if found[0] != "{{" or {found.start(), found.start() + 1} & openers:
            closing = {"{{": "}}", "{%": "%}", "{#": "#}"}[found[0]]
            problem = f"“{_beginning(text, found.start())}” is not closed by {closing}; readers see it."
            yield error("braces", problem, where(found.start()))
    for found in _CLOSING.finditer(text):
        if {found.start(), found.end() - 1} & closers:
            yield error("braces", f"“{found[0]}” closes nothing; readers see it.", where(found.start()))
    for found in _ONE_BRACE.finditer(text):
        if {found.start(), found.start() - 1} & openers:
            continue  # named above
        problem = f"{found[0][:60]} is not between two braces on each side; readers see it."
        yield error("braces", problem, where(found.start()))


def _alone(text: str) -> tuple[set[int], set[int]]:
    """Give the positions of single braces without a counterpart, opening and closing ones."""
    openers: list[int] = []
    closers: set[int] = set()
    for at, character in enumerate(text):
        if character == "{":
            openers.append(at)
        elif character == "}" and openers:
            openers.pop()
        elif character == "}":
            closers.add(at)
    return set(openers), closers


def _beginning(text: str, start: int) -> str:
    words = " ".join(text[start : start + 60].split())
    return words if len(text) - start <= 60 else f"{words} …"
