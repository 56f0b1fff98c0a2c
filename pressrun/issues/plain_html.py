"""Write an author's own HTML as plain text: addresses after what links to them, one paragraph for each block."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    """address blockquote br caption center dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre
    section summary table td th tr ul""".split()  # noqa: SIM905
)
_SILENT = frozenset({"script", "style", "svg", "iframe", "video", "audio", "object", "embed"})


def html_to_text(content: str) -> list[str]:
    """Give the paragraphs of a piece of HTML.

    Args:
        content: As it stands in a mail: addresses are absolute already.

    Returns:
        Paragraphs to be wrapped; one with line breaks is a <pre> of several lines, to be left as it is.
    """
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return reader.paragraphs()


class _Reader(HTMLParser):
    """Collect what a reader would see."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = [""]
        self._targets: list[tuple[str, int]] = []
        self._silent = 0
        #: Which of the lines are of a <pre>.
        self._written_out = set[int]()

    def paragraphs(self) -> list[str]:
        """Give what was collected, one paragraph for each block."""
        told = (
            line.strip("\n").rstrip() if at in self._written_out else " ".join(line.split())
            for at, line in enumerate(self._lines)
        )
        return [text for text in told if text]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line at a block, and keep the address of a link."""
        told = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self._lines.append("* " if tag == "li" else "")
            if tag == "pre":
                self._written_out.add(len(self._lines) - 1)
        elif tag == "img":
            self._lines[-1] += f"[{told.get('alt') or 'image'}]"
        elif tag == "a":
            self._targets.append((told.get("href") or "", len(self._lines[-1])))

    def handle_endtag(self, tag: str) -> None:
        """End a line at a block, and write the address of a link out."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self._lines.append("")
        elif tag == "a" and self._targets:
            target, start = self._targets.pop()
            url = target.removeprefix("mailto:")
            shown = re.sub(r"\s+", " ", self._lines[-1][start:]).strip()
            if url and shown != url:
                self._lines[-1] = self._lines[-1].rstrip() + f" ({url})"

    def handle_data(self, data: str) -> None:
        """Take text."""
        if not self._silent:
            self._lines[-1] += data
