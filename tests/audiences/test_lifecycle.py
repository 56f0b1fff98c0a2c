"""A subscriber's status has a history, and a pause ends by itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from import_world import World
from lake_people import LONG_AGO, put, put_people

from pressrun.audiences import candidates, lifecycle
from pressrun.errors import InputError, StoppedError
from pressrun.ledger import suppressions
from pressrun.ledger.suppressions import Suppression
from pressrun.warehouse import open_lake

#: The views compare with the clock of the database, so these tests count from it.
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
LATER, EARLIER = date(2999, 1, 31), (TODAY - timedelta(days=1)).date()
ANA = "ana@example.org"


@pytest.fixture(scope="module")
def empty_stores(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Give stores with a few people, to be copied."""
    made = World.make(tmp_path_factory.mktemp("people"))
    ends = {"ana": "active", "bo": "unconfirmed", "ci": "unsubscribed"}
    put_people(made.settings, *({"email": f"{who}@example.org", "status": end} for who, end in ends.items()))
    return made


@pytest.fixture
def people(tmp_path: Path, empty_stores: World) -> Iterator[World]:
    """Give a copy of them."""
    made = empty_stores.copy(tmp_path)
    yield made
    made.close()


def mark(world: World, decision: str, *, who: str = ANA, days: float = 0) -> None:
    """Decide something about one person, some days after today began."""
    now = TODAY + timedelta(days=days)
    lifecycle.mark(world.settings, world.ledger, [who], decision, who="me", why="asked", now=now)


def history(world: World, who: str = ANA) -> list[tuple[str, str]]:
    """Give each status with its source."""
    return [(one["status"], one["source"]) for one in lifecycle.record_of(world.settings, world.ledger, who).history]


def test_who_is_paused_is_left_out_until_the_day_and_comes_back_by_itself(people: World) -> None:
    """Nothing has to run for it; the view looks at the clock."""
    mark(people, lifecycle.pause_until(LATER))
    assert "paused" == people.statuses()[ANA]

    mark(people, lifecycle.pause_until(EARLIER))
    assert "active" == people.statuses()[ANA]


def test_the_day_until_which_somebody_is_paused_is_shown(people: World) -> None:
    """To people in their record, and to segments as a column."""
    mark(people, lifecycle.pause_until(LATER))

    assert [(datetime(2999, 1, 31, tzinfo=UTC),)] == people.ask(
        "select paused_until from subscribers where paused_until is not null"
    )
    assert "paused" == lifecycle.record_of(people.settings, people.ledger, "ANA@example.org").subscriber["status"]  # type: ignore[index]


def test_the_last_mark_counts_and_can_be_taken_back(people: World) -> None:
    """Marks are decisions, one after the other."""
    statuses = []
    for decision in (lifecycle.DEACTIVATE, lifecycle.pause_until(LATER), lifecycle.REACTIVATE):
        mark(people, decision)
        statuses.append(people.statuses()[ANA])

    assert ["inactive", "paused", "active"] == statuses


@pytest.mark.parametrize("decision", [lifecycle.REACTIVATE, lifecycle.pause_until(EARLIER), lifecycle.DEACTIVATE])
def test_no_mark_brings_back_who_left_or_never_confirmed(people: World, decision: str) -> None:
    """Only an address's owner can."""
    row = Suppression(address_key=ANA, reason="complained", source="t", suppressed_at=LONG_AGO)
    suppressions.add(people.ledger, [row])
    put(
        people.settings,
        "suppressions",
        {"address_key": ANA, "reason": "complained", "source": "t", "suppressed_at": LONG_AGO},
    )
    for name in ("ana", "bo", "ci"):
        mark(people, decision, who=f"{name}@example.org")

    waiting = "inactive" if decision == lifecycle.DEACTIVATE else "unconfirmed"
    expected = {ANA: "complained", "bo@example.org": waiting, "ci@example.org": "unsubscribed"}
    assert expected == people.statuses()


