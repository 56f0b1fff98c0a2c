"""Settling by events that are in the lake, and the lake's copy of the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest
from delivery_world import ISSUE, MakeWorld, World, assert_balanced
from fake_provider import FakeProvider
from sqlalchemy import text

from pressrun.delivery.mirror import mirror
from pressrun.delivery.settle import settle
from pressrun.errors import InputError
from pressrun.ledger import attempts, decisions, issues
from pressrun.ledger.issues import Exclusion
from pressrun.operations import control
from pressrun.warehouse import Lake, connect, open_lake


@pytest.fixture
def doubtful(world_of: MakeWorld) -> World:
    """Give an issue with one batch submitted and one in doubt that SendGrid had accepted."""
    world = world_of(2, 3, provider=FakeProvider({2: "lose"}))
    world.send()
    return world


def _land(world: World, attempt_id: str) -> None:
    """Put one event of an attempt into the lake."""
    event = {
        "event_key": f"e-{attempt_id}",
        "event": "open",
        "attempt_id": attempt_id,
        "raw": "{}",
        "load_id": 1,
        "is_machine_open": False,
        "occurred_at": world.clock(),
    }
    with open_lake(world.settings) as lake, lake.table("incoming", pa.Table.from_pylist([event])):
        lake._db.execute("insert into raw_events by name select * from incoming")


def _attempt(world: World, state: str) -> str:
    return next(a.attempt_id for a in attempts.of_issue(world.ledger, ISSUE) if a.state == state)


def test_one_event_in_the_lake_settles_the_batch(doubtful: World) -> None:
    """One of a batch's events is enough, of any kind; settling again changes nothing."""
    attempt_id = _attempt(doubtful, "in_doubt")
    _land(doubtful, attempt_id)

    settled = settle(doubtful.settings, doubtful.ledger, doubtful.clock())

    assert ((attempt_id,), ()) == (settled.accepted, settled.alarms)
    assert settle(doubtful.settings, doubtful.ledger, doubtful.clock()).accepted == ()
    assert assert_balanced(doubtful).status == "finished"


def test_silence_settles_nothing(doubtful: World) -> None:
    """Without an event of the attempt itself it stays in doubt."""
    _land(doubtful, _attempt(doubtful, "accepted"))

    assert settle(doubtful.settings, doubtful.ledger, doubtful.clock()).accepted == ()
    assert assert_balanced(doubtful).in_doubt == 3


def test_settling_without_a_lake_does_nothing(doubtful: World) -> None:
    """Before the first ingest there is nothing to know."""
    assert settle(doubtful.settings, doubtful.ledger, doubtful.clock()).accepted == ()


def test_event_of_a_refused_attempt_raises_the_alarm(world_of: MakeWorld) -> None:
    """Two attempts of one batch that both show events: who got it twice is told."""
    world = world_of(2, provider=FakeProvider({1: "429"}))
    world.send()
    _land(world, _attempt(world, "refused"))

    alarms = settle(world.settings, world.ledger, world.clock()).alarms

    assert [
        words
        for words, alarm in zip(("counted as refused", "Duplicate happened"), alarms, strict=True)
        if words in alarm
    ] == ["counted as refused", "Duplicate happened"]


@contextmanager
def _lake(world: World) -> Iterator[Lake]:
    with open_lake(world.settings) as lake:
        yield lake


def _mirror(world: World) -> list[str]:
    with _lake(world) as lake:
        return mirror(world.settings, world.ledger, lake)


def _query(world: World, query: str) -> list[tuple]:
    db = connect(world.settings)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def test_mirror_copies_the_issue(world_of: MakeWorld) -> None:
    """The lake's counts are those of the ledger, table by table."""
    world = world_of(3, 4, provider=FakeProvider({2: "lose"}, bad={"p1"}))
    world.unsubscribe("p2")
    world.send()

    assert _mirror(world) == [ISSUE]
    assert _query(world, "select status, count_candidates, count_recipients from issues") == [("in_doubt", 7, 7)]
    assert sorted(world.states().items()) == _query(
        world, "select recipient_id, state from recipients order by recipient_id"
    )
    assert len(world.attempt_states()) == _query(world, "select count(*) from submissions")[0][0]
    assert _query(world, "select recipient_id, detail from recipients where detail is not null") == [
        ("p1", "not a valid address")
    ]


