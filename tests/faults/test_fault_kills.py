"""F1 to F4: kill -9 at exact moments of a POST, on real sockets; the sandbox's log is the judge."""

import random
import time
from datetime import UTC, datetime

import pytest
from delivery_world import MakeWorld, World

from pressrun.errors import StoppedError
from pressrun.ledger import settling
from pressrun.operations.ingesting import ingest_events
from tests.faults.fault_world import Sandbox, event_of, judge, post_to, send_killed_after, send_killed_at
from tests.faults.matrix import row
from tests.proofs.figures import Figures

#: The first two pieces of a POST are the head, the others the body.
BODY = {"post.first_byte": 2, "post.middle": 2}
BETWEEN = ("intent.stored", "connect.done", "wire.before")
ACCEPTED = ("answer.headers_read", "answer.body_read", "outcome.before")


def _sizes(runs: int) -> list[int]:
    """Give small batches for the sample, and one full batch for each kill of the proof."""
    return [4] * 4 if runs < 10 else [1000] * runs


@pytest.mark.parametrize("point", BETWEEN)
@row("F1", sample=4, full=20)
def test_kill_between_intent_and_wire_goes_on_by_itself(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, point: str, runs: int
) -> None:
    """Killed before the first byte may leave, in each batch: nothing is in doubt, and everybody gets it once."""
    world = post_to(world_of(*_sizes(runs)), sandbox)
    # each run submits the batch that the one before was killed in, and is killed in the next
    kills = sum(send_killed_at(world, point, nth=min(at, 1) + 1) for at in range(runs))
    judge(world, sandbox.accepted())
    world.send()

    status = judge(world, sandbox.accepted())
    assert ("finished", 0, runs) == (status.status, status.in_doubt, kills)
    figures(f"F1 killed at {point}", kills=kills, recipients=status.recipients, in_doubt=status.in_doubt)


@pytest.mark.parametrize("point", BODY)
@row("F2", sample=2, full=10)
def test_kill_in_mid_body_is_held(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, point: str, runs: int
) -> None:
    """Killed with half a body sent, in each batch: that batch alone is held, shown, and never posted again."""
    held = 0
    for at in range(runs):
        world, before = post_to(world_of(*_sizes(runs)), sandbox), len(sandbox.accepted())
        assert send_killed_at(world, point, nth=2 * at + BODY[point])
        for _ in range(2):
            world.send()
        status = judge(world, sandbox.accepted()[before:])
        size = _sizes(runs)[0]
        assert ("in_doubt", size, status.recipients - size) == (status.status, status.in_doubt, status.submitted)
        held = max(held, status.in_doubt)
    figures(f"F2 killed at {point} of the body", kills=runs, held_at_most=held, posted_again=0)


@pytest.mark.parametrize("point", ACCEPTED)
@row("F3", sample=2, full=10)
def test_kill_after_acceptance_is_settled_by_one_event(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, point: str, runs: int
) -> None:
    """Killed before the outcome is stored, in each batch: in doubt until one event of one person settles all of it."""
    sizes = _sizes(runs)
    for at in range(runs):
        world, before = post_to(world_of(*sizes), sandbox), len(sandbox.accepted())
        assert send_killed_at(world, point, nth=at + 1)
        judge(world, sandbox.accepted()[before:])
        world.send()
        log = sandbox.accepted()[before:]
        assert ("in_doubt", sizes[0]) == ((status := judge(world, log)).status, status.in_doubt)

        proven = settling.by_events(world.ledger, [log[at].attempt], world.clock()).accepted

        assert "finished" == judge(world, log, proven=proven, recovered=proven).status
        assert len(log) == len(sizes)
    figures(f"F3 killed at {point}", kills=runs, events_needed=1, posted_again=0)


@row("F3", sample=1, full=5)
def test_one_landed_event_settles_within_a_minute(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, runs: int
) -> None:
    """From the landing of one event over ingest to the status it takes less than 60 seconds."""
    slowest = 0.0
    for _ in range(runs):
        world, before = post_to(world_of(*_sizes(20 * (runs > 1))), sandbox), len(sandbox.accepted())
        assert send_killed_at(world, "outcome.before")
        world.send()
        log = sandbox.accepted()[before:]
        world.now = datetime.now(UTC)
        began = time.monotonic()
        world.land_events(event_of(log[0]))
        found = ingest_events(world.settings, world.ledger, now=world.now).settlement.accepted
        assert "finished" == judge(world, log, proven=found, recovered=found).status
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 60
    figures("F3 landing to settled", runs=runs, slowest_seconds=round(slowest, 2))


@row("F4", sample=5, full=500)
def test_kills_anywhere_twice_in_a_row(world_of: MakeWorld, sandbox: Sandbox, figures: Figures, runs: int) -> None:
    """Killed at any point and again during recovery: nobody twice, nobody forgotten, events settle the rest."""
    chance, kills = random.Random(runs), 0
    for _ in range(runs):
        sandbox.begin()
        world = post_to(world_of(3, 1, 2, 3, 2, 1), sandbox)
        for _ in range(2):
            kills += send_killed_after(world, chance.randint(1, 60))
            judge(world, sandbox.accepted())
        _finish(world, sandbox)
        world.ledger.close()
    assert kills > runs
    figures("F4 random kills, two in a row", runs=runs, kills=kills)


def _finish(world: World, sandbox: Sandbox) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world, "sleep", lambda seconds: None)
        try:
            world.send()
        except StoppedError:
            world.send()
    log = sandbox.accepted()
    proven = settling.by_events(world.ledger, [one.attempt for one in log], world.clock()).accepted
    status = judge(world, log, proven=proven, recovered=proven)
    assert 0 == status.pending
    assert status.submitted == len({person for one in log for person in one.people})
