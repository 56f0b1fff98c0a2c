"""Rows F15 and F22 to F25: what becomes of lost answers, as the owner chose, judged by the provider's own log."""

from collections import Counter
from datetime import timedelta

import orjson
import pytest
from delivery_world import ISSUE, MakeWorld, World
from fake_provider import FakeProvider

from pressrun import engagement
from pressrun.delivery.settle import Settled, settle
from pressrun.landing import Beat, Landing, encode_beat
from pressrun.ledger import Ledger, attempts, issues, settling
from pressrun.ledger.schema import issues as issues_table
from pressrun.operations import who


def _choose(ledger: Ledger, policy: str) -> None:
    with ledger.write() as connection:
        connection.execute(issues_table.update().values(in_doubt=policy))


def _hear(world: World, *attempt_ids: str) -> None:
    """Let an event of every recipient of some accepted requests arrive, and bring them into the lake."""
    events = [
        {
            "email": f"{person}@example.org",
            "event": "delivered",
            "timestamp": int(world.now.timestamp()),
            "sg_event_id": f"{attempt_id}-{person}",
            "pr_issue": ISSUE,
            "pr_attempt": attempt_id,
            "pr_recipient": person,
        }
        for attempt_id, people in zip(world.provider.attempts, world.provider.accepted, strict=True)
        if attempt_id in attempt_ids
        for person in people
    ]
    world.land_events(orjson.dumps(events))
    engagement.ingest(world.settings, world.ledger, now=world.clock())


def _beat(world: World, minutes: int) -> None:
    """Let time pass while the receiver is there."""
    landing = Landing(world.settings.landing_dir)
    for _ in range(minutes + 1):
        landing.append("receiver", encode_beat(Beat(at=world.now, what="alive")), at=world.now)
        world.now += timedelta(minutes=1)


def _settle(world: World) -> Settled:
    return settle(world.settings, world.ledger, world.clock())


def _mails(world: World) -> Counter[str]:
    return Counter(person for request in world.provider.accepted for person in request)


def _lost(world: World) -> str:
    return next(one.attempt_id for one in attempts.of_issue(world.ledger, ISSUE) if one.in_doubt_at)


@pytest.mark.fault("F15")
@pytest.mark.parametrize("policy", ["hold", "resend_if_silent: 60m"])
def test_what_was_never_accepted_is_posted_again_only_by_the_policy(world_of: MakeWorld, policy: str) -> None:
    """The answer never came because nothing was accepted: silence against the control frees the batch, or holds it."""
    world = world_of(2, 2, 2, 2, 2, provider=FakeProvider({1: "drop"}))
    _choose(world.ledger, policy)
    world.send()
    _hear(world, *world.provider.attempts)
    _beat(world, 62)

    settled = _settle(world)
    final = world.send()

    silent = policy != "hold"
    assert ((_lost(world),) if silent else ()) == settled.not_accepted
    assert ("finished", 0) if silent else ("in_doubt", 2) == (final.status, final.in_doubt)
    assert {1} == set(_mails(world).values())
    assert (10 if silent else 8) == len(_mails(world))


@pytest.mark.fault("F22")
def test_accepted_but_never_heard_of_is_held_and_asked_about(world_of: MakeWorld) -> None:
    """Accepted, all its events lost, control flows: hold asks after 25 hours; a gap makes silence mean nothing."""
    world = world_of(2, 2, 2, 2, 2, provider=FakeProvider({1: "lose"}))
    world.send()
    _hear(world, *world.provider.attempts[1:])
    _beat(world, 62)
    held = _settle(world).waiting
    world.now += timedelta(hours=25)
    asked = _settle(world).waiting
    assert ([False], [True]) == ([one.asks for one in held], [one.asks for one in asked])
    assert {1} == set(_mails(world).values())

    _choose(world.ledger, "resend_if_silent: 60m")
    _beat(world, 2)
    assert _settle(world).not_accepted == (), "a gap of 24 hours in the receiver holds it"
    assert {1} == set(_mails(world).values())


@pytest.mark.fault("F22")
def test_the_duplicate_of_silence_is_one_batch_and_told(world_of: MakeWorld) -> None:
    """The bound is the batch whose events were lost, and a late event names everybody who got it twice."""
    world = world_of(2, 2, 2, 2, 2, provider=FakeProvider({1: "lose"}))
    _choose(world.ledger, "resend_if_silent: 60m")
    world.send()
    first = _lost(world)
    _hear(world, *world.provider.attempts[1:])
    _beat(world, 62)
    assert (first,) == _settle(world).not_accepted
    world.send()
    twice = {person for person, times in _mails(world).items() if times == 2}
    assert {"p0", "p1"} == twice

    _hear(world, first)
    late = _settle(world)

    assert any("Duplicate happened" in alarm for alarm in late.alarms)
    told = who.write_twice(world.settings, world.ledger, late.twice[0]).read_text()
    assert all(f"{person}@example.org" in told for person in twice)
    assert 3 == len(told.splitlines())


