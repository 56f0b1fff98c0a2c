"""A rule about a piece of text: made from a pattern, and asked with the others of its list."""

import re
from collections.abc import Callable, Iterator, Sequence

from pressrun.issues.findings import Finding, warning

#: Takes the text and its place.
TextRule = Callable[[str, str], Iterator[Finding]]


def warns_of(pattern: re.Pattern[str], rule: str, said: Callable[[re.Match[str]], str]) -> TextRule:
    """Make a rule that warns of each place a pattern finds.

    Args:
        pattern: What it looks for.
        rule: Its name in the rule book.
        said: Says to the writer what was found.
    """

    def judge(text: str, where: str) -> Iterator[Finding]:
        for found in pattern.finditer(text):
            yield warning(rule, said(found), where)

    return judge


def judge_by(rules: Sequence[TextRule], text: str, where: str) -> Iterator[Finding]:
    """Give what any of some rules finds."""
    for rule in rules:
        yield from rule(text, where)
