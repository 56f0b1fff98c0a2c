"""Write the plain-text part as a person would: from the tokens, not by stripping the HTML."""

import re
import textwrap
from collections.abc import Callable, Sequence

from markdown_it.token import Token

from pressrun.issues.plain_html import html_to_text
from pressrun.issues.plain_inline import inline_text
from pressrun.issues.plain_table import width_of, written_table

WIDTH = 72
#: Marks a line that is only a statement: it must leave no empty line behind.
_STATEMENT = "\x01"
_MARKER = re.compile(r"zq([0-9a-f]{16})x([0-9]+)zq")
_SHORT = re.compile("\ue000([0-9]{6})\ue001")


def to_text(tokens: Sequence[Token], is_statement: Callable[[str], bool]) -> str:
    """Write tidy tokens as plain text with addresses written out.

    Args:
        tokens: Tidy tokens.
        is_statement: Tells whether a text holds nothing but Jinja statements.
    """
    writer = _Writer(is_statement)
    for token in tokens:
        writer.take(token)
    text = "\n".join(writer.lines)
    text = re.sub(rf"(?:[> ]*\n)*[> ]*{_STATEMENT}", f"\n{_STATEMENT}", text)
    text = re.sub(r"\n{3,}", "\n\n", text)
    return _closed_up(text).strip("\n") + "\n"


def _closed_up(text: str) -> str:
    """Put each statement right before what it stands above; keep one empty line before the first of several."""
    text = re.sub(rf"\n(?={_STATEMENT})", "\n\n", text)
    return re.sub(rf"{_STATEMENT}([^\n]*)\n+", r"\1", text)


class _Writer:
    """Keep track of how deep in lists and quotes we are."""

    def __init__(self, is_statement: Callable[[str], bool]) -> None:
        self.lines: list[str] = []
        self._is_statement = is_statement
        self._indents: list[str] = []
        self._bullet: str | None = None
        self._counters: list[int | None] = []
        self._rows: list[list[str]] | None = None
        self._heading = 0
        self._notes = 0

    def take(self, token: Token) -> None:
        """Take the next token; those without a word of their own say nothing in text."""
        handler = getattr(self, f"_on_{token.type}", None)
        if handler is not None:
            handler(token)

    def _on_heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1])

    def _on_inline(self, token: Token) -> None:
        text = inline_text(token.children or [])
        if self._rows is not None:
            self._rows[-1].append(" ".join(text.split()))
        elif self._heading:
            self._write_heading(" ".join(text.split()))
        elif text.strip():
            self._write_wrapped(text)

    def _write_heading(self, title: str) -> None:
        line = {1: "=", 2: "-"}.get(self._heading)
        # a name of someone is about as long as this, and a construct that says it is much longer
        shown = _MARKER.sub("somebody", title)
        under = [line * min(width_of(shown), WIDTH)] if line else []
        lines = textwrap.wrap(title, WIDTH, break_long_words=False, break_on_hyphens=False)
        self._add("", *([""] if self._heading == 2 else []), *lines, *under, "")
        self._heading = 0

    def _write_wrapped(self, text: str) -> None:
        first, rest = self._prefixes()
        marker = _MARKER.search(text)
        # a word that stands for a construct is longer than most of what it becomes
        text = _MARKER.sub(lambda found: f"\ue000{int(found[2]):06}\ue001", text)
        for number, line in enumerate(text.split("\n")):
            # only between words: an address that is broken leads nowhere
            wrapped = textwrap.wrap(
                line,
                WIDTH,
                initial_indent=first if number == 0 else rest,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            )
            self.lines += [_long(one, marker) for one in wrapped or [rest.rstrip()]]

    def _prefixes(self) -> tuple[str, str]:
        rest = "".join(self._indents)
        if self._bullet is None:
            return rest, rest
        bullet, self._bullet = self._bullet, None
        return "".join(self._indents[:-1]) + bullet, rest

    def _add(self, *lines: str) -> None:
        prefix = "".join(self._indents)
        self.lines += [(prefix + line).rstrip() for line in lines]

    def _on_paragraph_close(self, token: Token) -> None:
        if not token.hidden:
            self._add("")

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

    def _on_dd_open(self, token: Token) -> None:
        self._indents.append("    ")

    def _on_dd_close(self, token: Token) -> None:
        self._indents.pop()

    def _on_dl_close(self, token: Token) -> None:
        self._add("")

    def _on_hr(self, token: Token) -> None:
        self._add("", "* * *", "")

    def _on_html_block(self, token: Token) -> None:
        if self._is_statement(token.content):
            self.lines.append(_STATEMENT + token.content.strip())
            return
        for block in html_to_text(token.content):
            if "\n" in block:
                self._add("", *(f"    {line}" for line in block.split("\n")))
            else:
                self._write_wrapped(block)
            self._add("")

    def _on_table_open(self, token: Token) -> None:
        self._rows = []

    def _on_tr_open(self, token: Token) -> None:
        if self._rows is not None:
            self._rows.append([])

    def _on_table_close(self, token: Token) -> None:
        rows, self._rows = self._rows or [], None
        self._add("", *written_table(rows, WIDTH), "")

    def _on_footnote_block_open(self, token: Token) -> None:
        self._add("", "* * *", "")

    def _on_footnote_open(self, token: Token) -> None:
        self._notes += 1
        self._bullet = f"[{self._notes}] "
        self._indents.append(" " * len(self._bullet))

    def _on_footnote_close(self, token: Token) -> None:
        self._indents.pop()
        self._bullet = None


def _long(line: str, marker: re.Match[str] | None) -> str:
    """Give the words that stand for constructs their length back."""
    return line if marker is None else _SHORT.sub(lambda found: f"zq{marker[1]}x{int(found[1])}zq", line)
