"""Judge whether silence about an attempt says anything. Pure.

No event of an attempt may mean that SendGrid never accepted it, or that nothing reaches us. So silence counts
only against a control: what was posted later and did show its events, while the receiver missed nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pressrun.landing import Beat
from pressrun.policies import Policy

#: Later requests that must have been accepted.
LATER_ATTEMPTS = 3
#: Share of their recipients of whom events must have arrived.
HEARD_SHARE = 0.99
#: The receiver says every half minute that it is there; a longer pause than this is a gap.
LONGEST_PAUSE = timedelta(minutes=3)
_NOTED = {"refused": "refused a webhook", "started": "was started again"}
#: SendGrid tries a webhook again for 24 hours; after that nothing more can come by itself.
LAST_EVENT = timedelta(hours=25)


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """What is known of the time since an attempt fell into doubt."""

    doubt_since: datetime
    #: When its first byte may have left: what the receiver missed after that may be its events.
    left_at: datetime
    #: Requests of the same issue that got 202 after that.
    later_attempts: int
    later_recipients: int
    #: Of those recipients, how many any event has arrived of.
    heard_recipients: int
    #: Whether a canary mail posted after that got 202, and shows an event.
    canary_accepted: bool = False
    canary_heard: bool = False
    #: What the receiver noted, in order of time.
    beats: Sequence[Beat] = ()
    #: Whether everything that has landed is in the lake.
    all_read: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether silence counts, and why it does not."""

    is_silent: bool
    #: A sentence for a person.
    because: str


def judge(control: Control, policy: Policy, now: datetime) -> Verdict:
    """Say whether an attempt without any event was surely not accepted."""
    missing = _what_is_missing(control, policy, now)
    if missing:
        return Verdict(is_silent=False, because=missing)
    return Verdict(is_silent=True, because="events of later requests arrived, and none of this one")


def _what_is_missing(control: Control, policy: Policy, now: datetime) -> str:
    waited = now - control.doubt_since
    if waited < policy.silence:
        return f"waits until {control.doubt_since + policy.silence:%H:%M} UTC"
    if not control.all_read:
        return "events have landed that are not ingested yet; run `pressrun ingest`"
    gap = first_gap(control.beats, control.left_at, now)
    return _what_was_not_heard(control) or (f"the receiver {gap}" if gap else "")


def _what_was_not_heard(control: Control) -> str:
    if control.heard_recipients < HEARD_SHARE * control.later_recipients:
        share = control.heard_recipients / max(1, control.later_recipients)
        return f"events of only {share:.0%} of the recipients of later requests have arrived"
    if control.later_attempts >= LATER_ATTEMPTS:
        return ""
    if not control.canary_accepted:
        return f"only {control.later_attempts} later requests were accepted, and no canary mail"
    return "" if control.canary_heard else "no event of the canary mail has arrived"


def first_gap(beats: Sequence[Beat], since: datetime, now: datetime) -> str:
    """Say what the receiver missed between two times, or give an empty text if it missed nothing."""
    last = since
    for beat in beats:
        if beat.at < since:
            continue
        if beat.at - last > LONGEST_PAUSE:
            break
        if beat.what != "alive":
            return f"{_NOTED.get(beat.what, beat.what)} at {beat.at:%H:%M} UTC"
        last = beat.at
    return f"was not there at {last + LONGEST_PAUSE:%H:%M} UTC" if now - last > LONGEST_PAUSE else ""
