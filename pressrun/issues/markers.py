"""Carry Jinja through Markdown: each construct becomes a word that Markdown leaves alone, and comes back.

What stands in code stays as it was written. What is some other site's template language is taken out and
reported; what is ours and wrong is an error that names its line.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pressrun.issues.constructs import Construct, Judge
from pressrun.issues.findings import Finding
from pressrun.issues.slots import Origin

#: A construct holds no backtick, for `{{` and `}}` are often two pieces of code in one sentence.
_PIECE = re.compile(r"\{\{(?:(?!\n[ \t]*\n)[^`])*?\}\}|\{%[^`]*?%\}|\{#.*?#\}", re.DOTALL)
_RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
_BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_ENDRAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Revealed:
    """A template with our constructs back in it."""

    source: str
    #: Line of the template → `file:line` and the construct.
    origin: Origin


@dataclass(kw_only=True, slots=True)
class Markers:
    """The words that stand for constructs in the texts of one issue."""

    nonce: str
    findings: list[Finding] = field(default_factory=list)
    constructs: list[Construct] = field(default_factory=list)

    def hide(self, source: str, where: Callable[[int], str]) -> str:
        """Replace every construct by a word of letters and digits; its line breaks stay behind it."""
        hidden, at = [], 0
        while found := _PIECE.search(source, at):
            hidden += [source[at : found.start()], self._word(found[0], where(source.count("\n", 0, found.start())))]
            at = found.end()
            if _RAW.fullmatch(found[0]) and (end := _ENDRAW.search(source, at)):
                hidden += [self._literal(source[at : end.start()]), self._word(end[0], "")]
                at = end.end()
        return "".join(hidden) + source[at:]

    def restore_code(self, text: str) -> str:
        """Give code back as it was written, with the line breaks that were left behind its constructs."""
        restored, at = [], 0
        for found in self._pattern.finditer(text):
            construct = self.constructs[int(found[1])]
            construct.in_code = True
            restored += [text[at : found.start()], construct.text]
            left_behind = text[found.end() : found.end() + construct.text.count("\n")]
            at = found.end() + (0 if left_behind.strip() else len(left_behind))
        return "".join(restored) + text[at:]

    def note_code(self, text: str) -> None:
        """Remember what stands in code that was written as HTML: what is not ours is shown there, not taken out."""
        for construct in self.found_in(text):
            construct.is_shown_if_foreign = True

    def judge(self, since: int = 0) -> None:
        """Decide of all constructs from a number on which are ours, after code was restored."""
        judge = Judge(construct for construct in self.constructs[since:] if not construct.in_code)
        self.findings += judge.findings

    def reveal(self, text: str, quote: Callable[[str], str]) -> Revealed:
        """Put our constructs back, and keep everything else from being read as Jinja.

        Args:
            text: Text with words in place of constructs.
            quote: Makes literal braces harmless.
        """
        written, lines, owners = list[str](), [0], [("", "")]
        line = 1
        for piece in self._pieces(text, quote):
            if isinstance(piece, Construct):
                # a line break inside the braces gives each construct a line of its own
                shown = re.sub(r"^\{[{%][-+]?", lambda found: found[0] + "\n", piece.text)
                lines.append(line + 1)
                owners.append((piece.where, " ".join(piece.text.split())))
            else:
                shown = piece
            written.append(shown)
            line += shown.count("\n")
        return Revealed(source="".join(written), origin=lambda at: owners[bisect_right(lines, at) - 1])

    def erase(self, text: str, by: str = "") -> str:
        """Give a text without constructs, for those who look at the rest of it."""
        return self._pattern.sub(by, text)

    def alone(self, text: str) -> bool:
        """Tell whether a text holds nothing but statements and comments."""
        found = [self.constructs[int(number)] for number in self._pattern.findall(text)]
        return not self._pattern.sub("", text).strip() and bool(found) and all(one.is_statement for one in found)

    def within(self, text: str) -> bool:
        """Tell whether a text holds any construct."""
        return self._pattern.search(text) is not None

    def found_in(self, text: str) -> list[Construct]:
        """Give the constructs in a text."""
        return [self.constructs[int(number)] for number in self._pattern.findall(text)]

    def places(self, text: str) -> Iterator[tuple[int, Construct]]:
        """Give the constructs in a text, and where each of them begins."""
        return ((found.start(), self.constructs[int(found[1])]) for found in self._pattern.finditer(text))

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(f"zq{self.nonce}x([0-9]+)zq", re.IGNORECASE)

    def _pieces(self, text: str, quote: Callable[[str], str]) -> Iterator[str | Construct]:
        at = 0
        for found in self._pattern.finditer(text):
            yield quote(text[at : found.start()])
            at = found.end()
            construct = self.constructs[int(found[1])]
            if construct.is_literal:
                yield quote(construct.text)
            elif construct.is_ours and not construct.text.startswith("{#"):
                yield construct
        yield quote(text[at:])

    def _literal(self, raw: str) -> str:
        """Hide braces that mean nothing, so that nobody takes them for a mistake."""
        return _BRACES.sub(lambda found: self._word(found[0], "", is_literal=True), raw)

    def _word(self, text: str, where: str, *, is_literal: bool = False) -> str:
        self.constructs.append(Construct(text=text, where=where, is_literal=is_literal))
        return f"zq{self.nonce}x{len(self.constructs) - 1}zq" + "\n" * text.count("\n")


def braces_to_entities(text: str) -> str:
    """Keep braces in the body of a page from being read as Jinja."""
    return re.sub(r"\{(?=[{%#])", "&#123;", text)


def braces_to_jinja(text: str) -> str:
    """Keep braces in plain text or a style sheet from being read as Jinja; they come out as they were."""
    return re.sub(r"\{[{%#]", lambda found: "{{ '" + found[0] + "' }}", text)
