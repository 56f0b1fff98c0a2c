"""Tell a layout what an issue is made of: its title, what comes below it, and its sections."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from pressrun.issues.markers import Markers
from pressrun.issues.plain import WIDTH
from pressrun.issues.plain_table import width_of
from pressrun.issues.shown import shown_text

_TITLE = re.compile(r"\s*<h1\b[^>]*>(.*?)</h1>\s*", re.DOTALL)


def outline(tokens: Sequence[Token], body: str, subject: str, markers: Markers) -> dict[str, Any]:
    """Give what layouts may know of the body.

    Args:
        tokens: Tidy tokens.
        body: What was made of them, HTML or text, with words in place of constructs.
        subject: With words in place of constructs.
        markers: Knows the words.

    Returns:
        `has_title`, whether the body has a heading of the first level; `title`, what that says if the body begins
        with it; `rest`, the body without it; `sections`, what the headings of the second level say; `contents`,
        these as lines, if there are two or more; `underline`, a line as long as the subject.
    """
    found = _TITLE.match(body)
    sections = list(_sections(tokens, markers))
    is_html = hasattr(body, "__html__")
    lines = sections if is_html else [f"* {section}" for section in sections]
    return {
        "has_title": any(token.type == "heading_open" and token.tag == "h1" for token in tokens),
        "title": type(body)(found[1]) if found else "",
        "rest": type(body)(body[found.end() :]) if found else body,
        "sections": sections,
        # joined by marked-up text, each is escaped
        "contents": type(body)("<br>" if is_html else "\n").join(lines) if len(sections) > 1 else "",
        "underline": "=" * min(width_of(markers.erase(subject, "…")), WIDTH),
    }


def _sections(tokens: Sequence[Token], markers: Markers) -> Iterator[str]:
    """Give the sections that everybody gets."""
    depth = 0
    for at, token in enumerate(tokens):
        if token.type == "html_block":
            statements = [one.statement for one in markers.found_in(token.content)]
            depth += sum(one in ("if", "for") for one in statements) - sum(
                one in ("endif", "endfor") for one in statements
            )
        elif token.type == "heading_open" and token.tag == "h2" and not depth:
            yield " ".join(shown_text(tokens[at + 1].children or []).split())
