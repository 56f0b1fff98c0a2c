"""Undoing an import restores the table byte for byte, and revives nobody who left on another word."""

from datetime import timedelta

import pytest
from import_world import NOW, World, sums

from pressrun.audiences.lifecycle import mark
from pressrun.errors import InputError, RefusedError
from pressrun.ledger import decisions, suppressions
from pressrun.ledger.suppressions import Suppression
from pressrun.operations.control import suppress, unsuppress
from pressrun.operations.undoing import Undone, undo_import
from pressrun.warehouse import open_lake
from tests.warehouse.lake_rows import add_events, event

FIRST = (
    "email,name,status,tags,city,consented_at\n"
    "ana@a.example,Ana,active,a;b,Wien,2020-01-02\nbo@a.example,Bo,unsubscribed,,,\nci@a.example,Ci,active,,,\n"
)
SECOND = (
    "email,name,status,tags,city,consented_at\n"
    "ANA@a.example,Anna,unsubscribed,c,Graz,2019-01-02\nci@a.example,Ci,active,,,\n"
    "di@a.example,Di,active,,,\nei@a.example,Ei,bounced,,,\nnobody,N,active,,,\n"
)


def _table(world: World) -> list[tuple[object, ...]]:
    return world.ask("select * from raw_subscribers order by address_key")


def _undo(world: World, import_id: str, days: int = 3) -> Undone:
    now = NOW + timedelta(days=days)
    return undo_import(world.settings, world.ledger, import_id, who="me", why="the wrong file", now=now)


def _second(world: World) -> str:
    return world.take(SECOND, now=NOW + timedelta(days=1)).import_id


def test_the_table_is_as_before_byte_for_byte(world: World) -> None:
    """Who came is gone, who was changed is as before, and so are the suppressions."""
    world.take(FIRST)
    before = (_table(world), world.suppressed(), world.statuses())
    newest = _second(world)
    assert before[0] != _table(world)

    undone = _undo(world, newest)

    assert before == (_table(world), world.suppressed(), world.statuses())
    assert (2, 1, 0, 2) == (undone.removed, undone.restored, undone.kept, undone.released)
    assert [("undone",)] == world.ask("select outcome from imports where import_id = ?", newest)
    assert ["undo import"] == [one.decision for one in decisions.about(world.ledger, newest)]
    assert [] == world.ask("select * from replaced_subscribers")


