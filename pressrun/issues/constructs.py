"""Judge Jinja constructs one by one: ours, foreign, or ours and wrong."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from jinja2 import TemplateSyntaxError

from pressrun.issues.cage import GLOBALS, PERSON, names_of
from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.slots import PLAIN

_STATEMENT = re.compile(r"\{%[-+]?\s*(\w+)")
_ASSIGNMENT = re.compile(r"\{%[-+]?\s*set\s[^%]*?=", re.DOTALL)
#: Where another construct begins.
_SECOND = re.compile(r"\{[{%]")
#: As many characters of a construct as a message shows.
_SHOWN = 80
_BLOCKS = frozenset({"if", "for", "set", "with", "filter", "macro", "call"})
_MIDDLES = {"elif": {"if"}, "else": {"if", "for"}}


@dataclass(kw_only=True, slots=True)
class Construct:
    """One `{{ … }}`, `{% … %}` or `{# … #}` of an issue."""

    text: str
    #: `file:line`.
    where: str
    #: Braces between `{% raw %}` and `{% endraw %}`, which mean nothing.
    is_literal: bool = False
    in_code: bool = False
    #: In code that was written as HTML, where a subscriber may be named as well.
    is_shown_if_foreign: bool = False
    is_ours: bool = False
    #: The word before it, if it greets a subscriber by a name that may be empty.
    greeting: str = ""

    @property
    def is_statement(self) -> bool:
        """Tell whether it prints nothing by itself."""
        return self.text.startswith(("{%", "{#")) and not self.is_literal

    @property
    def statement(self) -> str:
        """Give the word a statement begins with."""
        found = _STATEMENT.match(self.text)
        return found[1] if found else ""

    @property
    def is_about_people(self) -> bool:
        """Tell whether it means the subscriber, and so is certainly meant for us."""
        return re.search(rf"\b{PERSON}\b", self.text) is not None


@dataclass(kw_only=True, slots=True)
class _Open:
    """A block that waits for its end, and its parts so far."""

    construct: Construct
    is_ours: bool
    parts: list[Construct] = field(default_factory=list)


class Judge:
    """Walk over constructs in order and decide of each."""

    def __init__(self, constructs: Iterable[Construct]) -> None:
        ordered = list(constructs)
        self.findings: list[Finding] = []
        self._open: list[_Open] = []
        self._raw: Construct | None = None
        self._allowed = {PERSON, "issue", *GLOBALS}.union(*(_sets(construct) for construct in ordered))
        for construct in ordered:
            self._take(construct)
        for left in self._open:
            self._leave_open(left)
        if self._raw is not None:
            self._blame(self._raw, f"{self._raw.text} is never ended")

    def _take(self, construct: Construct) -> None:
        word = construct.statement
        if construct.is_literal:
            return
        if construct.text.startswith("{#"):
            construct.is_ours = True
        elif word.startswith("end") or word in _MIDDLES:
            if word != "endraw":
                self._go_on(construct, word)
            elif self._raw is None:
                self._blame(construct, f"{construct.text} ends a block that was not begun")
            self._raw = self._raw if word != "endraw" else None
        elif word == "raw":
            self._raw = construct
        else:
            construct.is_ours = self._is_ours(construct)
            self._look_for_name(construct)
            if word in _BLOCKS and not _ASSIGNMENT.match(construct.text):
                self._open.append(_Open(construct=construct, is_ours=construct.is_ours, parts=[construct]))

    def _look_for_name(self, construct: Construct) -> None:
        """Warn of a greeting that ends in nothing for subscribers of whom no name is known."""
        if construct.greeting and not any("name" in one.construct.text for one in self._open):
            name = construct.text.strip("{}- ")
            problem = (
                f"Subscribers without a name would read “{construct.greeting} ,”; write {{{{ {name} or 'you' }}}}."
            )
            self.findings.append(warning("greeting", problem, construct.where))

    def _go_on(self, construct: Construct, word: str) -> None:
        """Take the middle or the end of a block: it is what its beginning is."""
        fitting = _MIDDLES.get(word, {word.removeprefix("end")})
        if not self._open or self._open[-1].construct.statement not in fitting:
            if word in _MIDDLES or word.removeprefix("end") in _BLOCKS:
                self._blame(construct, f"{construct.text} ends or divides a block that was not begun")
            else:
                self._report_foreign(construct)
            return
        block = self._open[-1] if word in _MIDDLES else self._open.pop()
        construct.is_ours = block.is_ours and (word != "elif" or self._is_ours(construct))
        construct.is_literal = block.construct.is_literal and construct.is_shown_if_foreign
        block.parts.append(construct)

    def _leave_open(self, left: _Open) -> None:
        if left.is_ours:
            self._blame(left.construct, f"{left.construct.text} is never ended")
        for part in left.parts:
            part.is_ours = False

    def _is_ours(self, construct: Construct) -> bool:
        try:
            reads, _ = _names(construct)
        except TemplateSyntaxError as problem:
            return self._refuse(construct, str(problem.message).rstrip("."))
        except RecursionError:
            return self._refuse(construct, "it is nested too deeply")
        inside = {"loop"} if any(one.construct.statement == "for" for one in self._open) else set[str]()
        foreign = set[str]().union(*(_sets(one.construct) for one in self._open if not one.is_ours))
        unknown = sorted(reads - (self._allowed - foreign) - inside)
        return not unknown or self._refuse(construct, f"{', '.join(unknown)} is not known here")

    def _refuse(self, construct: Construct, problem: str) -> bool:
        if found := _SECOND.search(construct.text, 2):
            self._blame(construct, f"{_short(construct.text[: found.start()])} is not closed before the next begins")
        elif construct.is_about_people:
            self._blame(construct, f"{_short(construct.text)} cannot be used: {problem}")
        else:
            self._report_foreign(construct)
        return False

    def _blame(self, construct: Construct, message: str) -> None:
        self.findings.append(error("template", f"{message}.", construct.where))

    def _report_foreign(self, construct: Construct) -> None:
        if construct.is_shown_if_foreign:
            construct.is_literal = True
            return
        message = f"{_short(construct.text)} is not Jinja on `{PERSON}`; it was taken out."
        self.findings.append(warning("liquid", message, construct.where))


def _short(text: str) -> str:
    """Write a construct on one line; one that swallowed half an issue is cut off."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]} …"


def _names(construct: Construct) -> tuple[set[str], set[str]]:
    """Give the names a construct reads and sets.

    Raises:
        TemplateSyntaxError: It is not Jinja, or not of the kind an issue may use.
    """
    word, source = construct.statement, construct.text
    if word == "elif":
        source = "{% if 0 %}" + source + "{% endif %}"
    elif word in _BLOCKS and not _ASSIGNMENT.match(source):
        source += "{% end" + word + " %}"
    elif word and word not in _BLOCKS:
        raise TemplateSyntaxError(f"an issue cannot use {{% {word} %}}", 1)
    PLAIN.compile(PLAIN.parse(source))
    return names_of(PLAIN.parse(source))


def _sets(construct: Construct) -> set[str]:
    if construct.statement not in _BLOCKS:
        return set()
    try:
        return _names(construct)[1]
    except (TemplateSyntaxError, RecursionError):
        return set()
