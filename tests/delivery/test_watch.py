"""After the end, events alone show whether anybody got two mails, and of whom nothing was ever heard."""

from datetime import timedelta

import orjson
from delivery_world import ISSUE, MakeWorld, World

from pressrun import engagement
from pressrun.delivery.mirror import mirror
from pressrun.delivery.watch import watch
from pressrun.warehouse import open_lake


def _sent(world_of: MakeWorld) -> World:
    world = world_of(3)
    world.send()
    with open_lake(world.settings) as lake:
        mirror(world.settings, world.ledger, lake)
    return world


def _hear(world: World, *pairs: tuple[str, str]) -> None:
    """Let `processed` events of some recipients arrive, each of a mail."""
    events = [
        {
            "email": f"{person}@example.org",
            "event": "processed",
            "timestamp": int(world.now.timestamp()),
            "sg_event_id": f"{person}-{mail}",
            "sg_message_id": mail,
            "pr_issue": ISSUE,
            "pr_attempt": world.provider.attempts[0],
            "pr_recipient": person,
        }
        for person, mail in pairs
    ]
    world.land_events(orjson.dumps(events))
    engagement.ingest(world.settings, world.ledger, now=world.clock())


def test_all_well_says_nothing(world_of: MakeWorld) -> None:
    """One mail each, all heard of."""
    world = _sent(world_of)
    _hear(world, ("p0", "m0"), ("p1", "m1"), ("p2", "m2"))

    assert [] == watch(world.settings, world.ledger, world.now + timedelta(days=3))


def test_two_mails_are_told(world_of: MakeWorld) -> None:
    """Two different mails of one issue to one person are an alarm, wherever they came from."""
    world = _sent(world_of)
    _hear(world, ("p0", "m0"), ("p0", "other"), ("p1", "m1"), ("p2", "m2"))

    expected = [f"Issue {ISSUE}: 1 recipients show two different mails of it."]
    assert expected == watch(world.settings, world.ledger, world.now)


def test_no_sign_of_somebody_is_told_after_two_days(world_of: MakeWorld) -> None:
    """Not before, since events may be late; and not for ever."""
    world = _sent(world_of)
    _hear(world, ("p0", "m0"))

    assert [] == watch(world.settings, world.ledger, world.now + timedelta(hours=47))
    assert [] == watch(world.settings, world.ledger, world.now + timedelta(days=8))
    late = world.now + timedelta(hours=50)
    assert "no event of 2 submitted recipients" in watch(world.settings, world.ledger, late)[0]
    assert [] == watch(world.settings, world.ledger, world.now + timedelta(hours=51)), "told once"
