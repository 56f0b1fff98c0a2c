"""Silence says something only while everything else is heard; each missing piece alone makes it say nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from pressrun.delivery.silence import Control, first_gap, judge
from pressrun.landing import Beat
from pressrun.policies import Policy, policy_of

DOUBT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NOW = DOUBT + timedelta(minutes=75)
POLICY = Policy(kind="resend_if_silent")


def _beats(minutes: Sequence[float], what: str = "alive") -> list[Beat]:
    return [Beat(at=DOUBT + timedelta(minutes=at), what=what) for at in minutes]


STEADY = _beats([at / 2 for at in range(151)])


def _control(**changed: object) -> Control:
    known = {
        "doubt_since": DOUBT,
        "left_at": DOUBT,
        "later_attempts": 3,
        "later_recipients": 3000,
        "heard_recipients": 2970,
        "beats": STEADY,
    }
    return Control(**{**known, **changed})


def test_silence_counts_when_all_else_is_heard() -> None:
    """Three later requests, 99 of 100 of their recipients heard of, no gap, an hour over: it was not accepted."""
    assert judge(_control(), POLICY, NOW).is_silent


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"later_attempts": 2}, "only 2 later requests"),
        ({"heard_recipients": 2969}, "events of only 99%"),
        ({"heard_recipients": 0}, "events of only 0%"),
        ({"beats": []}, "was not there at 09:03"),
        ({"beats": STEADY[:40]}, "was not there"),
        ({"beats": STEADY[:20] + STEADY[40:]}, "was not there at 09:12"),
        ({"beats": sorted(STEADY + _beats([30.2], "refused"), key=lambda b: b.at)}, "refused a webhook at 09:30"),
        ({"later_attempts": 0, "later_recipients": 0, "canary_accepted": True}, "no event of the canary"),
        ({"later_attempts": 2, "heard_recipients": 0, "canary_accepted": True, "canary_heard": True}, "only 0%"),
        ({"all_read": False}, "not ingested yet"),
        ({"left_at": DOUBT - timedelta(minutes=20)}, "was not there at 08:43"),
        ({"beats": sorted(STEADY + _beats([9.2], "started"), key=lambda b: b.at)}, "was started again at 09:09"),
    ],
)
def test_each_missing_piece_makes_silence_mean_nothing(changed: dict, told: str) -> None:
    """Without the control nothing is posted again, and the person reads why."""
    verdict = judge(_control(**changed), POLICY, NOW)

    assert not verdict.is_silent
    assert told in verdict.because


@pytest.mark.parametrize(("policy", "minutes", "silent"), [("60m", 59, False), ("60m", 60, True), ("90m", 89, False)])
def test_silence_is_waited_for(policy: str, minutes: int, silent: bool) -> None:
    """Never earlier than an hour, and as much later as the owner chose."""
    verdict = judge(_control(), policy_of(f"resend_if_silent: {policy}"), DOUBT + timedelta(minutes=minutes))

    assert verdict.is_silent == silent


def test_a_canary_stands_in_for_later_requests() -> None:
    """An issue of one batch has no later requests; a mail to the owner shows that events arrive."""
    alone = _control(later_attempts=0, later_recipients=0, canary_accepted=True, canary_heard=True)

    assert judge(alone, POLICY, NOW).is_silent


def test_what_was_before_the_doubt_is_no_gap() -> None:
    """Only the time since counts."""
    early = [Beat(at=DOUBT - timedelta(hours=5), what="refused"), *STEADY]

    assert "" == first_gap(early, DOUBT, NOW)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("hold", "hold"),
        ("never", "never"),
        ("fenced", "fenced"),
        ("resend_now", "resend_now"),
        ("resend_if_silent", "resend_if_silent: 60m"),
        ("resend_if_silent: 90m", "resend_if_silent: 90m"),
        ("resend_if_silent 2h", "resend_if_silent: 120m"),
        ({"resend_if_silent": "75 min"}, "resend_if_silent: 75m"),
    ],
)
def test_policies_are_read_as_they_are_written(written: object, read: str) -> None:
    """As a word, as a word with a time, or as YAML makes a mapping of it."""
    assert read == str(policy_of(written)) == str(policy_of(read))


@pytest.mark.parametrize("written", ["resend", "hold: 60m", "resend_if_silent: 30m", "", "resend_if_silent: soon", 5])
def test_what_is_no_policy_is_told(written: object) -> None:
    """A typing mistake must not become another policy."""
    with pytest.raises(ValueError, match=r"one of hold|at least 60m"):
        policy_of(written)
