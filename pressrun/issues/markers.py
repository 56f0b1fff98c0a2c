"""Carry Jinja through Markdown: each construct becomes a word that Markdown leaves alone, and comes back.

What stands in code stays as it was written; what is some other site's Liquid is taken out and reported.
"""

import html
import re
from dataclasses import dataclass, field

from pressrun.issues.slots import is_ours

_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_CONSTRUCT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreign:
    """A construct that is not ours."""

    text: str
    #: Line of the body, counted from 0.
    line: int


@dataclass(kw_only=True, slots=True)
class Markers:
    """The words that stand for constructs in one text."""

    nonce: str
    constructs: list[str] = field(default_factory=list)
    _in_code: set[str] = field(default_factory=set)

    def hide(self, source: str) -> str:
        """Replace every construct by a word of letters and digits; it keeps its line breaks after it."""
        return _CONSTRUCT.sub(self._hide_one, _RAW.sub(self._hide_raw, source))

    def restore_code(self, text: str) -> str:
        """Give code back as it was written."""
        return self._pattern.sub(self._restore_one, text)

    def reveal(self, rendered: str, *, escape: bool) -> str:
        """Put our constructs back into rendered text, and keep everything else from being read as Jinja.

        Args:
            rendered: Text with words in place of constructs.
            escape: Whether it is HTML.
        """
        kept = literal(rendered, escape=escape)
        return self._pattern.sub(lambda found: self._shown(int(found[1]), escape=escape), kept)

    def foreign_in(self, source: str) -> list[Foreign]:
        """Give the constructs outside code that were taken out, with their lines."""
        return [
            Foreign(text=found[0].split("\n")[0], line=source.count("\n", 0, found.start()))
            for found in _CONSTRUCT.finditer(_RAW.sub("", source))
            if not is_ours(found[0]) and found[0] not in self._in_code
        ]

    def alone(self, text: str) -> bool:
        """Tell whether a text holds nothing but statements."""
        rest = self._pattern.sub("", text)
        found = [self.constructs[int(number)] for number in self._pattern.findall(text)]
        return not rest.strip() and bool(found) and all(one.startswith(("{%", "{#")) for one in found)

    def within(self, text: str) -> bool:
        """Tell whether a text holds any construct."""
        return self._pattern.search(text) is not None

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(f"zq{self.nonce}x([0-9]+)zq")

    def _restore_one(self, found: re.Match[str]) -> str:
        construct = self.constructs[int(found[1])]
        self._in_code.add(construct)
        return construct.removeprefix("\0")

    def _hide_one(self, found: re.Match[str]) -> str:
        self.constructs.append(found[0])
        return self._word() + "\n" * found[0].count("\n")

    def _hide_raw(self, found: re.Match[str]) -> str:
        self.constructs.append(f"\0{found[1]}")
        return self._word() + "\n" * found[0].count("\n")

    def _word(self) -> str:
        return f"zq{self.nonce}x{len(self.constructs) - 1}zq"

    def _shown(self, number: int, *, escape: bool) -> str:
        construct = self.constructs[number]
        if construct.startswith("\0"):
            text = construct[1:]
            return literal(html.escape(text, quote=False) if escape else text, escape=escape)
        if is_ours(construct):
            return construct
        return ""


def literal(text: str, *, escape: bool) -> str:
    """Keep braces in a text from being read as Jinja: as entities in HTML, quoted in plain text."""
    if escape:
        return re.sub(r"\{(?=[{%#])", "&#123;", text)
    return re.sub(r"\{[{%#]", lambda found: "{{ '" + found[0] + "' }}", text)