def test_people_merged_part_by_part_are_one_import(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large attributes are merged some people at a time, in one transaction that is undone as a whole."""
    monkeypatch.setattr("pressrun.audiences.storing._ATTRIBUTES_AT_ONCE", 10)
    world.take(FIRST)
    before = (_table(world), world.suppressed(), world.statuses())

    newest = world.take(SECOND, now=NOW + timedelta(days=1))

    assert {"inserted": 2, "updated": 1, "unchanged": 1, "quarantined": 1} == sums(newest)
    assert 3 == _undo(world, newest.import_id).removed + 1
    assert before == (_table(world), world.suppressed(), world.statuses())


@pytest.mark.prove
def test_what_an_import_replaced_can_be_asked(world: World) -> None:
    """One row tells what somebody was before, and what the import made of it."""
    world.take(FIRST)
    newest = _second(world)

    asked = "select name_before, name_after, status_before, status_after from import_merges where import_id = ?"

    assert [("Ana", "Anna", "active", "unsubscribed")] == world.ask(asked, newest)


def test_who_left_by_a_link_stays_suppressed(world: World) -> None:
    """The import's word was first, but it was not the only one: the event's stays."""
    world.take(FIRST)
    newest = _second(world)
    with open_lake(world.settings) as lake:
        add_events(lake, [event("spamreport", "one", "ana", 9), event("unsubscribe", "one", "ana", 9)], 1)

    _undo(world, newest)

    kept = suppressions.of_address(world.ledger, "ana@a.example")
    assert [("unsubscribed", "event:unsubscribe")] == [(row.reason, row.source) for row in kept]


@pytest.mark.prove
def test_whom_a_person_blocked_stays_blocked(world: World) -> None:
    """A table said blocked first; the person who said it again is heard."""
    newest = world.take("email,status\nfi@a.example,blocked\ngi@a.example,active\n").import_id
    suppress(world.ledger, "fi@a.example", who="me", why="asked me", now=NOW)

    _undo(world, newest)

    assert {"fi@a.example": "blocked"} == world.suppressed()


@pytest.mark.prove
def test_what_a_person_decided_since_stays(world: World) -> None:
    """Somebody who was let in again on their own word is not taken out by undoing the table."""
    newest = world.take(FIRST).import_id
    unsuppress(world.settings, world.ledger, "bo@a.example", who="me", why="they wrote", now=NOW)

    undone = _undo(world, newest)

    assert (2, 1) == (undone.removed, undone.kept)
    assert {"bo@a.example": "active"} == world.statuses()


def test_only_the_newest_can_be_undone(world: World) -> None:
    """An older one is refused with the names of what comes first; one after the other they all go."""
    first = world.take(FIRST).import_id
    newest = _second(world)
    before = _table(world)

    with pytest.raises(RefusedError, match=newest):
        _undo(world, first)
    assert before == _table(world)

    _undo(world, newest)
    _undo(world, first, days=4)
    assert ([], {}) == (_table(world), world.suppressed())


@pytest.mark.prove
@pytest.mark.parametrize(("which", "said"), [("nothing", "There is no import"), ("", "undone already")])
def test_what_cannot_be_undone_is_said(world: World, which: str, said: str) -> None:
    """An unknown import and one that is undone change nothing."""
    done = world.take(FIRST).import_id
    _undo(world, done)

    with pytest.raises(InputError, match=said):
        _undo(world, which or done)


@pytest.mark.prove
def test_its_quarantine_waits_for_nobody(world: World) -> None:
    """Rows that it kept apart are closed; those it had taken out of quarantine wait again."""
    world.take("email,name\nnobody,N\nhi@a.example,Hi\n")
    mended = "email,name,pressrun_source,pressrun_row\nno@body.example,N,own,{}\n"
    ((waiting,),) = world.ask("select quarantine_id from quarantined_rows")
    newest = world.take(mended.format(waiting), now=NOW + timedelta(days=1)).import_id
    assert [("taken",)] == world.ask("select closed_as from quarantined_rows")

    _undo(world, newest)

    assert [(None,)] == world.ask("select closed_as from quarantined_rows")


@pytest.mark.prove
def test_a_suppression_of_an_older_table_stays(world: World) -> None:
    """Two tables said the same; the older one still says it."""
    world.take(FIRST)
    newest = world.take(
        "email,status\nbo@a.example,unsubscribed\nji@a.example,\n", now=NOW + timedelta(days=1)
    ).import_id
    suppressions.add(
        world.ledger,
        [Suppression(address_key="x@a.example", reason="blocked", source="person:me", suppressed_at=NOW)],
    )

    _undo(world, newest)

    assert {"bo@a.example": "unsubscribed", "x@a.example": "blocked"} == world.suppressed()


def test_whom_a_person_blocked_and_paused_stays_blocked(world: World) -> None:
    """A pause decided afterwards takes nothing back of what was decided before."""
    newest = world.take("email,status\nfi@a.example,blocked\ngi@a.example,active\n").import_id
    suppress(world.ledger, "fi@a.example", who="me", why="asked me", now=NOW)
    mark(world.settings, world.ledger, ["fi@a.example"], "pause until 2027-01-01", who="me", why="", now=NOW)

    _undo(world, newest)

    assert {"fi@a.example": "blocked"} == world.suppressed()


def test_what_was_stored_later_is_newer_whenever_it_began(world: World) -> None:
    """A long import that began first and was stored last rests on the short one in between."""
    short = world.take(FIRST, now=NOW + timedelta(minutes=1)).import_id
    long = world.take(FIRST, now=NOW).import_id

    with pytest.raises(RefusedError, match=long):
        _undo(world, short)

    _undo(world, long)
    assert 3 == _undo(world, short).removed


def test_what_a_killed_import_left_goes_with_the_one_that_ended(world: World) -> None:
    """It died after it had suppressed: the next import of the same table speaks for that, and is undone with it."""
    left = [("bo@a.example", "unsubscribed"), ("zo@a.example", "bounced")]
    dead = [Suppression(address_key=who, reason=why, source="import:dead", suppressed_at=NOW) for who, why in left]
    suppressions.add(world.ledger, dead)
    newest = world.take(FIRST).import_id
    ((new,),) = world.ask("select count_new_suppressions from imports")

    undone = _undo(world, newest)

    assert (1, 1) == (new, undone.released)
    assert {"zo@a.example": "bounced"} == world.suppressed()
