"""Render recipients and pack them into batches of full size, in a bounded amount of memory."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from pressrun.audiences.tokens import Minter, ids_in_order
from pressrun.delivery.payload import Slots, personalization
from pressrun.delivery.splitting import checksum
from pressrun.errors import RefusedError
from pressrun.issues import SUBSTITUTION_LIMIT, RenderedIssue, SlotError, SlotRenderer, substitution_bytes
from pressrun.ledger.issues import FrozenBatch, FrozenRecipient
from pressrun.settings import Settings

_NAME_UNWELCOME = set(';,"<>\r\n\0')
#: A character takes at most this many bytes, so few characters need no exact count.
_BYTES_OF_CHARACTER = 4


class Candidate(NamedTuple):
    """One subscriber as a segment gave it, in the order of the columns of `queries/audience_candidates`."""

    subscriber_id: str
    email: str
    address_key: str
    domain: str
    name: str | None
    status: str
    tags: Sequence[str] | None
    #: JSON text.
    attributes: str | None


class _Rendered(NamedTuple):
    """One recipient with rendered slots."""

    recipient: FrozenRecipient
    name: str
    slots: dict[str, str]
    link: str


def person_of(row: Mapping[str, Any]) -> dict[str, object]:
    """Turn a subscriber's row into what a writer may use in slots."""
    return _person(row["subscriber_id"], row["email"], row["name"], row["tags"], row["attributes"])


def _person(
    subscriber_id: str, email: str, name: str | None, tags: Sequence[str] | None, attributes: str | None
) -> dict[str, object]:
    person: dict[str, object] = orjson.loads(attributes) if attributes else {}
    name = name or ""
    person["first_name"] = str(person.get("first_name") or name.partition(" ")[0])
    person["subscriber_id"], person["email"], person["name"], person["tags"] = subscriber_id, email, name, tags or []
    return person


class Packer:
    """Render recipients and pack them; a lane is a mailbox provider with a pace of its own, or the rest."""

    def __init__(
        self,
        settings: Settings,
        rendered: RenderedIssue,
        *,
        count: int,
        lane_of: Callable[[str], str] | None = None,
        lane_size: Callable[[str], int] | None = None,
    ) -> None:
        """Make it.

        Args:
            settings: Size of batches, where links lead, the key that signs them.
            rendered: The issue.
            count: How many recipients there will be, at most.
            lane_of: Gives the lane of a domain; recipients of two lanes share no batch. None: there is one lane.
            lane_size: Gives how many recipients of a lane fit one batch; None: as many as in any other.
        """
        self._size = lane_size or (lambda lane: settings.batch_size)
        self._lane_of = lane_of
        self._base = f"{settings.public_url.rstrip('/')}/u/"
        self._minter = Minter(settings.signing_key)
        self._ids = ids_in_order(count, os.urandom)
        self._rendered = rendered
        self._renderer = SlotRenderer(rendered.slots, nonce=rendered.nonce)
        self._waiting: dict[str, list[Candidate]] = {}
        #: Recipients whose slots are too large to travel, by lane and what they have in common.
        self._large: dict[tuple[str, str], list[_Rendered]] = {}
        self._last_no = 0

    def add(self, rows: Iterable[Candidate]) -> Iterator[FrozenBatch]:
        """Take more recipients, and give the batches that are full."""
        if self._lane_of is None:
            self._waiting.setdefault("", []).extend(rows)
        else:
            for row in rows:
                self._waiting.setdefault(self._lane_of(row.domain), []).append(row)
        for lane, waiting in self._waiting.items():
            size = self._size(lane)
            while len(waiting) >= size:
                ready, waiting = waiting[:size], waiting[size:]
                yield from self._pack(lane, ready)
            self._waiting[lane] = waiting

    def finish(self) -> Iterator[FrozenBatch]:
        """Give the batches that are not full."""
        for lane, waiting in self._waiting.items():
            if waiting:
                yield from self._pack(lane, waiting)
        for (lane, _), group in self._large.items():
            yield self._batch(lane, group, fixed=group[0].slots)

    def _pack(self, lane: str, rows: Sequence[Candidate]) -> Iterator[FrozenBatch]:
        fitting: list[_Rendered] = []
        tag = self._rendered.unsubscribe_tag
        for one in self._render(rows):
            if _fits(one.slots, tag, one.link):
                fitting.append(one)
            else:
                yield from self._set_aside(lane, one)
        if fitting:
            yield self._batch(lane, fitting, fixed={})

    def _set_aside(self, lane: str, one: _Rendered) -> Iterator[FrozenBatch]:
        alike = lane, hashlib.sha256(orjson.dumps(one.slots, option=orjson.OPT_SORT_KEYS)).hexdigest()
        group = self._large.setdefault(alike, [])
        group.append(one)
        if len(group) == self._size(lane):
            yield self._batch(lane, self._large.pop(alike), fixed=one.slots)

    def _render(self, rows: Sequence[Candidate]) -> list[_Rendered]:
        people = [_person(row.subscriber_id, row.email, row.name, row.tags, row.attributes) for row in rows]
        try:
            slots = self._renderer.render_many(people)
        except SlotError as error:
            raise RefusedError(f"Issue {self._rendered.issue_id}: {error} Nothing was submitted.") from error
        return [self._one(row, values) for row, values in zip(rows, slots, strict=True)]

    def _one(self, row: Candidate, slots: dict[str, str]) -> _Rendered:
        recipient_id = next(self._ids)
        recipient = FrozenRecipient(row.address_key, recipient_id, row.subscriber_id, row.email)
        return _Rendered(recipient, welcome(row.name or ""), slots, self._base + self._minter.mint(recipient_id))

    def _batch(self, lane: str, group: Sequence[_Rendered], *, fixed: Mapping[str, str]) -> FrozenBatch:
        self._last_no += 1
        tag, issue_id = self._rendered.unsubscribe_tag, self._rendered.issue_id
        people = {
            recipient.recipient_id: personalization(
                recipient_id=recipient.recipient_id,
                address=recipient.address,
                name=name,
                slots={tag: link} if fixed else slots | {tag: link},
                link=link,
                issue_id=issue_id,
            )
            for recipient, name, slots, link in group
        }
        content = Slots.of(people, fixed).pack()
        return FrozenBatch(
            batch_no=self._last_no,
            recipients=[one.recipient for one in group],
            slots=content,
            sha256=checksum(content),
            lane=lane,
        )


def welcome(name: str) -> str:
    """Leave out a name that SendGrid or a mail header would choke on; the mail goes out without it."""
    harmless = name.isprintable() and _NAME_UNWELCOME.isdisjoint(name)
    return name if harmless and len(name) <= 100 else ""


def _fits(slots: Mapping[str, str], tag: str, link: str) -> bool:
    """Tell whether a person's substitutions can travel; most are so short that no exact count is needed."""
    characters = sum(map(len, slots.values())) + sum(map(len, slots)) + len(tag) + len(link)
    if characters * _BYTES_OF_CHARACTER <= SUBSTITUTION_LIMIT:
        return True
    return substitution_bytes({**slots, tag: link}) <= SUBSTITUTION_LIMIT
