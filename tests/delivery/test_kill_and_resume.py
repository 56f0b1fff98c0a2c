"""Real processes, real sockets, real kills; judged by the sandbox's accept log alone."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from delivery_world import ISSUE, MakeWorld, World
from real_stack import Stack, assert_by_accept_log, kill_after, stack_around

from pressrun.delivery.submit import LAST_LOOK
from pressrun.operations.ingesting import ingest_events

#: So slow that a kill often finds several requests accepted and not yet answered.
SLOW = [{"every": 1, "fault": "slow", "seconds": 0.05}]


@pytest.fixture
def stack_of(tmp_path: Path) -> Iterator[object]:
    """Give a maker of running stacks, which are ended with the test."""
    opened = []

    def make(world: World) -> Stack:
        opened.append(stack_around(world, tmp_path / "sandbox"))
        return opened[-1].__enter__()

    yield make
    for one in opened:
        one.__exit__(None, None, None)


def _send_with_kills(world: World, stack: Stack, *, kills: int, seed: int) -> int:
    """Send to the end with a number of kills at random moments, and give how many runs it took."""
    chance, runs = random.Random(seed), 0
    stack.ask("/sandbox/faults", "PUT", SLOW)
    for _ in range(kills):
        kill_after(stack.start_sender(), stack, requests=chance.randint(1, 6), seconds=chance.uniform(0, 0.06))
        runs += 1
        assert world.status().balances
    sender = stack.start_sender()
    assert sender.wait(120) == 0, sender.stderr and sender.stderr.read()
    return runs + 1


def _settle_by_signed_events(world: World, stack: Stack) -> None:
    stack.start_receiver()
    played = stack.ask("/sandbox/play", "POST", {"hours": 24, "seed": 5})
    assert played["failed_posts"] == 0
    ingest_events(world.settings, world.ledger, now=datetime.now(UTC))


def _proof(world: World, stack: Stack, *, kills: int, seed: int) -> None:
    assert kills + 1 == _send_with_kills(world, stack, kills=kills, seed=seed)
    assert_by_accept_log(world, stack)
    assert world.status().pending == 0
    assert world.status().in_doubt > 0, "no kill hit a POST, so this proved nothing"
    _settle_by_signed_events(world, stack)
    got = {one["recipient"] for request in stack.accepted() for one in request["recipients"]}
    assert_by_accept_log(world, stack)
    assert set() == {p for p, state in world.states().items() if state == "in_doubt"} & got


@pytest.mark.prove
def test_killed_sender_resumes_until_all_is_accounted_for(world_of: MakeWorld, stack_of) -> None:
    """2,000 recipients, kill -9 three times: 0 duplicated, 0 missed, and events settle what was accepted."""
    world = world_of(*[50] * 40)

    _proof(world, stack_of(world), kills=3, seed=20261124)


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
def test_twenty_kills_on_twenty_thousand(world_of: MakeWorld, stack_of, seed: int) -> None:
    """The same with 20,000 recipients and 20 kills."""
    world = world_of(*[100] * 200)

    _proof(world, stack_of(world), kills=20, seed=seed)


def test_second_sender_names_the_first(world_of: MakeWorld, stack_of) -> None:
    """Two sends of one issue at once: one works, the other exits 4 and says who is at work."""
    world = world_of(*[10] * 32)
    stack = stack_of(world)
    stack.ask("/sandbox/faults", "PUT", [{"every": 1, "fault": "slow", "seconds": 1.0}])
    senders = [stack.start_sender(), stack.start_sender()]
    codes = [sender.wait(60) for sender in senders]
    said = [sender.stderr.read() for sender in senders if sender.stderr]

    assert sorted(codes) == [0, 4]
    refused = codes.index(4)
    assert (
        f"HeldElsewhereError: Another sender is at work: issue {ISSUE}, process {senders[1 - refused].pid}"
        in (said[refused])
    )
    assert_by_accept_log(world, stack)
    assert world.status().status == "finished"


def test_acknowledged_unsubscribe_is_never_in_a_later_post(world_of: MakeWorld, stack_of) -> None:
    """Whoever was told "you are unsubscribed" is in no request that starts after it."""
    world = world_of(*[15] * 40)
    stack, chance = stack_of(world), random.Random(7)
    stack.ask("/sandbox/faults", "PUT", [{"every": 1, "fault": "slow", "seconds": 0.5}])
    sender, left = stack.start_sender(), {}
    people = [f"p{at}" for at in range(600)]
    chance.shuffle(people)
    while sender.poll() is None and people:
        world.unsubscribe(person := people.pop())
        left[person] = datetime.now(UTC)
        time.sleep(0.01)

    assert sender.wait(60) == 0
    assert _forbidden(stack, left) == []
    assert 0 < world.status().withdrawn < len(left)
    assert_by_accept_log(world, stack)


#: The promise allows half a second between the last look and the first byte; a busy machine needs a moment more to
#: note what it received. All of the send takes several times as long.
_ALLOWED = timedelta(seconds=LAST_LOOK + 0.3)


def _forbidden(stack: Stack, left: dict[str, datetime]) -> list[str]:
    return [
        one["recipient"]
        for request in stack.accepted()
        for one in request["recipients"]
        if (at := left.get(one["recipient"])) is not None
        and datetime.fromisoformat(request["received_at"]) > at + _ALLOWED
    ]
