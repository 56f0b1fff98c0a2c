"""Freeze the audience of one issue, once: select, exclude, render everything for everyone, add up, close.

Whatever can fail for one recipient fails here, before the first POST. A killed preparation leaves nothing
that counts: the next one drops it and starts anew.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import pyarrow as pa

from pressrun import audiences
from pressrun.crash_points import reach
from pressrun.delivery.garbage import rare_collections
from pressrun.delivery.packing import Candidate, Packer
from pressrun.delivery.payload import Shared
from pressrun.errors import RefusedError
from pressrun.issues import RenderedIssue, SlotError, SlotRenderer, fill
from pressrun.ledger import Ledger, issues, pacing, preflights, suppressions
from pressrun.ledger.issues import Exclusion, FrozenBatch, Issue, IssueDraft
from pressrun.pace import plan
from pressrun.policies import policy_of
from pressrun.settings import Settings

#: Batches stored in one transaction: few enough that others can write to the ledger in between.
_BATCHES_AT_ONCE = 20
#: Stands for a reader where one subject is shown for all.
_NOBODY = {"subscriber_id": "", "email": "", "name": "", "first_name": "", "tags": []}


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
        candidates = _store_audience(settings, ledger, rendered, segment, gone, on_progress)
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
    )


def neutral_subject(rendered: RenderedIssue) -> str:
    """Give the subject as nobody in particular would read it, for tables and pages."""
    in_subject = [slot for slot in rendered.slots if slot.tag in rendered.subject]
    try:
        values = SlotRenderer(in_subject, nonce=rendered.nonce).render_many([_NOBODY])[0]
    except SlotError:
        values = {slot.tag: "…" for slot in in_subject}
    return fill(rendered, values)[0]


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
    gone: frozenset[str],
    on_progress: Callable[[int], None],
) -> int:
    """Store exclusions and batches piece by piece, and give the number of candidates read."""
    suppressed = suppressed_now(ledger, gone)
    read, packer = 0, None
    for piece in audiences.candidates(settings, segment):
        packer = packer or packer_for(settings, rendered, count=piece["count_candidates"][0].as_py())
        kept, left_out = divide(piece, suppressed)
        issues.add_exclusions(ledger, rendered.issue_id, left_out)
        reach("freeze.excluded")
        _store(ledger, rendered.issue_id, packer.add(kept))
        read += piece.num_rows
        on_progress(piece.num_rows)
    if packer is not None:
        _store(ledger, rendered.issue_id, packer.finish())
    return read


def packer_for(settings: Settings, rendered: RenderedIssue, *, count: int) -> Packer:
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
    posted, first_day = pacing.posted_lately(ledger, limits, now)
    waiting = [(number, lane, count) for number, lane, count, _ in pacing.waiting(ledger, issue_id)]
    pacing.keep_plan(ledger, issue_id, plan(waiting, limits, start=now, posted=posted, first_day=first_day))


def suppressed_now(ledger: Ledger, gone: frozenset[str]) -> dict[str, str]:
    """Give the reason of each address that must not be mailed."""
    found = {key: suppression.reason for key, suppression in suppressions.every(ledger).items()}
    found.update((key, "unsubscribed") for key in gone if key not in found)
    return found


def divide(rows: pa.RecordBatch, suppressed: Mapping[str, str]) -> tuple[list[Candidate], list[Exclusion]]:
    """Tell recipients from exclusions."""
    kept: list[Candidate] = []
    left_out: list[Exclusion] = []
    for row in map(Candidate._make, zip(*(rows[name].to_pylist() for name in Candidate._fields), strict=True)):
        reason = audiences.exclusion_reason(row.status, suppressed.get(row.address_key))
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
