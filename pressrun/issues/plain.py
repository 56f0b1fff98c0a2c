"""Write the plain-text part as a person would: from the tokens, not by stripping the HTML."""

import re
import textwrap
from collections.abc import Sequence

from markdown_it.token import Token

WIDTH = 72


def to_text(tokens: Sequence[Token]) -> str:
    """Render tidy tokens as plain text with addresses written out."""
    writer = _Writer()
    for at, token in enumerate(tokens):
        writer.take(token, tokens[at + 1] if at + 1 < len(tokens) else None)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(writer.lines)).strip("\n") + "\n"


class _Writer:
    """Keep track of how deep in lists and quotes we are."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._indents: list[str] = []
        self._bullet: str | None = None
        self._counters: list[int | None] = []
        self._row: list[str] = []
        self._rows: list[list[str]] = []
        self._heading = 0
        self._note = 0

    def take(self, token: Token, following: Token | None) -> None:
        """Take the next token."""
        handler = getattr(self, f"_on_{token.type}", None)
        if handler is not None:
            handler(token)

    def _on_heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1])

    def _on_inline(self, token: Token) -> None:
        text = _inline(token.children or [])
        if self._rows or self._row:
            self._row.append(" ".join(text.split()))
        elif self._heading:
            self._write_heading(text)
        else:
            self._write_wrapped(text)

    def _write_heading(self, text: str) -> None:
        title = " ".join(text.split())
        if self._heading == 1:
            self._add(title.upper(), "=" * min(len(title), WIDTH), "")
        elif self._heading == 2:
            self._add("", title, "-" * min(len(title), WIDTH), "")
        else:
            self._add("", title, "")
        self._heading = 0

    def _write_wrapped(self, text: str) -> None:
        first, rest = self._prefixes()
        for number, line in enumerate(text.split("\n")):
            wrapped = textwrap.wrap(
                line,
                WIDTH,
                initial_indent=first if number == 0 else rest,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            )
            self.lines += wrapped or [rest.rstrip()]
        if not self._counters:
            self.lines.append(rest.rstrip())

    def _prefixes(self) -> tuple[str, str]:
        rest = "".join(self._indents)
        if self._bullet is None:
            return rest, rest
        bullet, self._bullet = self._bullet, None
        return "".join(self._indents[:-1]) + bullet, rest

    def _add(self, *lines: str) -> None:
        prefix = "".join(self._indents)
        self.lines += [(prefix + line).rstrip() for line in lines]

    def _on_bullet_list_open(self, token: Token) -> None:
        self._counters.append(None)

    def _on_ordered_list_open(self, token: Token) -> None:
        self._counters.append(int(token.attrs.get("start", 1)))

    def _on_bullet_list_close(self, token: Token) -> None:
        self._counters.pop()
        if not self._counters:
            self._add("")

    _on_ordered_list_close = _on_bullet_list_close

    def _on_list_item_open(self, token: Token) -> None:
        number = self._counters[-1]
        self._bullet = "* " if number is None else f"{number}. "
        if number is not None:
            self._counters[-1] = number + 1
        self._indents.append(" " * len(self._bullet))

    def _on_list_item_close(self, token: Token) -> None:
        self._indents.pop()
        self._bullet = None

    def _on_blockquote_open(self, token: Token) -> None:
        self._indents.append("> ")

    def _on_blockquote_close(self, token: Token) -> None:
        bare = "".join(self._indents).rstrip()
        while self.lines and self.lines[-1] == bare:
            self.lines.pop()
        self._indents.pop()
        self._add("")

    def _on_fence(self, token: Token) -> None:
        self._add("", *(f"    {line}" for line in token.content.rstrip("\n").split("\n")), "")

    _on_code_block = _on_fence

    def _on_hr(self, token: Token) -> None:
        self._add("", "* * *", "")

    def _on_html_block(self, token: Token) -> None:
        text = re.sub(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", "", token.content, flags=re.DOTALL | re.IGNORECASE)
        text = re.sub(r"<[^>]+>", "", text).strip()
        if text:
            self._add(*text.split("\n"))

    def _on_table_open(self, token: Token) -> None:
        self._rows = [[]]

    def _on_tr_open(self, token: Token) -> None:
        self._row = []

    def _on_tr_close(self, token: Token) -> None:
        self._rows.append(self._row)
        self._row = []

    def _on_table_close(self, token: Token) -> None:
        rows, self._rows = self._rows[1:], []
        self._add("", *_table(rows), "")

    def _on_footnote_block_open(self, token: Token) -> None:
        self._add("", "* * *", "")

    def _on_footnote_open(self, token: Token) -> None:
        self._note += 1
        self._bullet = f"[{self._note}] "
        self._indents.append(" " * len(self._bullet))
        self._counters.append(None)

    def _on_footnote_close(self, token: Token) -> None:
        self._indents.pop()
        self._counters.pop()


def _inline(children: Sequence[Token]) -> str:
    """Write one run of text; a link's address follows it, unless the text shows it already."""
    written: list[str] = []
    links: list[tuple[int, str]] = []
    for token in children:
        if token.type in ("text", "code_inline"):
            written.append(token.content)
        elif token.type == "softbreak":
            written.append(" ")
        elif token.type == "hardbreak":
            written.append("\n")
        elif token.type == "image":
            written.append(f"[{token.attrs.get('alt') or 'image'}]")
        elif token.type == "footnote_ref":
            written.append(f"[{int(token.meta['id']) + 1}]")
        elif token.type == "link_open":
            links.append((len(written), str(token.attrs.get("href", ""))))
        elif token.type == "link_close" and links:
            start, url = links.pop()
            written.append(_address("".join(written[start:]), url))
        elif token.type == "html_inline" and re.match(r"<br\b", token.content, re.IGNORECASE):
            written.append("\n")
    return "".join(written)


def _address(shown: str, url: str) -> str:
    bare = url.removeprefix("mailto:")
    return "" if not url or shown.strip() in (url, bare) else f" ({bare})"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Line up a small table; a wide one becomes a line for each cell, which a phone can show."""
    if not rows:
        return []
    columns = max(len(row) for row in rows)
    padded = [[*row, *[""] * (columns - len(row))] for row in rows]
    widths = [max(len(row[column]) for row in padded) for column in range(columns)]
    if sum(widths) + 2 * columns > WIDTH:
        return _tall(padded)
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in padded]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _tall(rows: Sequence[Sequence[str]]) -> list[str]:
    heads, lines = rows[0], list[str]()
    for row in rows[1:]:
        lines += [f"{head}: {cell}" if head else cell for head, cell in zip(heads, row, strict=True) if cell]
        lines.append("")
    return lines
