"""What the sender reads right before each POST: whoever left is left out."""

from datetime import timedelta

import orjson
import pytest
from delivery_world import ISSUE, MakeWorld, World
from fake_provider import FakeProvider

from pressrun.delivery.consent import ConsentReader
from pressrun.landing import Landing
from pressrun.ledger import decisions, suppressions
from pressrun.ledger.decisions import Decision
from pressrun.ledger.suppressions import Suppression


def _reader(world: World) -> ConsentReader:
    return ConsentReader(world.ledger, Landing(world.settings.landing_dir))


def _gone(world: World, reader: ConsentReader | None = None) -> set[str]:
    return (reader or _reader(world)).withdrawn(ISSUE, 1, world.now)


def test_unsubscribe_is_seen_at_the_next_look(world_of: MakeWorld) -> None:
    """An acknowledged unsubscribe needs neither ingest nor lake to hold."""
    world = world_of(3)
    reader = _reader(world)
    assert set() == _gone(world, reader)
    world.unsubscribe("p1")

    assert {"p1"} == _gone(world, reader)


def test_a_full_batch_is_asked_for_at_once(world_of: MakeWorld) -> None:
    """The question before each POST is answered for as many as fit, from suppressions and landing alike."""
    world = world_of(1000, 3)
    rows = [
        Suppression(address_key=f"p{at}@example.org", reason="bounced", source="test", suppressed_at=world.now)
        for at in range(0, 1003, 7)
    ]
    suppressions.add(world.ledger, rows)
    for at in range(0, 600):
        world.unsubscribe(f"p{at}")

    assert {f"p{at}" for at in range(1000) if at % 7 == 0 or at < 600} == _gone(world)


def test_unknown_recipient_harms_nobody(world_of: MakeWorld) -> None:
    """A link of another installation, or a made-up one, ends nobody's consent."""
    world = world_of(3)
    world.unsubscribe("somebody-else")

    assert set() == _gone(world)


def test_torn_line_is_passed_over_and_closed_off(world_of: MakeWorld) -> None:
    """Half a line was never acknowledged; the whole ones before and after it count."""
    world = world_of(3)
    world.unsubscribe("p0")
    file = next((world.settings.landing_dir / "consent").glob("*.ndjson"))
    reader = _reader(world)
    with file.open("ab") as tail:
        tail.write(file.read_bytes().strip()[:-9])
    assert {"p0"} == _gone(world, reader)
    world.unsubscribe("p2")

    assert {"p0", "p2"} == _gone(world, reader)


@pytest.mark.parametrize(
    ("event", "gone"),
    [
        ("unsubscribe", True),
        ("group_unsubscribe", True),
        ("spamreport", True),
        ("group_resubscribe", False),
        ("bounce", False),
        ("open", False),
        ("delivered", False),
    ],
)
def test_events_that_end_consent(world_of: MakeWorld, event: str, gone: bool) -> None:
    """Unsubscribes and complaints that came by webhook hold at once; other events wait for ingest."""
    world = world_of(3)
    about = {"event": event, "email": "P1@Example.ORG", "reason": "says unsubscribe and spamreport"}
    world.land_events(orjson.dumps([{"event": "open", "email": "p0@example.org"}, about]))

    assert ({"p1"} if gone else set()) == _gone(world)


@pytest.mark.parametrize(
    "body",
    [
        b"unsubscribe, but no JSON",
        b'{"event":"unsubscribe","email":"p1@example.org"}',
        b'["unsubscribe", null, 7]',
        b'[{"event":"unsubscribe"}]',
        b'[{"event":"unsubscribe","email":"no address"}]',
        b'[{"event":["unsubscribe"],"email":"p1@example.org"}]',
    ],
)
def test_malformed_events_are_passed_over(world_of: MakeWorld, body: bytes) -> None:
    """What cannot be read stops no send; ingest sets it aside with its reason."""
    world = world_of(3)
    world.land_events(body)

    assert set() == _gone(world)


def test_events_in_broken_utf8_are_read(world_of: MakeWorld) -> None:
    """A server's answer in another encoding does not hide the unsubscribe beside it."""
    world = world_of(3)
    world.land_events(
        b'[{"event":"bounce","reason":"unbekannt: M\xfcller"},{"event":"unsubscribe","email":"p1@example.org"}]'
    )

    assert {"p1"} == _gone(world)


def test_suppression_from_anywhere_holds(world_of: MakeWorld) -> None:
    """A suppression that was added while the issue is under way counts for the next batch."""
    world = world_of(3)
    row = Suppression(address_key="p2@example.org", reason="bounced", source="test", suppressed_at=world.clock())
    suppressions.add(world.ledger, [row])

    assert {"p2"} == _gone(world)


def test_marks_spare_what_the_ledger_has(world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ingest has brought to the suppressions is not read from the landing zone again."""
    world = world_of(3)
    world.unsubscribe("p0")
    ends = Landing(world.settings.landing_dir).ends("consent")
    suppressions.add(world.ledger, [], marks={("consent", name): end for name, end in ends.items()})
    world.unsubscribe("p1")

    assert {"p1"} == _gone(world)


def test_unsubscribe_from_an_older_issue_holds_for_this_one(world_of: MakeWorld) -> None:
    """A person leaves the newsletter, not one issue: the address counts, whichever link was used."""
    world = world_of(3, 2, provider=FakeProvider())
    world.unsubscribe("p1")
    reader = _reader(world)

    assert frozenset({"p1@example.org"}) == reader.refresh()


def _decide(world: World, who: str, decision: str) -> None:
    made = Decision(decision=decision, about=f"{who}@example.org", decided_by="t", reason="", decided_at=world.now)
    decisions.store(world.ledger, made)


def test_whom_a_person_paused_or_set_inactive_since_the_freeze_is_left_out(world_of: MakeWorld) -> None:
    """A paced issue goes out for weeks; the last decision about each person counts, and a pause ends by itself."""
    world = world_of(4)
    reader = _reader(world)
    tomorrow = world.now + timedelta(days=1)
    _decide(world, "p0", f"pause until {tomorrow:%Y-%m-%d}")
    _decide(world, "p1", "deactivate")
    _decide(world, "p2", "deactivate")
    _decide(world, "p2", "reactivate")

    assert {"p0", "p1"} == _gone(world, reader)
    assert {"p1"} == reader.withdrawn(ISSUE, 1, tomorrow)