def test_mirror_copies_exclusions(world_of: MakeWorld) -> None:
    """Who was left out, and why, is in the lake too."""
    world = world_of()
    draft = issues.IssueDraft(issue_id="x", subject="s", segment="s", content_hash="h", shared=b"{}")
    issues.start(world.ledger, draft, world.clock())
    issues.add_exclusions(world.ledger, "x", [Exclusion(subscriber_id="s1", reason="bounced")])
    issues.freeze(world.ledger, "x", candidates=1, now=world.clock())

    assert _mirror(world) == ["x"]
    assert _query(world, "select * from exclusions") == [("x", "s1", "bounced")]


def _snapshots(world: World) -> int:
    with _lake(world) as lake:
        return lake._db.execute("select count(*) from ducklake_snapshots('lake')").fetchall()[0][0]


def test_mirroring_again_changes_nothing(doubtful: World) -> None:
    """An unchanged ledger makes no new snapshot, so that the lake does not grow by being looked at."""
    _mirror(doubtful)
    before = _snapshots(doubtful)

    assert _mirror(doubtful) == []
    assert before == _snapshots(doubtful)


def test_mirror_replaces_what_changed(doubtful: World) -> None:
    """After settling the copy says so, and nobody is in it twice."""
    _mirror(doubtful)
    doubtful.settle()

    assert _mirror(doubtful) == [ISSUE]
    assert _query(doubtful, "select state, count(*) from recipients group by state") == [("submitted", 5)]
    assert _query(doubtful, "select status from issues") == [("finished",)]


def test_issue_being_prepared_is_not_mirrored(world_of: MakeWorld) -> None:
    """Half an audience is nobody's business."""
    world = world_of()
    draft = issues.IssueDraft(issue_id="x", subject="s", segment="s", content_hash="h", shared=b"{}")
    issues.start(world.ledger, draft, world.clock())

    assert _mirror(world) == []


def test_a_dead_senders_batch_is_settled_without_another_send(doubtful: World) -> None:
    """What was on the wire at a kill is judged and settled by the next ingest, if no sender lives."""
    attempt_id = _attempt(doubtful, "in_doubt")
    with doubtful.ledger.write() as connection:
        connection.execute(text("update attempts set state = 'wire', in_doubt_at = null where state = 'in_doubt'"))
        connection.execute(text("update batches set state = 'open' where state = 'in_doubt'"))
    _land(doubtful, attempt_id)

    assert (attempt_id,) == settle(doubtful.settings, doubtful.ledger, doubtful.clock()).accepted
    assert assert_balanced(doubtful).status == "finished"


@pytest.mark.parametrize(("verdict", "status"), [("accepted", "finished"), ("not-accepted", "stopped")])
def test_a_person_decides_a_batch_in_doubt(doubtful: World, verdict: str, status: str) -> None:
    """Accepted ends it; not accepted frees it for the next send; both are kept with who and why."""
    batch_no = next(a.batch_no for a in attempts.of_issue(doubtful.ledger, ISSUE) if a.state == "in_doubt")
    settings, ledger, now = doubtful.settings, doubtful.ledger, doubtful.clock()

    control.settle(settings, ledger, ISSUE, batch_no, verdict, who="ana", why="asked SendGrid", now=now)

    settled = [a for a in attempts.of_issue(ledger, ISSUE) if a.settled_by == "person: ana"]
    assert [verdict.replace("-", "_")] == [a.state for a in settled]
    kept = decisions.about(ledger, f"{ISSUE}/{batch_no}/{settled[0].attempt_id}")
    assert [("ana", "asked SendGrid")] == [(d.decided_by, d.reason) for d in kept]
    assert status == doubtful.status().status


def test_only_what_is_in_doubt_can_be_decided(doubtful: World) -> None:
    """A batch that was accepted, or half a command, changes nothing."""
    settings, ledger, now = doubtful.settings, doubtful.ledger, doubtful.clock()
    for batch_no, verdict in ((1, "accepted"), (None, "accepted"), (2, "perhaps")):
        with pytest.raises(InputError, match=r"othing was changed"):
            control.settle(settings, ledger, ISSUE, batch_no, verdict, who="ana", why="", now=now)
