"""Submit batches, one open attempt per worker: intent, connect, look once more, wire, post, outcome.

One kill leaves at most one batch in doubt per worker, because the outcome is stored before the same worker
takes its next batch. If it cannot be stored, the run stops: success in memory never counts.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from pressrun.crash_points import reach
from pressrun.delivery import doubt, splitting
from pressrun.delivery.consent import ConsentReader
from pressrun.delivery.controls import Controls
from pressrun.delivery.hunt import Hunt
from pressrun.delivery.outcomes import Verdict, judge, never_left
from pressrun.delivery.payload import Shared, Slots, build_request
from pressrun.delivery.provider import Provider
from pressrun.delivery.sendgrid_provider import RequestTooLargeError
from pressrun.errors import StoppedError
from pressrun.ledger import Ledger, attempts, batches
from pressrun.ledger.attempts import Fence
from pressrun.ledger.pacing import TooEarlyError
from pressrun.pace import Pace
from pressrun.policies import Policy

log = structlog.get_logger("pressrun.delivery")

#: More bad addresses than this in one batch mean that something else is wrong.
MAX_BAD_IN_BATCH = 50
#: Attempts in doubt that stop the issue: in a row, and in all.
IN_DOUBT_IN_A_ROW = 3
IN_DOUBT_IN_ALL = 10
#: Seconds to wait before the next try when no connection came about; after the last the issue stops.
BACK_OFF = (1.0, 2.0, 5.0, 10.0, 20.0)
#: Seconds to wait after a 429 that does not say how long.
RATE_LIMIT_WAIT = 60.0
#: Seconds between the last look at consent and the first byte, at most.
LAST_LOOK = 0.5


class _EndedByUsError(Exception):
    """We ended an attempt before its first byte; nothing of it can have left."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.verdict = never_left(why, "rebuild")


@dataclass(kw_only=True, slots=True)
class Worker:
    """What one thread needs to submit batches of one issue."""

    ledger: Ledger
    provider: Provider
    consent: ConsentReader
    issue_id: str
    shared: Shared
    #: What to do when an answer is lost.
    policy: Policy
    epoch: int
    pace: Pace
    #: SendGrid's unsubscribe group that mails belong to, if any.
    group: int | None
    controls: Controls
    #: Told how many more recipients have reached an end.
    on_progress: Callable[[int], None]

    def submit(self, batch_numbers: Iterable[int]) -> None:
        """Submit batches one after the other; those that are not planned any more are passed over.

        A batch that the pace does not allow yet is put off, so that it holds up no mail to other providers.

        Raises:
            StoppedError: The issue must not go on now; everything stored is as the message says.
        """
        later: list[tuple[datetime, int]] = []
        for number in batch_numbers:
            reach("batch.begin")
            until = _submit_root(self, number)
            reach("batch.end")
            if until is not None:
                later.append((until, number))
        while later:
            later.sort()
            until, number = later.pop(0)
            self.controls.rest_until_due(until)
            again = _submit_root(self, number)
            if again is not None:
                later.append((again, number))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Try:
    """One attempt that was made, and who was in it."""

    number: int
    attempt_id: str
    verdict: Verdict
    posted: Sequence[str]
    fence: Fence | None


def _submit_root(worker: Worker, root: int) -> datetime | None:
    """Submit one batch and the parts it may be split into.

    Returns:
        When to try again, if the pace does not allow the batch yet; other batches may go meanwhile.
    """
    hunt, misses = Hunt(worker.ledger, worker.issue_id, root), 0
    while (number := hunt.next()) is not None:
        try:
            tried = _attempt(worker, number)
        except TooEarlyError as early:
            if number == root:
                return early.until
            worker.controls.rest_until_due(early.until)
            hunt.again(number)
            continue
        if tried is None:
            hunt.undecided(number)
        elif tried.verdict.next in ("again", "wait", "rebuild"):
            hunt.again(number)
            misses = _wait(worker, tried.verdict, misses)
        else:
            misses = 0
            _after_answer(worker, hunt, tried)
            _stop_if_too_bad(worker, root, hunt.bad)
    return None


