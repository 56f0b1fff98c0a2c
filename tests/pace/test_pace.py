"""No limit is ever broken, whatever was posted before, and nobody waits longer than a limit asks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressrun.pace import Pace, Posted, pace_of, plan

START = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)


def _seconds(due: dict[int, datetime]) -> list[float]:
    return [(due[number] - START).total_seconds() for number in sorted(due)]


def _batches(*counts: int, lane: str = "") -> list[tuple[int, str, int]]:
    return [(number, lane, count) for number, count in enumerate(counts, 1)]


def test_without_limits_all_is_due_at_once() -> None:
    """Nothing waits for nothing."""
    assert [0.0, 0.0, 0.0] == _seconds(plan(_batches(5, 5, 5), Pace(), start=START))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1 requests/s", [0, 1, 2, 3]),
        ("2 requests/s", [0, 0, 1, 1]),
        ("1000/h", [0, 0, 3600, 3600]),
        ("1000/h, 1 requests/s", [0, 1, 3600, 3601]),
        ("999/m", [0, 60, 120, 180]),
    ],
)
def test_limits_spread_batches(written: str, expected: list[float]) -> None:
    """Four batches of 500 go out as the limits allow, and not later."""
    assert expected == _seconds(plan(_batches(500, 500, 500, 500), pace_of(written, ""), start=START))


def test_a_provider_with_a_pace_of_its_own_holds_up_nobody_else() -> None:
    """Mail to one provider waits; the rest goes out meanwhile."""
    waiting = [(1, "gmail.com", 1000), (2, "gmail.com", 1000), (3, "gmail.com", 1000), (4, "", 1000), (5, "", 1000)]

    assert [0, 0, 3600, 0, 0] == _seconds(plan(waiting, pace_of("gmail.com 2000/h", ""), start=START))


def test_domains_of_one_provider_share_a_lane() -> None:
    """A provider with several domains has one pace."""
    pace = pace_of("gmail.com+googlemail.com 2000/h", "")

    assert ["gmail.com", "gmail.com", ""] == [pace.lane_of(d) for d in ("gmail.com", "googlemail.com", "gmx.de")]


def test_warm_up_grows_by_days() -> None:
    """200 on the first day, 400 on the second, 800 on the third, then as many as there are."""
    due = plan(_batches(*[200] * 9), pace_of("", "200 x 2 for 3 days"), start=START)

    assert [0, 1, 1, 2, 2, 2, 2, 3, 3] == [(due[number].date() - START.date()).days for number in sorted(due)]


def test_what_went_out_before_counts() -> None:
    """A restart keeps to the limit: the last hour's mails count, from whichever issue."""
    posted = [Posted(START - timedelta(minutes=50), "", 900), Posted(START - timedelta(hours=2), "", 900)]

    assert [600.0] == _seconds(plan(_batches(500), pace_of("1000/h", ""), start=START, posted=posted))


@pytest.mark.parametrize("text", ["fast", "0/h", "5/w", "gmail 5/h", "5", "-1/h"])
def test_unreadable_limit_says_how_to_write_it(text: str) -> None:
    """A typing mistake is not a free road."""
    with pytest.raises(ValueError, match="write it like"):
        pace_of(text, "")


@pytest.mark.parametrize("text", ["200", "200 x 0.5 for 3 days", "0 x 2 for 3 days", "200 x 2"])
def test_unreadable_warm_up_says_how_to_write_it(text: str) -> None:
    """Nor is it a ramp."""
    with pytest.raises(ValueError, match="write it like"):
        pace_of("", text)


_LANES = ("", "gmail.com", "gmx.de")
_PACES = st.sampled_from(
    ["3 requests/s", "300/h", "300/h, gmail.com 120/h", "2 requests/m, 500/d, gmx.de 100/h, gmail.com 101/d"]
)
_WARM_UPS = st.sampled_from(["", "150 x 1.5 for 4 days", "100 x 1 for 2 days"])
_WAITING = st.lists(st.tuples(st.sampled_from(_LANES), st.integers(1, 100)), max_size=40)
_BEFORE = st.lists(st.tuples(st.integers(0, 90_000), st.sampled_from(_LANES), st.integers(1, 100)), max_size=10)


def _worst(sent: Sequence[Posted], pace: Pace) -> list[bool]:
    """Tell for each limit whether any stretch of its length holds more than it allows, the past alone excepted."""
    broken = []
    for limit in pace.limits:
        mine = sorted(one for one in sent if limit.holds_for(one.lane))
        for end in mine:
            inside = [one for one in mine if end.at - limit.window < one.at <= end.at]
            broken.append(end.at >= START and sum(limit.weight(one.recipients) for one in inside) > limit.count)
    return broken


@settings(max_examples=150, deadline=None)
@given(_PACES, _WARM_UPS, _WAITING, _BEFORE)
def test_no_stretch_of_time_holds_more_than_its_limit(
    written: str, warm_up: str, waiting: list[tuple[str, int]], before: list[tuple[int, str, int]]
) -> None:
    """Whatever waits and whatever went out before, no limit is broken by what is planned."""
    pace = pace_of(written, warm_up)
    batches = [(number, lane, count) for number, (lane, count) in enumerate(waiting)]
    past = [Posted(START - timedelta(seconds=ago + 1), lane, count) for ago, lane, count in before]

    due = plan(batches, pace, start=START, posted=past)
    sent = past + [Posted(due[number], lane, count) for number, lane, count in batches]

    assert set(due) == {number for number, _, _ in batches}
    assert all(at >= START for at in due.values())
    assert not any(_worst(sent, pace))
    if pace.warm_up:
        for day in {at.date() for at in due.values()}:
            allowed = pace.warm_up.allowed((day - START.date()).days)
            total = sum(one.recipients for one in sent if one.at.date() == day)
            already = sum(one.recipients for one in past if one.at.date() == day)
            assert allowed is None or total <= max(allowed, already)
