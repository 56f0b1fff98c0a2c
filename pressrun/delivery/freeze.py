"""Freeze the audience of one issue, once: select, exclude, render everything for everyone, add up, close.

Whatever can fail for one recipient fails here, before the first POST. A killed preparation leaves nothing
that counts: the next one drops it and starts anew.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from pressrun import audiences
from pressrun.audiences.tokens import Minter
from pressrun.delivery.payload import Person, Shared, Slots
from pressrun.delivery.splitting import checksum
from pressrun.errors import RefusedError
from pressrun.issues import SUBSTITUTION_LIMIT, RenderedIssue, SlotError, SlotRenderer, fill, substitution_bytes
from pressrun.ledger import Ledger, issues, preflights, suppressions
from pressrun.ledger.issues import Exclusion, FrozenBatch, FrozenRecipient, Issue, IssueDraft
from pressrun.settings import Settings

#: Batches stored in one transaction: few enough that others can write to the ledger in between.
_BATCHES_AT_ONCE = 20
#: Stands for a reader where one subject is shown for all.
_NOBODY = {"subscriber_id": "", "email": "", "name": "", "first_name": "", "tags": []}
_NAME_UNWELCOME = set(';,"<>\r\n\0')


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rendered:
    """One recipient with rendered slots."""

    recipient: FrozenRecipient
    name: str
    slots: dict[str, str]
    unsubscribe: dict[str, str]


def freeze_once(
    settings: Settings,
    ledger: Ledger,
    rendered: RenderedIssue,
    *,
    segment: str,
    gone: frozenset[str],
    clock: Callable[[], datetime],
    on_progress: Callable[[int], None] = lambda n: None,
) -> Issue:
    """Freeze the audience of an issue, or give it back as it was frozen.

    Args:
        settings: Where the stores and segments are.
        ledger: The ledger; the caller is its one sender.
        rendered: The checked issue.
        segment: Whom to ask for candidates.
        gone: Address keys whose consent ended too recently to be in the suppressions.
        clock: Gives the time.
        on_progress: Told how many more candidates were read.

    Raises:
        RefusedError: Preflight did not pass for this very content, or a slot failed for a recipient.
    """
    found = issues.find(ledger, rendered.issue_id)
    if found is not None and found.frozen_at is not None:
        return found
    if not preflights.passed(ledger, rendered.issue_id, rendered.content_hash):
        raise RefusedError(f"Issue {rendered.issue_id} has no passed preflight for its present content.")
    issues.start(ledger, _draft(rendered, segment), clock())
    candidates = _store_audience(settings, ledger, rendered, segment, gone, on_progress)
    issues.freeze(ledger, rendered.issue_id, candidates=candidates, now=clock())
    return issues.require(ledger, rendered.issue_id)


def shared_of(rendered: RenderedIssue) -> Shared:
    """Take what all recipients share from a rendered issue."""
    return Shared(
        from_email=rendered.from_email,
        from_name=rendered.from_name,
        reply_to=rendered.reply_to,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        unsubscribe_tag=rendered.unsubscribe_tag,
        track=rendered.track,
    )


def neutral_subject(rendered: RenderedIssue) -> str:
    """Give the subject as nobody in particular would read it, for tables and pages."""
    in_subject = [slot for slot in rendered.slots if slot.tag in rendered.subject]
    try:
        values = SlotRenderer(in_subject, nonce=rendered.nonce).render_many([_NOBODY])[0]
    except SlotError:
        values = {slot.tag: "…" for slot in in_subject}
    return fill(rendered, values)[0]


def person_of(row: Mapping[str, Any]) -> dict[str, object]:
    """Turn a subscriber's row into what a writer may use in slots."""
    attributes = orjson.loads(row["attributes"] or "{}")
    name = str(row["name"] or "")
    first = str(attributes.get("first_name") or name.split(" ")[0])
    own = {"subscriber_id": row["subscriber_id"], "email": row["email"], "name": name, "first_name": first}
    return {**attributes, **own, "tags": list(row["tags"] or ())}


def _draft(rendered: RenderedIssue, segment: str) -> IssueDraft:
    return IssueDraft(
        issue_id=rendered.issue_id,
        subject=neutral_subject(rendered),
        segment=segment,
        content_hash=rendered.content_hash,
        shared=shared_of(rendered).to_json(),
    )


def _store_audience(
    settings: Settings,
    ledger: Ledger,
    rendered: RenderedIssue,
    segment: str,
    gone: frozenset[str],
    on_progress: Callable[[int], None],
) -> int:
    """Store exclusions and batches piece by piece, and give the number of candidates read."""
    packer = _Packer(settings, rendered)
    suppressed = {key: found.reason for key, found in suppressions.every(ledger).items()}
    suppressed.update((key, "unsubscribed") for key in gone if key not in suppressed)
    candidates = 0
    for piece in audiences.candidates(settings, segment):
        rows = piece.to_pylist()
        candidates += len(rows)
        kept, left_out = _exclude(rows, suppressed)
        issues.add_exclusions(ledger, rendered.issue_id, left_out)
        _store(ledger, rendered.issue_id, packer.add(kept))
        on_progress(len(rows))
    _store(ledger, rendered.issue_id, packer.finish())
    return candidates