def _attempt(worker: Worker, number: int) -> _Try | None:
    """Make one attempt at one batch; None if there was nothing to post."""
    worker.controls.require_go()
    worker.controls.rest(worker.controls.brake.until - worker.controls.clock().timestamp())
    content = batches.content_of(worker.ledger, worker.issue_id, number)
    reach("batch.read")
    if content.state != "planned":
        return None
    slots, ended = slots_of(content, worker.issue_id, number), content.ended
    gone = worker.consent.withdrawn(worker.issue_id, number, worker.controls.clock()) - ended
    reach("consent.read")
    slots, attempt_id = slots.without(ended | gone), uuid.uuid4().hex
    fence = _fence(worker) if slots.ids else None
    reach("intent.before")
    claimed = attempts.store_intent(
        worker.ledger,
        issue_id=worker.issue_id,
        batch_no=number,
        attempt_id=attempt_id,
        count_recipients=len(slots.ids),
        withdrawn=sorted(gone),
        epoch=worker.epoch,
        now=worker.controls.clock(),
        fence=fence,
        pace=worker.pace,
    )
    reach("intent.stored")
    if not claimed:
        return None
    worker.on_progress(len(gone))
    if not slots.ids:
        return None
    verdict = _post(worker, number, attempt_id, slots, fence)
    return _Try(number=number, attempt_id=attempt_id, verdict=verdict, posted=slots.ids, fence=fence)


def slots_of(content: batches.Content, issue_id: str, number: int) -> Slots:
    """Read the slots of one batch.

    Raises:
        StoppedError: They are not what was frozen; nothing of it was posted.
    """
    slots = splitting.unpack(content.slots, content.sha256, issue_id=issue_id, batch_no=number)
    if slots.ids != content.members:
        raise StoppedError(
            f"The stored slots of batch {number} of issue {issue_id} are not those of its recipients. Nothing of "
            "this batch was posted; restore the ledger from a backup."
        )
    return slots


def _fence(worker: Worker) -> Fence | None:
    """Open a fence for one attempt, if the policy asks for it; a busy SendGrid is asked again."""
    if worker.policy.kind != "fenced":
        return None
    for pause in (*BACK_OFF, None):
        fence = doubt.open_fence(worker.provider, worker.controls.clock())
        if fence is not None:
            return fence
        if pause is not None:
            worker.controls.rest(pause)
    raise worker.controls.stop("SendGrid gave no batch id to put a fence around a request.")


def _post(worker: Worker, number: int, attempt_id: str, slots: Slots, fence: Fence | None) -> Verdict:
    """Post, with the last look at consent and controls between connecting and the first byte."""

    request = build_request(
        worker.shared,
        slots,
        issue_id=worker.issue_id,
        batch_no=number,
        attempt_id=attempt_id,
        extra={**doubt.fields_of(fence), **({"asm": {"group_id": worker.group}} if worker.group else {})},
    )

    stopped: StoppedError | None = None
    try:
        verdict = judge(worker.provider.post(request, lambda: _take_the_last_look(worker, number, attempt_id, slots)))
    except _EndedByUsError as ended:
        verdict = ended.verdict
    except RequestTooLargeError as error:
        verdict = never_left(f"too large for one request: {error}", "bisect")
    except StoppedError as error:
        stopped, verdict = error, never_left("stopped before the first byte", "stop")
    reach("outcome.before")
    is_repeated = attempts.store_outcome(worker.ledger, attempt_id, verdict.outcome, worker.controls.clock())
    reach("outcome.stored")
    if is_repeated:
        # its events may speak of the other request
        log.warning("a message id came back a second time", issue=worker.issue_id, attempt=attempt_id)
    log.info("attempt", issue=worker.issue_id, attempt=attempt_id, outcome=verdict.outcome.state, n=len(slots.ids))
    if stopped is not None:
        raise stopped
    return verdict


