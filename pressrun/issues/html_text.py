"""Give the text between the tags of an author's own HTML, as readers see it."""

import html
import re
from collections.abc import Iterator

#: Code, as it was written.
CODE = re.compile(r"<(pre|code|kbd|samp)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
#: What readers do not see, or see as it was written.
_UNREAD = re.compile(r"<!--.*?-->|<(pre|code|kbd|samp|script|style|svg)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_END_OF_LINK = re.compile(r"</a\s*>", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.IGNORECASE)


def read_text(content: str) -> str:
    """Give a piece of HTML with blanks in place of tags, comments and code; each sign stays on its line."""
    return _TAG.sub(_blank, _UNREAD.sub(_blank, content))


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Give each line that says something, and its number, counted from 0."""
    yield from ((number, html.unescape(line)) for number, line in enumerate(text.split("\n")) if line.strip())


def link_text(content: str, start: int) -> str | None:
    """Give what a link shows, the words of its images included, or None if it does not end in this piece.

    Args:
        content: HTML.
        start: Where the tag of the link ends.
    """
    end = _END_OF_LINK.search(content, start)
    if end is None:
        return None
    inside = _TAG.sub(lambda found: alt_of(found[0]), content[start : end.start()])
    return " ".join(html.unescape(inside).split())


def alt_of(tag: str) -> str:
    """Give the text that stands for an image; empty for every other tag."""
    found = _ALT.search(tag) if re.match(r"<img\b", tag, re.IGNORECASE) else None
    return " ".join(filter(None, found.groups())) if found else ""


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])
