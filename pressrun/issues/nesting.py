"""Find text that is nested so deeply that mail clients, and the parsers of those who check mails, give up on it."""

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from pressrun.issues.findings import Finding, error
from pressrun.issues.reading import Reading

#: As deep as Markdown is read at all; what lies deeper would be left out without a word.
MOST_READ = 200
#: libxml2 and the browsers built on it stop at 256 and 512 tags; a layout has some twenty of its own.
_MOST = 60
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^>]*?(/?)>", re.IGNORECASE)
#: They hold nothing, or end by themselves where the next begins.
_FLAT = frozenset(
    "area base br col dd dt embed hr img input li link meta p source tbody td th thead tr track wbr".split()  # noqa: SIM905
)


def judge_nesting(tokens: Sequence[Token], reading: Reading) -> Iterator[Finding]:
    """Give the first place that lies too deep, if there is one.

    Args:
        tokens: As Markdown was parsed.
        reading: Knows the lines.
    """
    depth = 0
    for token in tokens:
        line = token.map[0] if token.map else 0
        for one in (token, *(token.children or ())):
            depth, deepest = _below(one, depth)
            if deepest > _MOST:
                problem = (
                    f"The text is nested more than {_MOST} deep here (quotes, lists, or HTML tags that are not "
                    "closed); mail clients give up on it."
                )
                yield error("nesting", problem, reading.where(line))
                return


def _below(token: Token, depth: int) -> tuple[int, int]:
    """Give the depth after a token, and the greatest within it."""
    if token.type not in ("html_block", "html_inline"):
        return depth + token.nesting, depth + max(0, token.nesting)
    deepest = depth
    for closing, name, at_once in _TAG.findall(token.content):
        if name.lower() not in _FLAT and not at_once:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return depth, deepest
