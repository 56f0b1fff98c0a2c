"""Suppressions: added once, kept, asked about, and read step by step."""

from datetime import timedelta

import pytest
from ledger_rows import ISSUE, NOW, freeze
from sqlalchemy.exc import IntegrityError

from pressrun.ledger import Ledger, decisions, preflights, recipients, suppressions
from pressrun.ledger.suppressions import Suppression


def _one(address: str, reason: str = "unsubscribed", *, hours: int = 0) -> Suppression:
    return Suppression(
        address_key=f"{address}@example.org",
        reason=reason,
        source="test",
        suppressed_at=NOW + timedelta(hours=hours),
    )


def test_adding_twice_counts_once(ledger: Ledger) -> None:
    """Only what is new is counted, within one call and over two."""
    assert suppressions.add(ledger, [_one("ana"), _one("ben"), _one("ana")]) == 2
    assert suppressions.add(ledger, [_one("ana"), _one("cem")]) == 1


def test_first_time_stays(ledger: Ledger) -> None:
    """A later copy of the same fact does not change when it became true."""
    suppressions.add(ledger, [_one("ana")])
    suppressions.add(ledger, [_one("ana", hours=5)])

    assert suppressions.every(ledger)["ana@example.org"].suppressed_at == NOW


@pytest.mark.parametrize(
    ("reasons", "strongest"),
    [
        (["unsubscribed", "bounced"], "bounced"),
        (["complained", "bounced", "blocked"], "complained"),
        (["unsubscribed", "blocked"], "blocked"),
    ],
)
def test_strongest_reason_is_shown(ledger: Ledger, reasons: list[str], strongest: str) -> None:
    """Where only one reason fits, it is the one that weighs most."""
    suppressions.add(ledger, [_one("ana", reason) for reason in reasons])

    assert {"ana@example.org": strongest} == {k: s.reason for k, s in suppressions.every(ledger).items()}


def test_released_address_is_gone(ledger: Ledger) -> None:
    """A person's decision takes all reasons off, and says how many there were."""
    suppressions.add(ledger, [_one("ana"), _one("ana", "bounced")])

    assert suppressions.release(ledger, "ana@example.org") == 2
    assert suppressions.every(ledger) == {}


def test_cursor_is_stored_with_its_rows(ledger: Ledger) -> None:
    """How far a stream was applied is known, from nothing to its last position."""
    assert suppressions.position(ledger, "events") == 0
    suppressions.add(ledger, [_one("ana")], cursor=("events", 7))
    suppressions.add(ledger, [], cursor=("events", 3_000_000_000))

    assert suppressions.position(ledger, "events") == 3_000_000_000


def test_cursor_does_not_move_without_its_rows(ledger: Ledger) -> None:
    """If a row is refused nothing is stored, not even how far it got."""
    with pytest.raises(IntegrityError):
        suppressions.add(ledger, [_one("ana"), _one("ben", "disliked")], cursor=("events", 7))

    assert (suppressions.position(ledger, "events"), suppressions.every(ledger)) == (0, {})


def test_marks_are_kept_per_stream_and_file(ledger: Ledger) -> None:
    """A sender learns for each landing file from where on it must read itself."""
    suppressions.add(ledger, [], marks={("events", "a.ndjson"): 10, ("consent", "a.ndjson"): 20})
    suppressions.add(ledger, [], marks={("events", "a.ndjson"): 30, ("events", "b.ndjson"): 5})

    assert suppressions.marks(ledger, "events") == {"a.ndjson": 30, "b.ndjson": 5}
    assert suppressions.marks(ledger, "consent") == {"a.ndjson": 20}


def test_address_behind_a_recipient_is_found(ledger: Ledger) -> None:
    """An unsubscribe link names a recipient of any issue; unknown ones are left out."""
    freeze(ledger, 2)

    found = recipients.addresses_of(ledger, [f"{ISSUE}-1-1", "unknown"])

    assert {f"{ISSUE}-1-1": f"{ISSUE}-1-1@example.org"} == found


@pytest.mark.parametrize(("errors", "passed"), [([0], True), ([2], False), ([0, 1], False), ([3, 0], True)])
def test_newest_preflight_of_this_content_decides(ledger: Ledger, errors: list[int], passed: bool) -> None:
    """An old yes does not outlive a newer no, and other content has no say."""
    for count in errors:
        preflights.store(
            ledger,
            preflights.Preflight(issue_id=ISSUE, content_hash="h", findings="[]", count_errors=count, checked_at=NOW),
        )

    assert (passed, False) == (preflights.passed(ledger, ISSUE, "h"), preflights.passed(ledger, ISSUE, "i"))


def test_decision_is_kept_in_order(ledger: Ledger) -> None:
    """Who decided what and why is there to read, oldest first."""
    made = [
        decisions.Decision(decision=what, about=ISSUE, decided_by="ana", reason="test", decided_at=NOW)
        for what in ("pause", "resume")
    ]
    for decision in made:
        decisions.store(ledger, decision)

    assert made == decisions.about(ledger, ISSUE)
