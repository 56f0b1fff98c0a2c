"""Settle attempts in doubt: from SendGrid's own events, and where they are silent, as the issue's policy says."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from pressrun.crash_points import reach
from pressrun.delivery import silence
from pressrun.delivery.silence import LAST_EVENT, Control
from pressrun.errors import HeldElsewhereError
from pressrun.landing import Beat, Landing, decode_beat
from pressrun.ledger import Ledger, attempts, canaries, identity, issues, settling
from pressrun.ledger.attempts import Attempt
from pressrun.policies import Policy, policy_of
from pressrun.settings import Settings
from pressrun.warehouse import Lake, read_lake


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """One attempt that is still in doubt."""

    attempt: Attempt
    policy: Policy
    #: What it waits for, in a sentence.
    because: str
    #: Whether a person should decide: no event can come any more.
    asks: bool
    #: Whether nothing posted later can show that events arrive, so that a canary mail is wanted.
    canary_wanted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What settling came to."""

    #: Attempts that events proved accepted just now.
    accepted: tuple[str, ...] = ()
    #: Attempts that were not accepted, by the control; their batches are posted again by the next send.
    not_accepted: tuple[str, ...] = ()
    #: Attempts that were given up, by the issue's policy.
    abandoned: tuple[str, ...] = ()
    #: Sentences that a person must read.
    alarms: tuple[str, ...] = ()
    twice: tuple[settling.Twice, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give the public shape of settling."""
        return {
            "accepted": self.accepted,
            "not_accepted": self.not_accepted,
            "abandoned": self.abandoned,
            "alarms": self.alarms,
            "waiting": [
                {
                    "issue_id": one.attempt.issue_id,
                    "batch": one.attempt.batch_no,
                    "attempt_id": one.attempt.attempt_id,
                    "recipients": one.attempt.count_recipients,
                    "since": one.attempt.in_doubt_at,
                    "policy": str(one.policy),
                    "because": one.because,
                    "asks": one.asks,
                }
                for one in self.waiting
            ],
        }

    @property
    def changed(self) -> bool:
        """Tell whether anything was decided."""
        return bool(self.accepted or self.not_accepted or self.abandoned)


def settle(settings: Settings, ledger: Ledger, now: datetime) -> Settled:
    """Decide whatever can be decided about attempts in doubt; safe to repeat at any time."""
    _judge_leftovers(settings, ledger, now)
    open_ones = settling.unsettled(ledger)
    if not open_ones:
        return _with_pairs(ledger, Settled(), now)
    if not settings.catalog_path.exists():
        return _with_pairs(ledger, _by_policies(settings, ledger, None, now), now)
    with read_lake(settings) as lake:
        seen = with_events(lake, open_ones)
        reach("settle.before")
        proved = settling.by_events(ledger, seen, now) if seen else settling.Settlement()
        reach("settle.stored")
        rest = _by_policies(settings, ledger, lake, now)
    settled = replace(rest, accepted=proved.accepted, alarms=proved.alarms, twice=proved.twice)
    return _with_pairs(ledger, settled, now)


def _with_pairs(ledger: Ledger, settled: Settled, now: datetime) -> Settled:
    """Add what is certain to have gone out twice, whichever of the two proofs came second; each is told once."""
    pairs = settling.untold_twice(ledger, now)
    said = tuple(
        f"Duplicate happened: batch {one.batch_no} of issue {one.issue_id} was accepted in attempts "
        f"{' and '.join(one.attempt_ids)}; {one.count_recipients} recipients got it twice."
        for one in pairs
    )
    return replace(settled, alarms=settled.alarms + said, twice=settled.twice + tuple(pairs))


def with_events(lake: Lake, attempt_ids: Sequence[str]) -> list[str]:
    """Give those attempts that show at least one event."""
    with lake.table("asked_attempts", pa.table({"attempt_id": list(attempt_ids)})):
        return [attempt_id for (attempt_id,) in lake.rows("queries/attempts_with_events")]


def _by_policies(settings: Settings, ledger: Ledger, lake: Lake | None, now: datetime) -> Settled:
    """Apply each issue's policy to what is still in doubt."""
    not_accepted: list[str] = []
    abandoned: list[str] = []
    waiting: list[Waiting] = []
    doubtful = settling.in_doubt(ledger)
    if not doubtful:
        return Settled()
    armed, beats = identity.is_armed(ledger, settings), _beats(settings)
    all_read = lake is not None and _all_read(settings, lake)
    for attempt in doubtful:
        policy = policy_of(issues.require(ledger, attempt.issue_id).in_doubt)
        control = _control(ledger, lake, attempt, beats, all_read=all_read)
        verdict = silence.judge(control, policy, now)
        if not armed:
            waiting.append(_waiting(attempt, policy, control, verdict, now))
        elif policy.kind == "never" and settling.give_up(ledger, attempt.attempt_id, "policy never", now):
            abandoned.append(attempt.attempt_id)
        elif _is_freed(ledger, attempt, policy, verdict, now):
            reach("settle.freed")
            not_accepted.append(attempt.attempt_id)
        else:
            waiting.append(_waiting(attempt, policy, control, verdict, now))
    return Settled(not_accepted=tuple(not_accepted), abandoned=tuple(abandoned), waiting=tuple(waiting))


def _is_freed(ledger: Ledger, attempt: Attempt, policy: Policy, verdict: silence.Verdict, now: datetime) -> bool:
    """Free the batch of an attempt to be posted again, if its policy says so now."""
    if policy.kind == "resend_now":
        return settling.as_not_accepted(ledger, attempt.attempt_id, "policy resend_now", now)
    silent = policy.kind == "resend_if_silent" and verdict.is_silent
    return silent and settling.as_not_accepted(ledger, attempt.attempt_id, "silence", now)


def _waiting(attempt: Attempt, policy: Policy, control: Control, verdict: silence.Verdict, now: datetime) -> Waiting:
    asks = now - _since(attempt) >= LAST_EVENT
    because = verdict.because
    if asks:
        because = "no sign of acceptance, and no event can come any more; decide it yourself"
    elif policy.kind == "hold":
        because = f"held until an event arrives; {verdict.because}"
    alone = control.later_attempts < silence.LATER_ATTEMPTS and not control.canary_accepted
    wanted = policy.kind == "resend_if_silent" and alone and not asks
    return Waiting(attempt=attempt, policy=policy, because=because, asks=asks, canary_wanted=wanted)


def _control(ledger: Ledger, lake: Lake | None, attempt: Attempt, beats: Sequence[Beat], *, all_read: bool) -> Control:
    """Gather what is known of the time since an attempt fell into doubt."""
    later = settling.answered_after(ledger, attempt)
    birds = canaries.accepted_after(ledger, attempt.issue_id, _since(attempt))
    return Control(
        doubt_since=_since(attempt),
        left_at=attempt.wire_at or attempt.intent_at,
        later_attempts=len(later),
        later_recipients=sum(one.count_recipients for one in later),
        heard_recipients=_heard(lake, [one.attempt_id for one in later]) if lake else 0,
        canary_accepted=bool(birds),
        canary_heard=bool(lake and birds and with_events(lake, birds)),
        beats=beats,
        all_read=all_read,
    )


def _heard(lake: Lake, attempt_ids: list[str]) -> int:
    with lake.table("asked_attempts", pa.table({"attempt_id": pa.array(attempt_ids, pa.string())})):
        return int(lake.value("queries/heard_recipients"))


def _beats(settings: Settings) -> list[Beat]:
    """Give what the receiver noted about itself; a damaged line counts as nothing noted."""
    found = []
    for line in Landing(settings.landing_dir).lines("receiver", {}):
        with suppress(ValueError):
            found.append(decode_beat(line.content))
    return sorted(found, key=lambda beat: beat.at)


def _all_read(settings: Settings, lake: Lake) -> bool:
    """Tell whether the lake has everything that has landed: an event may lie on our own disk, unread."""
    marks = dict(lake.rows("queries/event_marks", {"stream": "events"}))
    return all(marks.get(file, 0) >= end for file, end in Landing(settings.landing_dir).ends("events").items())


def _since(attempt: Attempt) -> datetime:
    return attempt.in_doubt_at or attempt.intent_at


def _judge_leftovers(settings: Settings, ledger: Ledger, now: datetime) -> None:
    """Judge what a dead sender left open, unless a living one is at work, which judges for itself."""
    if not attempts.any_open(ledger):
        return
    with (
        suppress(HeldElsewhereError),
        identity.sender_lock(ledger, settings, "settling what a dead sender left open") as epoch,
    ):
        attempts.recover(ledger, now, epoch)
