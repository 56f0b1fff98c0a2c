"""Freeze the audience of one issue, once: select, exclude, render everything for everyone, add up, close.

Whatever can fail for one recipient fails here, before the first POST. A killed preparation leaves nothing
that counts: the next one drops it and starts anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa

from pressrun import audiences
from pressrun.audiences.mailboxes import BySpelling
from pressrun.audiences.marks import Marks
from pressrun.crash_points import reach
from pressrun.delivery.garbage import rare_collections
from pressrun.delivery.packing import Candidate, Packer
from pressrun.delivery.payload import Shared
from pressrun.errors import RefusedError
from pressrun.issues import RenderedIssue, fill, neutral_values
from pressrun.ledger import Ledger, issues, pacing, preflights, suppressions
from pressrun.ledger.issues import Exclusion, FrozenBatch, Issue, IssueDraft
from pressrun.policies import policy_of
from pressrun.settings import Settings

#: Batches stored in one transaction: few enough that others can write to the ledger in between.
_BATCHES_AT_ONCE = 20


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
    reach("freeze.before")
    policy = str(policy_of(rendered.in_doubt or settings.in_doubt))
    issues.start(ledger, _draft(rendered, segment, policy), clock())
    reach("freeze.started")
    with rare_collections():
        chooser = chooser_now(settings, ledger, gone, clock())
        candidates = _store_audience(settings, ledger, rendered, segment, chooser, on_progress)
    reach("freeze.filled")
    _keep_plan(settings, ledger, rendered.issue_id, clock())
    issues.freeze(ledger, rendered.issue_id, candidates=candidates, now=clock())
    reach("freeze.closed")
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
        preheader=rendered.preheader,
        lang=rendered.lang,
        dir=rendered.dir,
        web=rendered.web,
    )


def neutral_subject(rendered: RenderedIssue) -> str:
    """Give the subject as nobody in particular would read it, for tables and pages."""
    in_subject = [slot for slot in rendered.slots if slot.tag in rendered.subject]
    return fill(rendered, neutral_values(in_subject, nonce=rendered.nonce))[0]


def _draft(rendered: RenderedIssue, segment: str, policy: str) -> IssueDraft:
    return IssueDraft(
        issue_id=rendered.issue_id,
        subject=neutral_subject(rendered),
        segment=segment,
        content_hash=rendered.content_hash,
        shared=shared_of(rendered).to_json(),
        in_doubt=policy,
    )


def _store_audience(
    settings: Settings,
    ledger: Ledger,
    rendered: RenderedIssue,
    segment: str,
    chooser: audiences.Chooser,
    on_progress: Callable[[int], None],
) -> int:
    """Store exclusions and batches piece by piece, and give the number of candidates read."""
    read = 0
    for piece in audience_of(settings, rendered, segment, chooser):
        issues.add_exclusions(ledger, rendered.issue_id, piece.left_out)
        reach("freeze.excluded")
        _store(ledger, rendered.issue_id, piece.batches)
        read += piece.read
        on_progress(piece.read)
    return read


class Piece(NamedTuple):
    """Some candidates of an issue: who is left out, and the batches that became full with the others."""

    read: int
    left_out: Sequence[Exclusion]
    #: To be taken before the next piece.
    batches: Iterator[FrozenBatch]


def audience_of(
    settings: Settings, rendered: RenderedIssue, segment: str, chooser: audiences.Chooser
) -> Iterator[Piece]:
    """Go through all candidates of an issue, rendered and packed, piece by piece; nothing is stored.

    Args:
        settings: Where the stores and segments are.
        rendered: The checked issue.
        segment: Whom to ask for candidates.
        chooser: Tells recipients from exclusions; nobody was chosen by it yet.

    Raises:
        RefusedError: A slot failed for a recipient.
    """
    packer: Packer | None = None
    for rows in audiences.candidates(settings, segment):
        packer = packer or _packer(settings, rendered, count=rows["count_candidates"][0].as_py())
        kept, left_out = divide(rows, chooser)
        yield Piece(rows.num_rows, left_out, packer.add(kept))
    if packer is not None:
        yield Piece(0, (), packer.finish())


def _packer(settings: Settings, rendered: RenderedIssue, *, count: int) -> Packer:
    pace = settings.limits
    return Packer(
        settings,
        rendered,
        count=count,
        lane_of=pace.lane_of if pace.lanes else None,
        lane_size=lambda lane: pace.batch_size(lane, settings.batch_size),
    )


def _keep_plan(settings: Settings, ledger: Ledger, issue_id: str, now: datetime) -> None:
    """Plan when each batch is due, before the first POST, so that a restart keeps to it."""
    limits = settings.limits
    if limits.is_free:
        return
    waiting = [(number, lane, count) for number, lane, count, _ in pacing.waiting(ledger, issue_id)]
    pacing.keep_plan(ledger, issue_id, pacing.due_times(ledger, limits, waiting, now))


def chooser_now(settings: Settings, ledger: Ledger, gone: frozenset[str], now: datetime) -> audiences.Chooser:
    """Make the chooser of a send: by the suppressions, and by whom a person paused or set inactive.

    Args:
        settings: Whether the spellings of a mailbox count as one.
        ledger: Outranks the lake's copy, which a crash or a new lake leaves behind.
        gone: Address keys whose consent ended too recently to be in the suppressions.
        now: The present.
    """
    marks = Marks(ledger, spellings=settings.gmail_merge)
    return audiences.Chooser(
        suppressed_now(settings, ledger, gone),
        one_per_mailbox=settings.gmail_merge,
        away=lambda key: marks.reason_against(key, now),
    )


def suppressed_now(settings: Settings, ledger: Ledger, gone: frozenset[str]) -> Mapping[str, str]:
    """Give the reason of each address that must not be mailed; who left is gone in every spelling, if so set."""
    found = {key: suppression.reason for key, suppression in suppressions.every(ledger).items()}
    found.update((key, "unsubscribed") for key in gone if key not in found)
    return BySpelling(found) if settings.gmail_merge else found


def divide(rows: pa.RecordBatch, chooser: audiences.Chooser) -> tuple[list[Candidate], list[Exclusion]]:
    """Tell recipients from exclusions."""
    kept: list[Candidate] = []
    left_out: list[Exclusion] = []
    for row in map(Candidate._make, zip(*(rows[name].to_pylist() for name in Candidate._fields), strict=True)):
        reason = chooser.reason_against(row.address_key, row.status)
        if reason is None:
            kept.append(row)
        else:
            left_out.append(Exclusion(subscriber_id=row.subscriber_id, reason=reason))
    return kept, left_out


def _store(ledger: Ledger, issue_id: str, batches: Iterator[FrozenBatch]) -> None:
    waiting: list[FrozenBatch] = []
    for batch in batches:
        waiting.append(batch)
        if len(waiting) == _BATCHES_AT_ONCE:
            issues.add_batches(ledger, issue_id, waiting)
            reach("freeze.batches_stored")
            waiting = []
    if waiting:
        issues.add_batches(ledger, issue_id, waiting)
