"""Render the slots of one issue for many recipients at once."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from jinja2 import Template, TemplateError, nodes

from pressrun.errors import RefusedError
from pressrun.issues.cage import FAULTS, PERSON, Cage
from pressrun.issues.limits import ChildFaultError, LimitError, for_many, limited, ran_out
from pressrun.issues.slot_memory import Memory, attributes_read
from pressrun.issues.slots import HTML, PLAIN, Slot, compiled
from pressrun.issues.tame import is_tame

#: Bytes of substitutions in one personalization; SendGrid documents 10,000 and does not say how it counts.
SUBSTITUTION_LIMIT = 9_000
_LINE_BREAKS = re.compile("[\r\n\0\x85\u2028\u2029]+")
People = Sequence[Mapping[str, object]]


class SlotError(RefusedError):
    """A slot could not be rendered for a recipient."""

    #: Whether it was ended because it took more than it may; then `said` tells of what.
    is_limit = False
    said = ""


class Fault(NamedTuple):
    """A slot that fails for some recipients."""

    #: `personalisation`, or `template-limit` where a limit ended it.
    rule: str
    where: str
    expression: str
    #: The first of them, and how many there are.
    subscriber_id: str
    failing: int
    #: Why, without any value.
    said: str


class SlotRenderer:
    """Render all slots of one issue; made once, asked for each batch."""

    def __init__(self, slots: Sequence[Slot], *, nonce: str) -> None:
        html = [slot for slot in slots if slot.place == "html"]
        plain = [slot for slot in slots if slot.place != "html"]
        self._groups = [_Group(cage, group, nonce) for cage, group in ((HTML, html), (PLAIN, plain)) if group]

    def render_many(self, people: People) -> list[dict[str, str]]:
        """Give tag → value for each recipient, in order.

        Args:
            people: What is known of each: `subscriber_id`, `email`, `name`, `first_name` and attributes.

        Raises:
            SlotError: A slot failed for a recipient, or a value could pass for a tag.
        """
        values: list[dict[str, str]] = [{} for _ in people]
        for group in self._groups:
            group.fill(people, values)
        return values

    def take_out_failing(self, people: People) -> list[Fault]:
        """Find the slots that fail for some of these people, and render them no more.

        Args:
            people: As for `render_many`.
        """
        return [fault for group in self._groups for fault in group.take_out_failing(people)]


class _Group:
    """Slots that are escaped alike; each thing said is rendered once, however often it is used."""

    def __init__(self, cage: Cage, slots: Sequence[Slot], nonce: str) -> None:
        said: dict[str, list[Slot]] = {}
        for slot in slots:
            said.setdefault(slot.sense, []).append(slot)
        self._said = [(_Said(cage, alike[0], nonce), alike) for alike in said.values()]

    def fill(self, people: People, values: Sequence[dict[str, str]]) -> None:
        """Add the values of this group's slots to each person's."""
        for one, slots in self._said:
            pieces = one.pieces(people)
            for slot in slots:
                shown = [_LINE_BREAKS.sub(" ", piece) for piece in pieces] if slot.place == "line" else pieces
                for mine, piece in zip(values, shown, strict=True):
                    mine[slot.tag] = piece

    def take_out_failing(self, people: People) -> list[Fault]:
        """Find what fails for some of these people, and say it no more."""
        faults = {at: fault for at, (one, _) in enumerate(self._said) if (fault := one.fault_for(people)) is not None}
        self._said = [pair for at, pair in enumerate(self._said) if at not in faults]
        return list(faults.values())


class _Said:
    """One thing said about a subscriber, rendered for many at once and remembered for those who are alike in it."""

    def __init__(self, cage: Cage, slot: Slot, nonce: str) -> None:
        self._cage = cage
        self._slot = slot
        self._nonce = nonce
        self._separator = f"\x1e{nonce}\x1e"
        self._template = compiled(cage, [self._loop()])
        self._is_tame = is_tame(slot.body)
        self._memory = Memory(attributes_read(slot.body))

    def pieces(self, people: People) -> list[str]:
        """Give the piece of each person, in order."""
        if not self._memory.useful:
            return self._rendered(people)
        found, unknown = self._memory.recall(people)
        if unknown:
            fresh = self._rendered([people[at] for at in unknown])
            self._memory.keep(people, unknown, fresh, found)
        return found

    def fault_for(self, people: People) -> Fault | None:
        """Say for whom it fails, if for anybody."""
        try:
            self.pieces(people)
        except SlotError as error:
            said = [error.said] * len(people) if error.is_limit else self._failures(people)
            first = next((at for at, one in enumerate(said) if one), None)
            if first is not None:
                return Fault(
                    "template-limit" if error.is_limit else "personalisation",
                    self._slot.where,
                    self._slot.expression,
                    str(people[first]["subscriber_id"]),
                    sum(map(bool, said)),
                    said[first],
                )
        return None

    def _loop(self) -> nodes.For:
        """Write `for subscriber in people: slot, separator`: 3 times as fast as asking for one by one."""
        # a scope of its own keeps one person's assignments out of the next
        scope = nodes.Scope(list(self._slot.body), lineno=1)
        end = nodes.Output([nodes.TemplateData(self._separator)], lineno=1)
        person, people = nodes.Name(PERSON, "store"), nodes.Name("people", "load")
        return nodes.For(person, people, [scope, end], [], None, False, lineno=1)

    def _rendered(self, people: People) -> list[str]:
        try:
            text = self._watched(lambda: [self._template.render(people=people)], len(people))[0]
        except LimitError as limit:
            raise self._limited(limit) from None
        except FAULTS as fault:
            # the fault itself may quote a value, so it goes no further than its class
            raise self._blamed(people, fault) from None
        pieces = text.split(self._separator)[:-1]
        # a separator holds the nonce once; any other that turns up came from somebody's value
        if text.count(self._nonce) != len(people):
            raise self._forged(people)
        return pieces

    def _watched(self, work: Callable[[], list[str]], count: int) -> list[str]:
        """Do it here if it can only be quick, and in a child with limits if not."""
        if self._is_tame:
            return work()
        return limited(work, FAULTS, for_many(count))

    def _limited(self, limit: LimitError) -> SlotError:
        slot = self._slot
        error = SlotError(f"{slot.where}: {slot.expression} cannot be rendered for everyone: {limit}.")
        error.is_limit, error.said = True, str(limit)
        return error

    def _blamed(self, people: People, fault: Exception) -> SlotError:
        """Find out for whom it failed, and say it without the address."""
        slot = self._slot
        for person, said in zip(people, self._failures(people), strict=True):
            if said:
                return SlotError(
                    f"{slot.where}: {slot.expression} cannot be rendered for subscriber "
                    f"{person['subscriber_id']}: {said}. Give it a default, as in "
                    "{{ subscriber.city | default('your town') }}."
                )
        return SlotError(f"{slot.where}: {slot.expression} cannot be rendered: {_told(fault)}.")

    def _forged(self, people: People) -> SlotError:
        slot = self._slot
        for person, said in zip(people, self._failures(people), strict=True):
            if said:
                return SlotError(
                    f"{slot.where}: a value of subscriber {person['subscriber_id']} in {slot.expression} holds "
                    "characters that could pass for a tag. Correct it, or exclude the subscriber."
                )
        return SlotError("A value holds characters that could pass for a tag.")

    def _failures(self, people: People) -> list[str]:
        """Say of each person why it fails; empty for those for whom it does not."""
        single = compiled(self._cage, list(self._slot.body))
        try:
            return self._watched(lambda: [_failure(single, person, self._nonce) for person in people], len(people))
        except LimitError:
            return [""] * len(people)


def _failure(single: Template, person: Mapping[str, object], nonce: str) -> str:
    try:
        piece = single.render({PERSON: person})
    except FAULTS as fault:
        if ran_out(fault):
            raise
        return _told(fault)
    return "its value could pass for a tag" if nonce in piece else ""


def _told(fault: Exception) -> str:
    """Say what went wrong; Python's own errors quote the value they stumbled over, Jinja's only names."""
    of_python = not isinstance(fault, TemplateError) or (isinstance(fault, ChildFaultError) and fault.is_python)
    return f"its value does not fit ({type(fault).__name__})" if of_python else str(fault)
