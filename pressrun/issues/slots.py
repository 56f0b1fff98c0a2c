"""Split a template into what all recipients share and slots, the maximal pieces that depend on `subscriber`.

The shared part is rendered once, with a tag in place of each slot. Rendering the slots for a person and putting
them in gives the same bytes as rendering the whole template for that person. What subscribers say is data: it
is escaped, never a template, and can never produce a tag.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from jinja2 import Template, nodes

from pressrun.issues.cage import FAULTS, PERSON, Cage, cage, frozen, names_of
from pressrun.issues.limits import limited
from pressrun.issues.tame import is_tame

#: Where a slot stands: in HTML, in the text part, or in a header line.
Place = Literal["html", "text", "line"]
#: Line of a template → `file:line` and the expression an author wrote there.
Origin = Callable[[int], tuple[str, str]]
HTML, PLAIN = cage(escape=True), cage(escape=False)
_NONCE = re.compile(r"[0-9a-f]{16}")
_LEAKING = (nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Import, nodes.FromImport)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One personalised piece of an issue."""

    tag: str
    place: Place
    #: `file:line`, and what the author wrote there.
    where: str
    expression: str
    #: The Jinja syntax tree of the piece, with the assignments it leans on.
    body: tuple[nodes.Node, ...] = field(repr=False)

    @property
    def sense(self) -> str:
        """Give a key that is equal for slots that always have the same value, if escaped alike."""
        return repr(self.body)