def test_marks_outlive_the_lake(people: World) -> None:
    """The ledger keeps them; a lake that was made again takes them from there."""
    mark(people, lifecycle.DEACTIVATE)
    with open_lake(people.settings) as lake:
        lake._db.execute("delete from subscriber_decisions")
        assert (1, 0) == (
            lifecycle.refresh_decisions(lake, people.ledger),
            lifecycle.refresh_decisions(lake, people.ledger),
        )

    assert "inactive" == people.statuses()[ANA]


def test_history_tells_every_change_with_its_source(people: World) -> None:
    """From the table, the decisions, and a pause that ended by itself, each once."""
    mark(people, lifecycle.pause_until(TODAY.date()), days=-3)
    mark(people, lifecycle.pause_until(LATER), days=0.1)

    expected = [
        ("subscribed", "table:own"), ("paused", "person:me"), ("active", "pause ended"), ("paused", "person:me"),
    ]  # fmt: skip
    assert expected == history(people)


def test_history_follows_versions_events_links_and_suppressions(people: World) -> None:
    """Each store that knows of a change is asked, and what two of them tell is one change."""
    day = [LONG_AGO + timedelta(days=n) for n in range(9)]
    put_people(
        people.settings, {"email": "dee@example.org", "import_id": "i2", "updated_at": day[2], "consented_at": day[2]}
    )
    put(people.settings, "replaced_subscribers", {
        "subscriber_id": "dee", "address_key": "dee@example.org", "email": "dee@example.org", "domain": "example.org",
        "name": "", "status": "unconfirmed", "source": "own", "import_id": "i1", "tags": [""], "attributes": "{}",
        "content_hash": "h", "created_at": day[0], "updated_at": day[0], "replaced_by": "i2",
    })  # fmt: skip
    put(people.settings, "recipients", {
        "issue_id": "one", "recipient_id": "r1", "subscriber_id": "dee", "address_key": "dee@example.org",
        "domain": "example.org", "batch_no": 1, "state": "submitted",
    })  # fmt: skip
    put(people.settings, "consent_actions", {
        "action_id": "a1", "action": "unsubscribe", "recipient_id": "r1", "source": "page", "load_id": 1,
        "acted_at": day[4],
    })  # fmt: skip
    put(people.settings, "suppressions", {
        "address_key": "dee@example.org", "reason": "unsubscribed", "source": "link:page", "suppressed_at": day[4],
    })  # fmt: skip
    put(people.settings, "raw_events", {
        "event_key": "e1", "event": "complaint", "address_key": "dee@example.org", "raw": "{}", "load_id": 1,
        "is_machine_open": False, "occurred_at": day[5],
    })  # fmt: skip

    expected = [
        ("subscribed", "table:own"), ("unconfirmed", "import:i1"), ("confirmed", "table:own"),
        ("unsubscribed", "link:page"), ("complained", "event:complaint"),
    ]  # fmt: skip
    assert expected == history(people, "dee@example.org")


def test_candidates_say_who_is_paused(people: World) -> None:
    """A send leaves them out with that reason."""
    mark(people, lifecycle.pause_until(LATER))
    (people.settings.segments / "all.sql").write_text("select subscriber_id from subscribers")

    rows = [row for piece in candidates(people.settings, "all") for row in piece.to_pylist()]

    assert {ANA: "paused"} == {row["address_key"]: row["status"] for row in rows if row["address_key"] == ANA}


@pytest.mark.parametrize(("address", "match"), [("nobody@example.org", "no subscriber"), ("nothing", "no e-mail")])
def test_only_a_subscriber_can_be_marked(people: World, address: str, match: str) -> None:
    """A typing mistake is not kept as a decision."""
    with pytest.raises(InputError, match=match):
        lifecycle.require_subscriber(people.settings, address)
    with pytest.raises(InputError):
        lifecycle.record_of(people.settings, people.ledger, address)


def test_a_lake_of_an_older_version_is_not_read_half(tmp_path: Path, empty_stores: World) -> None:
    """Readers never bring it up to date; the message says what does."""
    old = empty_stores.copy(tmp_path)
    with open_lake(old.settings) as lake:
        lake._db.execute("drop view subscriber_history")

    with pytest.raises(StoppedError, match="pressrun ingest"):
        lifecycle.record_of(old.settings, old.ledger, ANA)
    old.close()
