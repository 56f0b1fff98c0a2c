"""Split templates into what all recipients share and slots, and render slots for many at once.

The only file that knows Jinja2. A slot is a maximal piece that depends on `subscriber`; it is replaced by a
tag nobody can guess, and rendered for each recipient before the first POST. What subscribers say is data: it is
escaped, never a template, and can never produce a tag.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from jinja2 import FileSystemLoader, StrictUndefined, Template, nodes
from jinja2 import TemplateError as TemplateError  # handed on to those who split
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from pressrun.errors import InputError, RefusedError

#: Bytes of substitutions in one personalization; SendGrid documents 10,000 and does not say how it counts.
SUBSTITUTION_LIMIT = 9_000
PERSON = "subscriber"
_SEPARATOR = "\x1e"
_LINE_BREAKS = re.compile("[\r\n\0\x85\u2028\u2029]+")
Place = Literal["html", "text", "line"]


class SlotError(RefusedError):
    """A slot could not be rendered for a recipient."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One personalised piece of an issue."""

    tag: str
    #: Where it stands: in HTML, in the text part, or in a header line.
    place: Place
    line: int
    #: The Jinja syntax tree of the piece, with the assignments it leans on.
    body: tuple[nodes.Node, ...] = field(repr=False)

    def asks_for(self) -> set[str]:
        """Give the attributes of the subscriber that the slot asks for."""
        return {
            found.attr
            for node in self.body
            for found in node.find_all(nodes.Getattr)
            if isinstance(found.node, nodes.Name) and found.node.name == PERSON
        }


class _Cage(ImmutableSandboxedEnvironment):
    """Jinja without ways out; `subscriber.items` is the person's attribute, not a method."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict):
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


def _cage(*, escape: bool, templates: Path | None = None) -> _Cage:
    loader = None if templates is None else FileSystemLoader(templates)
    cage = _Cage(undefined=StrictUndefined, autoescape=escape, loader=loader, keep_trailing_newline=True, trim_blocks=True)
    cage.globals.clear()
    return cage


_HTML = _cage(escape=True)
_PLAIN = _cage(escape=False)


class TagMaker:
    """Give out tags of one issue: unguessable, of one width, and free of anything a mail would change."""

    def __init__(self, nonce: str) -> None:
        if not re.fullmatch(r"[0-9a-f]{16}", nonce):
            raise ValueError("a nonce is 16 hexadecimal digits")
        self._nonce = nonce
        self._given = 0

    def next(self) -> str:
        """Give a new tag."""
        self._given += 1
        return f"-{self._nonce}{self._given:03d}-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """A template taken apart."""

    #: Rendered once for all, with tags in place of slots.
    shared: str
    slots: tuple[Slot, ...]


def split(source: str, place: Place, tags: TagMaker, shared: Mapping[str, object]) -> Split:
    """Take a template apart and render the part that all recipients share.

    Raises:
        TemplateError: It is not valid, or needs something that is not there.
    """
    cage = _HTML if place == "html" else _PLAIN
    tree = cage.parse(source)
    splitter = _Splitter(place, tags)
    body = splitter.walk(tree.body)
    template = Template.from_code(cage, cage.compile(nodes.Template(body, lineno=1)), {})
    return Split(shared=template.render(shared), slots=tuple(splitter.slots))


def is_ours(construct: str) -> bool:
    """Tell whether `{{ … }}` or `{% … %}` is Jinja that an issue may use, and not some site's Liquid."""
    if construct.startswith("{#"):
        return True
    if construct.startswith("{%"):
        found = re.match(r"\{%[-+]?\s*(\w+)", construct)
        return found is not None and found[1] in _STATEMENTS
    try:
        tree = _PLAIN.parse(construct)
    except TemplateError:
        return False
    return all(name.name in (PERSON, "issue", "loop") or name.ctx != "load" for name in tree.find_all(nodes.Name))


_STATEMENTS = frozenset(
    [
        "if",
        "elif",
        "else",
        "endif",
        "for",
        "endfor",
        "set",
        "endset",
        "with",
        "endwith",
        "raw",
        "endraw",
        "filter",
        "endfilter",
    ]
)


def render_layout(templates: Path, name: str, context: Mapping[str, object], *, escape: bool) -> str:
    """Render one of the owner's layouts, the same for everybody.

    Raises:
        InputError: The layout is missing or wrong.
    """
    try:
        return _cage(escape=escape, templates=templates).get_template(name).render(context)
    except TemplateError as error:
        where = f"{templates / name}:{getattr(error, 'lineno', None) or 1}"
        raise InputError(f"{where}: the layout cannot be rendered: {error}") from error


def safe(html: str) -> str:
    """Mark HTML of our own making as not to be escaped again."""
    return Markup(html)  # noqa: S704 - rendered and sanitised before it comes here


