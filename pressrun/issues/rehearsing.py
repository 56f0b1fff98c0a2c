"""Try the slots of an issue on people nobody has met, so that a greedy one is found before there are subscribers.

Whoever is made up has, in all that a slot reads, one kind of value: a text, a number, nothing, a list; and each
word that the slot compares with, so that its branches are tried too. Only time, memory and room are judged: what
a slot says of real people is found out with real people.
"""

from collections.abc import Iterator, Mapping, Sequence

from jinja2 import Template, nodes

from pressrun.issues.cage import FAULTS, PERSON
from pressrun.issues.findings import Finding, error
from pressrun.issues.limits import LimitError, limited, ran_out
from pressrun.issues.slots import Slot, cage_of, compiled
from pressrun.issues.tame import is_tame

#: What an attribute can be, as imports bring it in.
_KINDS: tuple[object, ...] = ("Made Up", "2026-11-24", 1000, True, "", None, ["one", "two", "three"])
#: Words of a slot that are tried; a slot that compares with more is no letter.
_MOST_WORDS = 20
People = Sequence[Mapping[str, object]]
_Tried = tuple[Template, People]


def judge_slots(slots: Sequence[Slot]) -> Iterator[Finding]:
    """Give the slots that take more than they may for somebody who could exist.

    Args:
        slots: Of one issue.
    """
    wild: dict[tuple[str, str], list[_Tried]] = {}
    for slot in slots:
        if not is_tame(slot.body):
            tried = (compiled(cage_of(slot.place), list(slot.body)), _people(slot))
            wild.setdefault((slot.where, slot.expression), []).append(tried)
    # mostly there is nothing to find, and one child finds that out
    if len(wild) > 1 and _fault([one for alike in wild.values() for one in alike]) is None:
        return
    for (where, expression), alike in wild.items():
        if (fault := _fault(alike)) is not None:
            yield error("template-limit", f"{expression} cannot be rendered: {fault}.", where)


def _fault(tried: Sequence[_Tried]) -> LimitError | None:
    try:
        limited(lambda: [_rendered(template, person) for template, people in tried for person in people], FAULTS)
    except LimitError as problem:
        return problem
    except FAULTS:
        return None
    return None


def _rendered(template: Template, person: Mapping[str, object]) -> str:
    """Render it once; that it does not fit somebody who does not exist is no fault."""
    try:
        return template.render({PERSON: person})
    except FAULTS as fault:
        if ran_out(fault):
            raise
        return ""


def _people(slot: Slot) -> list[dict[str, object]]:
    whole = [node for top in slot.body for node in (top, *top.find_all(nodes.Node))]
    names = {node.attr for node in whole if isinstance(node, nodes.Getattr)}
    words = [node.value for node in whole if isinstance(node, nodes.Const) and isinstance(node.value, str | int)]
    names |= {word for word in words if isinstance(word, str)} | {"name", "first_name", "email", "subscriber_id"}
    values = (*_KINDS, *dict.fromkeys(words[:_MOST_WORDS]))
    return [{**dict.fromkeys(names, value), "tags": ["one", str(value)]} for value in values] + [{"tags": []}]
