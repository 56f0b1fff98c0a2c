"""The audience by day: who came, who left and why; its last size is the present one."""

from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from plain_lake import add_subscribers, plain_lake, rebuild

JUNE = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
JULY = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
_TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001


def _days(people: list[dict[str, object]]) -> list[tuple[object, ...]]:
    with plain_lake() as (lake, db):
        add_subscribers(db, people)
        rebuild(lake)
        return db.sql("from lake.audience_daily order by day").fetchall()


def test_one_who_came_and_left_is_in_both_days() -> None:
    """Columns: day, came, unsubscribed, bounced, complained, blocked, active at its end."""
    people = [
        {"status": "active", "subscribed_at": JUNE},
        {"status": "unsubscribed", "subscribed_at": JUNE, "ended_at": JULY},
        {"status": "unconfirmed", "subscribed_at": JUNE},
    ]

    assert [(date(2026, 6, 1), 2, 0, 0, 0, 0, 2), (date(2026, 7, 1), 0, 1, 0, 0, 0, 1)] == _days(people)


def test_one_who_had_left_at_a_time_nobody_told_is_in_no_day() -> None:
    """An import of old leavers makes no cliff on the day of the import."""
    imported = {"created_at": JULY, "ended_at": JULY}
    people = [
        {"status": "active", "subscribed_at": JUNE, "created_at": JULY},
        {"status": "bounced", "subscribed_at": JUNE, **imported},
    ]

    assert [(date(2026, 6, 1), 1, 0, 0, 0, 0, 1)] == _days(people)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(_TIMES, st.sampled_from(["active", "unsubscribed", "complained"]), _TIMES), max_size=20))
def test_the_last_size_is_the_number_of_active_subscribers(told: list[tuple[datetime, str, datetime]]) -> None:
    """Whoever came and went in whatever order, the curve ends where the audience is, and never below zero."""
    people: list[dict[str, object]] = [
        {"status": status, "subscribed_at": since, "ended_at": None if status == "active" else ended}
        for since, status, ended in told
    ]
    sizes = [row[-1] for row in _days(people)]

    assert sum(status == "active" for _, status, _ in told) == (sizes[-1] if sizes else 0)
    assert all(size >= 0 for size in sizes)