class SlotDesk:
    """Give out the tags of one issue: unguessable, of one width, free of anything a mail would change."""

    def __init__(self, nonce: str) -> None:
        if not _NONCE.fullmatch(nonce):
            raise ValueError("a nonce is 16 hexadecimal digits")
        self.nonce = nonce
        self._given = 0
        self._known: dict[tuple[Place, str], Slot] = {}

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Give the slots so far."""
        return tuple(self._known.values())

    def forget(self, slots: Iterable[Slot]) -> None:
        """Let go of slots that stand nowhere."""
        gone = {slot.tag for slot in slots}
        self._known = {key: slot for key, slot in self._known.items() if slot.tag not in gone}

    def tag(self) -> str:
        """Give a new tag."""
        self._given += 1
        return f"-{self.nonce}{self._given:03d}-"

    def slot(self, place: Place, body: Sequence[nodes.Node], where: str, expression: str) -> Slot:
        """Give the slot of a piece; the same piece in the same kind of place has one slot."""
        key = (place, repr(tuple(body)))
        if key not in self._known:
            self._known[key] = Slot(tag=self.tag(), place=place, where=where, expression=expression, body=tuple(body))
        return self._known[key]


def tag_pattern(nonce: str) -> re.Pattern[str]:
    """Give a pattern that finds every tag of one issue."""
    return re.compile(f"-{nonce}[0-9]{{3,}}-")


def split(source: str, place: Place, desk: SlotDesk, facts: Mapping[str, object], origin: Origin) -> str:
    """Take a template apart and render the part that all recipients share.

    Args:
        source: The template.
        place: What it becomes.
        desk: Gives the tags and keeps the slots.
        facts: What the template may know besides the subscriber.
        origin: Finds the author's line.

    Returns:
        The shared part, with tags in place of slots.

    Raises:
        jinja2.TemplateError: It is not valid, or needs something that is not there.
    """
    environment, before = cage_of(place), {slot.tag for slot in desk.slots}
    body = Splitter(place, desk, facts, origin).walk(environment.parse(source).body)
    shared = rendered(environment, body, facts)
    # in a branch that is taken for nobody, nobody needs to have what it says
    desk.forget(slot for slot in desk.slots if slot.tag not in before and slot.tag not in shared)
    return shared


def cage_of(place: Place) -> Cage:
    """Give the environment for a place."""
    return HTML if place == "html" else PLAIN


def compiled(environment: Cage, body: list[nodes.Node]) -> Template:
    """Compile a syntax tree."""
    tree = nodes.Template(body, lineno=1)
    tree.set_environment(environment)
    return Template.from_code(environment, environment.compile(tree), environment.globals)


def rendered(environment: Cage, body: list[nodes.Node], known: Mapping[str, object]) -> str:
    """Compile and render a syntax tree; one that could take long or grow large does it in a child with limits.

    Raises:
        jinja2.TemplateError: It needs something that is not there, or takes more than it may.
    """
    return run(compiled(environment, body), known, tame=is_tame(body))


def run(template: Template, known: Mapping[str, object], *, tame: bool) -> str:
    """Render a template: here if it is tame, in a child with limits if it is not."""
    return template.render(known) if tame else limited(lambda: [template.render(known)], FAULTS)[0]


class Splitter:
    """Walk a syntax tree and take out the pieces that depend on the subscriber."""

    def __init__(self, place: Place, desk: SlotDesk, facts: Mapping[str, object], origin: Origin) -> None:
        self._place: Place = place
        self._desk = desk
        self._facts = facts
        self._origin = origin
        self._depending = {PERSON}
        #: What was assigned so far; a slot takes along what it needs of it.
        self._assigned: list[nodes.Node] = []

    def walk(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        """Give the body with slots replaced by their tags."""
        kept: list[nodes.Node] = []
        for at, node in enumerate(body):
            if node.find(nodes.NSRef) or isinstance(node, nodes.NSRef):
                # namespaces change from anywhere: from here on it is one piece, if any of it depends
                return kept + self._rest(body[at:])
            kept += self._one(node)
        return kept

    def show(self, slot: Slot) -> str:
        """Give what stands for a slot in the shared part."""
        return slot.tag

    def _one(self, node: nodes.Node) -> Sequence[nodes.Node]:
        if isinstance(node, nodes.Output):
            return [nodes.Output(list(self._output(node)), lineno=node.lineno)]
        if isinstance(node, nodes.Scope):
            return [self._scope(node)]
        if _leaks(node):
            return self._assignment(node)
        if not self._depends(node):
            return [node]
        if isinstance(node, nodes.If) and not self._depends_in_tests(node):
            return [self._inside_if(node)]
        return [self._piece([node], node.lineno)]

    def _output(self, node: nodes.Output) -> Iterator[nodes.Expr]:
        for piece in node.nodes:
            if self._depends(piece):
                slot = self._slot([nodes.Output([piece], lineno=piece.lineno)], piece.lineno)
                yield nodes.TemplateData(self.show(slot))
            else:
                yield piece

    def _scope(self, node: nodes.Scope) -> nodes.Scope:
        depending, assigned = set(self._depending), list(self._assigned)
        inside = nodes.Scope(self.walk(node.body), lineno=node.lineno)
        self._depending, self._assigned = depending, assigned
        return inside

    def _assignment(self, node: nodes.Node) -> list[nodes.Node]:
        """Keep what is assigned for the slots that follow; what an `if` assigns may or may not hold."""
        depends = self._depends(node)
        sets = names_of(node)[1]
        shown = [self._piece([node], node.lineno)] if depends and not isinstance(node, _LEAKING) else []
        self._assigned.append(_silent(node))
        if depends:
            self._depending |= sets
        elif isinstance(node, _LEAKING):
            self._depending -= sets
        return [*shown] if depends else [node]

    def _inside_if(self, node: nodes.If) -> nodes.If:
        node.body = self.walk(node.body)
        for other in node.elif_:
            other.body = self.walk(other.body)
        node.else_ = self.walk(node.else_)
        return node

    def _rest(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        if any(self._depends(node) for node in body):
            return [self._piece(body, body[0].lineno)]
        return list(body)

    def _piece(self, body: Sequence[nodes.Node], line: int) -> nodes.Output:
        return nodes.Output([nodes.TemplateData(self.show(self._slot(body, line)))], lineno=line)

    def _slot(self, body: Sequence[nodes.Node], line: int) -> Slot:
        return self._desk.slot(self._place, [*self._needed_by(body), *body], *self._origin(line))

    def _needed_by(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        """Give the assignments and facts that a piece leans on, in the order of the template."""
        needed = set[str]().union(*(names_of(node)[0] for node in body))
        taken: list[nodes.Node] = []
        for node in reversed(self._assigned):
            reads, sets = names_of(node)
            if sets & needed:
                needed |= reads
                taken.append(node)
        facts = sorted(needed & set(self._facts))
        return [_constant(name, self._facts[name]) for name in facts] + taken[::-1]

    def _depends(self, node: nodes.Node) -> bool:
        return not self._depending.isdisjoint(names_of(node)[0])

    def _depends_in_tests(self, node: nodes.If) -> bool:
        return self._depends(node.test) or any(self._depends(other.test) for other in node.elif_)


def _leaks(node: nodes.Node) -> bool:
    """Tell whether a statement assigns a name that is still there after it."""
    if isinstance(node, _LEAKING):
        return True
    return isinstance(node, nodes.If) and any(
        _leaks(inner) for branch in (node.body, node.elif_, node.else_) for inner in branch
    )


def _silent(node: nodes.Node) -> nodes.Node:
    """Give an `if` without what it prints, so that it only assigns."""
    if not isinstance(node, nodes.If):
        return node
    return nodes.If(
        node.test,
        [_silent(inner) for inner in node.body if _leaks(inner)],
        [_silent(other) for other in node.elif_],
        [_silent(inner) for inner in node.else_ if _leaks(inner)],
        lineno=node.lineno,
    )


def _constant(name: str, value: object) -> nodes.Assign:
    return nodes.Assign(nodes.Name(name, "store", lineno=1), nodes.Const(frozen(value), lineno=1), lineno=1)