def _take_the_last_look(worker: Worker, number: int, attempt_id: str, slots: Slots) -> None:
    """Between connecting and the first byte: controls, consent, then wire.

    Raises:
        _EndedByUsError: The request must not go out as it is.
        StoppedError: No request may go out.
    """
    reach("connect.done")
    worker.controls.require_go()
    looked_at = _look_at_consent(worker, number, slots)
    reach("wire.before")
    attempts.store_wire(worker.ledger, attempt_id, worker.issue_id, worker.epoch, worker.controls.clock())
    reach("wire.stored")
    while time.monotonic() - looked_at > LAST_LOOK:  # a slow disk, or a process that was stopped meanwhile
        looked_at = _look_at_consent(worker, number, slots)
    if worker.controls.brake.until > worker.controls.clock().timestamp():
        raise _EndedByUsError("another request was told to wait")


def _look_at_consent(worker: Worker, number: int, slots: Slots) -> float:
    looked_at = time.monotonic()
    if not worker.consent.withdrawn(worker.issue_id, number, worker.controls.clock()).isdisjoint(slots.ids):
        raise _EndedByUsError("someone withdrew before the first byte")
    return looked_at


def _after_answer(worker: Worker, hunt: Hunt, tried: _Try) -> None:
    """Follow SendGrid's answer: done, held, divided or stopped."""
    if tried.verdict.next == "stop":
        raise worker.controls.stop(tried.verdict.reason)
    if tried.verdict.next in ("single_out", "bisect"):
        _divide(worker, hunt, tried)
        return
    if tried.verdict.next == "done":
        worker.on_progress(len(tried.posted))
        hunt.accepted(tried.number)
    else:
        _after_silence(worker, hunt, tried)


def _after_silence(worker: Worker, hunt: Hunt, tried: _Try) -> None:
    """Hold a batch whose answer was lost, or post it again if its policy says so; too many of them stop the issue."""
    now = worker.controls.clock()
    again = doubt.answer_lost(worker.ledger, worker.provider, tried.attempt_id, worker.policy, tried.fence, now)
    if again:
        hunt.again(tried.number)
    else:
        worker.on_progress(len(tried.posted))
        hunt.undecided(tried.number)
    _stop_if_doubtful(worker)


def _wait(worker: Worker, verdict: Verdict, misses: int) -> int:
    """Wait as the verdict asks, and count the tries without a connection."""
    if verdict.next == "rebuild":
        return misses
    if verdict.next == "wait":
        worker.controls.brake.hold(worker.controls.clock().timestamp() + _seconds_until(worker, verdict.reset_at))
        return 0
    if misses == len(BACK_OFF):
        raise worker.controls.stop(f"SendGrid cannot be reached ({verdict.outcome.answer}).")
    worker.controls.rest(BACK_OFF[misses])
    return misses + 1


def _seconds_until(worker: Worker, reset_at: float | None) -> float:
    if reset_at is None:
        return RATE_LIMIT_WAIT
    return max(0.0, reset_at - worker.controls.clock().timestamp()) + 0.5


def _divide(worker: Worker, hunt: Hunt, tried: _Try) -> None:
    """Split a refused batch, or refuse its recipient if there is only one left to blame."""
    ids = tried.posted
    outcome, bad_before = tried.verdict.outcome, hunt.bad
    named = {at: words for at, words in tried.verdict.named if at < len(ids)}
    if len(ids) == 1 and outcome.status_code != 400:
        raise worker.controls.stop(f"The mail itself is too large for SendGrid ({outcome.answer}).")
    if len(ids) == 1:
        hunt.refuse(tried.number, outcome.answer or "refused", worker.controls.clock())
    elif named:
        hunt.single_out(tried.number, ids, named, worker.controls.clock())
    elif outcome.status_code == 400:
        hunt.search(tried.number, ids)
    else:
        hunt.halve(tried.number, ids)
    worker.on_progress(hunt.bad - bad_before)


def _stop_if_too_bad(worker: Worker, root: int, bad: int) -> None:
    if bad > MAX_BAD_IN_BATCH:
        raise worker.controls.stop(f"SendGrid refused {bad} addresses of batch {root} alone; look at the list first.")


def _stop_if_doubtful(worker: Worker) -> None:
    in_a_row, in_all = attempts.doubts(worker.ledger, worker.issue_id, worker.epoch)
    if in_a_row >= IN_DOUBT_IN_A_ROW or in_all >= IN_DOUBT_IN_ALL:
        raise worker.controls.stop(f"{in_all} batches are in doubt, the last {in_a_row} in a row.")
