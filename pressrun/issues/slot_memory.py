"""Remember what a slot came to: people who are alike in all that it reads get the same piece, rendered once."""

from collections.abc import Iterable, Mapping, Sequence

from jinja2 import nodes

from pressrun.issues.cage import PERSON

#: Characters kept at most for one slot; what comes after is rendered anew each time.
_MOST_CHARACTERS = 4_000_000
#: After this many people it is clear whether remembering pays.
_TRIAL = 5_000
_MISSING = object()
#: Values of other types may be equal and yet print differently, as 1 and True do.
_COMPARABLE = frozenset({str, type(None), object})
People = Sequence[Mapping[str, object]]


def attributes_read(body: Iterable[nodes.Node]) -> tuple[str, ...] | None:
    """Name the attributes of a subscriber that a piece reads, or None if that cannot be told from its text."""
    names: set[str] = set()
    mentions = 0
    for node in body:
        whole = [node, *node.find_all(nodes.Node)]
        mentions += sum(isinstance(one, nodes.Name) and one.name == PERSON for one in whole)
        names.update(filter(None, map(_attribute, whole)))
        mentions -= sum(_attribute(one) is not None for one in whole)
    return tuple(sorted(names)) if names and mentions == 0 else None


class Memory:
    """The pieces of one slot by the values it reads. Not for several threads."""

    def __init__(self, names: tuple[str, ...] | None) -> None:
        self._names = names or ()
        self._known: dict[tuple[object, ...], str] = {}
        self._characters = 0
        self._asked = self._missed = 0
        #: False once it is clear that remembering does not pay, or cannot be done.
        self.useful = names is not None

    def recall(self, people: People) -> tuple[list[str], list[int]]:
        """Give each person's piece as far as it is known, and the positions of the others."""
        known, unknown, found = self._known, [], []
        for at, key in enumerate(self._keys(people)):
            piece = known.get(key)
            if piece is None:
                unknown.append(at)
            found.append(piece or "")
        self._judge(len(people), len(unknown))
        return found, unknown

    def keep(self, people: People, unknown: Sequence[int], fresh: Sequence[str], found: list[str]) -> None:
        """Put fresh pieces where they belong, and remember them while there is room."""
        keys = self._keys([people[at] for at in unknown])
        for at, key, piece in zip(unknown, keys, fresh, strict=True):
            found[at] = piece
            if self._characters < _MOST_CHARACTERS and all(type(value) in _COMPARABLE for value in key):
                self._known[key] = piece
                self._characters += len(piece) + sum(len(value) for value in key if isinstance(value, str))

    def _keys(self, people: People) -> list[tuple[object, ...]]:
        columns = [[_hashable(person.get(name, _MISSING)) for person in people] for name in self._names]
        return list(zip(*columns, strict=True))

    def _judge(self, asked: int, missed: int) -> None:
        self._asked += asked
        self._missed += missed
        if self._asked >= _TRIAL and self._missed * 2 > self._asked:
            self.useful, self._known = False, {}


def _attribute(node: nodes.Node) -> str | None:
    """Name the attribute that a node reads directly from the subscriber."""
    if isinstance(node, nodes.Getattr) and _is_person(node.node):
        return node.attr
    if isinstance(node, nodes.Getitem) and _is_person(node.node) and isinstance(node.arg, nodes.Const):
        return node.arg.value if isinstance(node.arg.value, str) else None
    return None


def _is_person(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == PERSON


def _hashable(value: object) -> object:
    """Give a value as part of a key; one that cannot be compared is equal to nothing, not even to itself."""
    return value if type(value) in _COMPARABLE else _Unlike()


class _Unlike:
    """Equal to nothing else."""