def _exclude(
    rows: Sequence[Mapping[str, Any]], suppressed: Mapping[str, str]
) -> tuple[list[Mapping[str, Any]], list[Exclusion]]:
    kept: list[Mapping[str, Any]] = []
    left_out: list[Exclusion] = []
    for row in rows:
        reason = audiences.exclusion_reason(row["status"], suppressed.get(row["address_key"]))
        if reason is None:
            kept.append(row)
        else:
            left_out.append(Exclusion(subscriber_id=row["subscriber_id"], reason=reason))
    return kept, left_out


def _store(ledger: Ledger, issue_id: str, batches: Iterator[FrozenBatch]) -> None:
    waiting: list[FrozenBatch] = []
    for batch in batches:
        waiting.append(batch)
        if len(waiting) == _BATCHES_AT_ONCE:
            issues.add_batches(ledger, issue_id, waiting)
            waiting = []
    if waiting:
        issues.add_batches(ledger, issue_id, waiting)


class _Packer:
    """Render recipients and pack them into batches of full size, in a bounded amount of memory."""

    def __init__(self, settings: Settings, rendered: RenderedIssue) -> None:
        self._size = settings.batch_size
        self._public_url = settings.public_url.rstrip("/")
        self._minter = Minter(settings.signing_key)
        self._rendered = rendered
        self._renderer = SlotRenderer(rendered.slots, nonce=rendered.nonce)
        self._waiting: list[Mapping[str, Any]] = []
        #: Recipients whose slots are too large to travel, by what they have in common.
        self._large: dict[str, list[_Rendered]] = {}
        self._last_no = 0

    def add(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[FrozenBatch]:
        """Take more recipients, and give the batches that are full."""
        self._waiting += rows
        while len(self._waiting) >= self._size:
            ready, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
            yield from self._pack(ready)

    def finish(self) -> Iterator[FrozenBatch]:
        """Give the batches that are not full."""
        if self._waiting:
            yield from self._pack(self._waiting)
        for group in self._large.values():
            yield self._batch(group, fixed=group[0].slots)

    def _pack(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[FrozenBatch]:
        fitting: list[_Rendered] = []
        for one in self._render(rows):
            if substitution_bytes({**one.slots, **one.unsubscribe}) <= SUBSTITUTION_LIMIT:
                fitting.append(one)
            else:
                yield from self._set_aside(one)
        if fitting:
            yield self._batch(fitting, fixed={})

    def _set_aside(self, one: _Rendered) -> Iterator[FrozenBatch]:
        alike = hashlib.sha256(orjson.dumps(one.slots, option=orjson.OPT_SORT_KEYS)).hexdigest()
        group = self._large.setdefault(alike, [])
        group.append(one)
        if len(group) == self._size:
            yield self._batch(self._large.pop(alike), fixed=one.slots)

    def _render(self, rows: Sequence[Mapping[str, Any]]) -> list[_Rendered]:
        people = [person_of(row) for row in rows]
        try:
            slots = self._renderer.render_many(people)
        except SlotError as error:
            raise RefusedError(f"Issue {self._rendered.issue_id}: {error} Nothing was submitted.") from error
        return [
            self._one(row, values, str(person["name"])) for row, person, values in zip(rows, people, slots, strict=True)
        ]

    def _one(self, row: Mapping[str, Any], slots: dict[str, str], name: str) -> _Rendered:
        recipient_id = secrets.token_urlsafe(16)
        link = f"{self._public_url}/u/{self._minter.mint(recipient_id)}"
        recipient = FrozenRecipient(
            recipient_id=recipient_id,
            subscriber_id=row["subscriber_id"],
            address=row["email"],
            address_key=row["address_key"],
        )
        unsubscribe = {self._rendered.unsubscribe_tag: link}
        return _Rendered(recipient=recipient, name=_welcome(name), slots=slots, unsubscribe=unsubscribe)

    def _batch(self, group: Sequence[_Rendered], *, fixed: Mapping[str, str]) -> FrozenBatch:
        self._last_no += 1
        people = [
            Person(
                recipient_id=one.recipient.recipient_id,
                name=one.name,
                slots=one.unsubscribe if fixed else {**one.slots, **one.unsubscribe},
            )
            for one in group
        ]
        content = Slots(fixed=fixed, people=people).pack()
        return FrozenBatch(
            batch_no=self._last_no,
            recipients=[one.recipient for one in group],
            slots=content,
            sha256=checksum(content),
        )


def _welcome(name: str) -> str:
    """Leave out a name that SendGrid or a mail header would choke on; the mail goes out without it."""
    harmless = name.isprintable() and not _NAME_UNWELCOME & set(name)
    return name if harmless and len(name) <= 100 else ""