@pytest.mark.fault("F23")
def test_a_dead_webhook_makes_silence_mean_nothing(world_of: MakeWorld) -> None:
    """No event arrives for 30 hours: nothing is posted again, and a person is asked."""
    world = world_of(2, 2, 2, 2, 2, provider=FakeProvider({1: "drop"}))
    _choose(world.ledger, "resend_if_silent: 60m")
    world.send()
    world.now += timedelta(minutes=61)
    _hear(world)
    soon = _settle(world)
    world.now += timedelta(hours=30)
    later = _settle(world)
    posts = world.provider.count_posts
    world.send()

    assert ((), ()) == (soon.not_accepted, later.not_accepted)
    assert ["events of only 0% of the recipients of later requests have arrived"] == [w.because for w in soon.waiting]
    assert [True] == [one.asks for one in later.waiting]
    assert posts == world.provider.count_posts


@pytest.mark.fault("F24")
@pytest.mark.parametrize("policy", ["never", "resend_now"])
def test_a_late_event_contradicts_what_was_decided(world_of: MakeWorld, policy: str) -> None:
    """Given up or posted again, and then an event shows that it was accepted: the alarm lists who got it twice."""
    world = world_of(2, 2, 2, provider=FakeProvider({1: "lose"}))
    _choose(world.ledger, policy)
    sent = world.send()
    assert ("finished", 2 if policy == "never" else 0) == (sent.status, sent.abandoned)
    twice = {person for person, times in _mails(world).items() if times == 2}

    _hear(world, _lost(world))
    late = _settle(world)

    assert any("counted as" in alarm for alarm in late.alarms)
    assert len(twice) == sum(one.count_recipients for one in late.twice)
    assert (set() if policy == "never" else {"p0", "p1"}) == twice
    assert ("finished", 0, 6) == (world.status().status, world.status().abandoned, world.status().submitted)


@pytest.mark.fault("F24")
def test_resend_now_never_goes_on_against_a_wall(world_of: MakeWorld) -> None:
    """At least once, but bounded: three lost answers in a row stop the issue, as with any policy."""
    world = world_of(2, 2, provider=FakeProvider(lambda _: "lose"))
    _choose(world.ledger, "resend_now")

    with pytest.raises(Exception, match="3 in a row"):
        world.send()
    assert 3 == world.provider.count_posts


@pytest.mark.fault("F25")
@pytest.mark.parametrize("step", ["lose", "drop"])
def test_a_fence_makes_a_lost_answer_certain(world_of: MakeWorld, step: str) -> None:
    """Cancelled in time, accepted or not, it is posted anew under another id: nobody twice, nobody missed."""
    world = world_of(2, 2, 2, provider=FakeProvider({1: step, 3: step}))
    _choose(world.ledger, "fenced")

    sent = world.send()

    assert ("finished", 6) == (sent.status, sent.submitted)
    assert ({1}, 6) == (set(_mails(world).values()), len(_mails(world)))
    assert len(set(world.provider.fences)) == 3
    assert ["fence", "fence"] == [one.settled_by for one in attempts.of_issue(world.ledger, ISSUE) if one.settled_by]


@pytest.mark.fault("F25")
def test_a_fence_that_cannot_be_cancelled_holds(world_of: MakeWorld) -> None:
    """Too late, or an eleventh cancel: the batch is held like any other."""
    world = world_of(2, 2, provider=FakeProvider({1: "lose"}))
    _choose(world.ledger, "fenced")
    world.provider.cancelled = ["used"] * 10

    sent = world.send()

    assert ("in_doubt", 2) == (sent.status, sent.in_doubt)
    assert {1} == set(_mails(world).values())


@pytest.mark.fault("F25")
def test_no_fence_no_post(world_of: MakeWorld) -> None:
    """Without a batch id nothing is posted unfenced; the issue stops and can go on."""
    world = world_of(2, provider=FakeProvider())
    _choose(world.ledger, "fenced")
    world.provider.gives_fences = False

    with pytest.raises(Exception, match="no batch id"):
        world.send()
    assert (0, 2) == (world.provider.count_posts, world.status().pending)
    world.provider.gives_fences = True
    assert world.send().status == "finished"


def test_a_decided_attempt_is_not_decided_again(world_of: MakeWorld) -> None:
    """Two that settle at once change one thing once."""
    world = world_of(2, provider=FakeProvider({1: "lose"}))
    world.send()
    lost = _lost(world)

    assert settling.give_up(world.ledger, lost, "test", world.clock())
    assert not settling.as_not_accepted(world.ledger, lost, "test", world.clock())
    assert issues.require(world.ledger, ISSUE).in_doubt == "hold"
