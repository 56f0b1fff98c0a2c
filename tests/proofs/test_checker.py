"""A checker that cannot fail is worthless: each class is found where it is, and only there."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.proofs.checker import Accepted, Claims, Truth, Verdict, check

FIRST = Accepted(attempt="a1", started_at=10.0, people=("p1", "p2"))
SECOND = Accepted(attempt="a2", started_at=20.0, people=("p3",))
TRUTH = Truth(audience=frozenset({"p1", "p2", "p3", "p4"}), accepted=(FIRST, SECOND), bad=frozenset({"p4"}))


def claims(status: str = "finished", **states: str) -> Claims:
    """Make claims whose counts fit their states."""
    shown = {"p1": "submitted", "p2": "submitted", "p3": "submitted", "p4": "refused", **states}
    return Claims(status=status, states=shown, counts=Counter(shown.values()), candidates=4, recipients=4)


def classes(truth: Truth, shown: Claims) -> set[str]:
    """Give the names of the classes that were found."""
    return set(check(truth, shown).violations)


def test_what_is_right_is_clean() -> None:
    """An issue in which all went well has no violation."""
    assert check(TRUTH, claims()).clean


def test_a_duplicate_is_found_and_an_announced_one_is_not() -> None:
    """Two accepted requests with one person are a duplicate, unless someone decided so knowingly."""
    twice = replace(TRUTH, accepted=(FIRST, SECOND, replace(SECOND, attempt="a3")))

    assert frozenset({"p3"}) == check(twice, claims()).duplicated
    assert check(replace(twice, announced={"p3": 1}), claims()).clean


def test_a_duplicate_after_the_proof_was_never_announced() -> None:
    """Who is known to have it gets it no more, whatever somebody decided before."""
    later = replace(SECOND, attempt="a3", started_at=40.0)
    twice = replace(TRUTH, accepted=(FIRST, SECOND, later), announced={"p3": 1})

    assert check(replace(twice, proven={"a2": 41.0}), claims()).clean
    assert frozenset({"p3"}) == check(replace(twice, proven={"a2": 39.0}), claims()).duplicated


@pytest.mark.parametrize("shown", ["refused", "withdrawn", "abandoned", "submitted"])
def test_someone_missed_is_found_behind_an_untrue_state(shown: str) -> None:
    """Who got nothing is missed, if nothing that is true of them explains it."""
    short = replace(TRUTH, accepted=(FIRST,))

    assert frozenset({"p3"}) == check(short, claims(p3=shown)).missed


def test_someone_missed_is_found_behind_pending_in_a_finished_issue() -> None:
    """Pending excuses nothing once nothing is posted any more."""
    short = replace(TRUTH, accepted=(FIRST,))

    assert frozenset({"p3"}) == check(short, claims("finished", p3="pending")).missed
    assert check(short, claims("stopped", p3="pending")).clean


def test_what_is_shown_in_doubt_is_not_missed() -> None:
    """In doubt is an honest answer, whether or not it was accepted."""
    short = replace(TRUTH, accepted=(FIRST,))

    assert check(short, claims("in_doubt", p3="in_doubt")).clean
    assert check(TRUTH, claims("in_doubt", p3="in_doubt")).clean


def test_an_unsubscribe_is_held_against_the_start_of_the_request() -> None:
    """Who was acknowledged before the request began is forbidden; who came later is not."""
    assert frozenset({"p3"}) == check(replace(TRUTH, acknowledged={"p3": 19.9}), claims()).forbidden
    assert check(replace(TRUTH, acknowledged={"p3": 20.1}), claims()).clean


def test_someone_outside_the_audience_is_found() -> None:
    """Nobody else may be mailed."""
    stranger = replace(TRUTH, accepted=(FIRST, SECOND, Accepted(attempt="a3", started_at=1.0, people=("p9",))))

    assert frozenset({"p9"}) == check(stranger, claims()).unexpected


@pytest.mark.parametrize(
    ("truth", "shown"),
    [
        (replace(TRUTH, accepted=(FIRST,), vouched=frozenset()), claims(p3="submitted")),
        (TRUTH, claims(p3="refused")),
        (TRUTH, claims("stopped", p3="pending")),
        (TRUTH, claims("finished", p3="in_doubt")),
        (TRUTH, replace(claims(), candidates=5)),
        (TRUTH, replace(claims(), recipients=5, candidates=5)),
        (TRUTH, replace(claims(), counts={"submitted": 4})),
        (TRUTH, replace(claims(), recovered=frozenset({"a7"}))),
        (TRUTH, claims("in_doubt")),
        (replace(TRUTH, proven={"a2": 30.0}), claims("in_doubt", p3="in_doubt")),
        (replace(TRUTH, audience=TRUTH.audience - {"p4"}), claims()),
    ],
    ids=[
        "submitted without a mail",
        "refused after a mail",
        "pending after a mail",
        "finished with doubts",
        "candidates do not add up",
        "recipients do not add up",
        "counts differ from the people",
        "recovered what was not accepted",
        "in doubt without anybody",
        "an event that settled nothing",
        "somebody shown who is not in the audience",
    ],
)
def test_each_false_claim_is_found(truth: Truth, shown: Claims) -> None:
    """What is shown and is not so is a false claim."""
    assert "false claim" in classes(truth, shown)


@pytest.mark.parametrize(("shown", "found"), [(1, "event lost"), (2, None), (3, "event double")])
def test_events_are_counted_once(shown: int, found: str | None) -> None:
    """An acknowledged event is in the figures once: not lost, not double."""
    told = replace(TRUTH, delivered=frozenset({"p1", "p2"}))

    assert {found} - {None} == classes(told, replace(claims(), delivered=shown))


def test_what_was_recovered_is_told_from_what_was_not() -> None:
    """Recovered is what the log holds of what settling reported."""
    verdict: Verdict = check(TRUTH, replace(claims(), recovered=frozenset({"a1", "a7"})))

    assert frozenset({"a1"}) == verdict.recovered