class SlotRenderer:
    """Render all slots of one issue for many recipients at once."""

    def __init__(self, slots: Sequence[Slot], *, nonce: str) -> None:
        self._nonce = nonce
        self._groups = [
            _Group(_HTML, [slot for slot in slots if slot.place == "html"]),
            _Group(_PLAIN, [slot for slot in slots if slot.place != "html"]),
        ]

    def render_many(self, people: Sequence[Mapping[str, object]]) -> list[dict[str, str]]:
        """Give tag → value for each recipient, in order.

        Raises:
            SlotError: A slot failed for a recipient, or a value could pass for a tag.
        """
        values: list[dict[str, str]] = [{} for _ in people]
        for group in self._groups:
            if group.slots:
                self._fill(group, people, values)
        return values

    def _fill(self, group: "_Group", people: Sequence[Mapping[str, object]], values: list[dict[str, str]]) -> None:
        rendered = self._pieces(group, people)
        width = len(group.slots)
        for at, mine in enumerate(values):
            for slot, value in zip(group.slots, rendered[at * width : (at + 1) * width], strict=True):
                mine[slot.tag] = _LINE_BREAKS.sub(" ", value) if slot.place == "line" else value

    def _pieces(self, group: "_Group", people: Sequence[Mapping[str, object]]) -> list[str]:
        try:
            text = group.render(people)
        except Exception as error:
            # whatever a writer's template raises is about one person
            raise _blamed(group, people, error) from error
        pieces = text.split(_SEPARATOR)[:-1]
        if len(pieces) != len(people) * len(group.slots) or self._nonce in text:
            raise _forged(group, people, self._nonce)
        return pieces


class _Group:
    """Slots that are escaped alike, compiled into one template that loops over people."""

    def __init__(self, cage: _Cage, slots: Sequence[Slot]) -> None:
        self.slots = slots
        self._cage = cage
        self._template = _looping(cage, slots) if slots else None

    def render(self, people: Sequence[Mapping[str, object]]) -> str:
        if self._template is None:
            return ""
        return self._template.render(people=people)

    def single(self, slot: Slot) -> "_Group":
        return _Group(self._cage, [slot])


def _looping(cage: _Cage, slots: Sequence[Slot]) -> Template:
    """Compile `for subscriber in people: slot, separator, slot, separator …`: 3 times as fast as one by one."""
    body: list[nodes.Node] = []
    for slot in slots:
        # a scope of its own keeps one slot's assignments out of the next
        body.append(nodes.Scope(list(slot.body), lineno=slot.line))
        body.append(nodes.Output([nodes.TemplateData(_SEPARATOR)], lineno=slot.line))
    loop = nodes.For(nodes.Name(PERSON, "store"), nodes.Name("people", "load"), body, [], None, False, lineno=1)
    return Template.from_code(cage, cage.compile(nodes.Template([loop], lineno=1)), {})


def _blamed(group: _Group, people: Sequence[Mapping[str, object]], error: Exception) -> SlotError:
    """Find out which slot failed for whom, and say it without the address."""
    for person in people:
        for slot in group.slots:
            try:
                group.single(slot).render([person])
            except Exception as cause:  # noqa: BLE001 - as above
                return SlotError(
                    f"The slot on line {slot.line} cannot be rendered for subscriber {person['subscriber_id']}: "
                    f"{cause}. Give it a default, as in {{{{ subscriber.city | default('your town') }}}}."
                )
    return SlotError(f"A slot cannot be rendered: {error}.")


def _forged(group: _Group, people: Sequence[Mapping[str, object]], nonce: str) -> SlotError:
    for person in people:
        for slot in group.slots:
            text = group.single(slot).render([person])
            if nonce in text or text.count(_SEPARATOR) != 1:
                return SlotError(
                    f"A value of subscriber {person['subscriber_id']} in the slot on line {slot.line} holds "
                    "characters that could pass for a tag."
                )
    return SlotError("A value holds characters that could pass for a tag.")


class _Splitter:
    """Walk a syntax tree, and take out the maximal pieces that depend on the subscriber."""

    def __init__(self, place: Place, tags: TagMaker) -> None:
        self._place = place
        self._tags = tags
        self._tainted = {PERSON}
        #: Assignments that depend on the subscriber; every later slot gets them first.
        self._prelude: list[nodes.Node] = []
        self.slots: list[Slot] = []

    def walk(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        """Give the body with slots replaced by their tags."""
        kept: list[nodes.Node] = []
        for node in body:
            kept += self._one(node)
        return kept

    def _one(self, node: nodes.Node) -> Iterable[nodes.Node]:
        if isinstance(node, nodes.Output):
            return [nodes.Output(list(self._output(node)), lineno=node.lineno)]
        if not self._depends(node):
            return [node]
        if isinstance(node, nodes.Assign | nodes.AssignBlock):
            self._taint(node)
            return []
        if isinstance(node, nodes.If) and not self._depends_in_tests(node):
            return [self._inside_if(node)]
        return [nodes.Output([self._slot([node], node.lineno)], lineno=node.lineno)]

    def _output(self, node: nodes.Output) -> Iterator[nodes.Expr]:
        for piece in node.nodes:
            if self._depends(piece):
                yield self._slot([nodes.Output([piece], lineno=node.lineno)], node.lineno)
            else:
                yield piece

    def _slot(self, body: list[nodes.Node], line: int) -> nodes.Expr:
        slot = Slot(tag=self._tags.next(), place=self._place, line=line, body=(*self._prelude, *body))
        self.slots.append(slot)
        return nodes.TemplateData(slot.tag)

    def _inside_if(self, node: nodes.If) -> nodes.If:
        node.body = self.walk(node.body)
        for other in node.elif_:
            other.body = self.walk(other.body)
        node.else_ = self.walk(node.else_)
        return node

    def _taint(self, node: nodes.Assign | nodes.AssignBlock) -> None:
        self._prelude.append(node)
        self._tainted.update(name.name for name in node.find_all(nodes.Name) if name.ctx == "store")

    def _depends(self, node: nodes.Node) -> bool:
        names = [node] if isinstance(node, nodes.Name) else []
        return any(name.name in self._tainted for name in (*names, *node.find_all(nodes.Name)))

    def _depends_in_tests(self, node: nodes.If) -> bool:
        return self._depends(node.test) or any(self._depends(other.test) for other in node.elif_)
