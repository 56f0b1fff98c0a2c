"""Killed at every named point of a batch, and again while it recovers: nobody twice, nobody forgotten."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from delivery_world import ISSUE, MakeWorld, World, assert_balanced
from fake_provider import FakeProvider, Killed

from pressrun.delivery.status import SendStatus
from pressrun.errors import StoppedError
from pressrun.ledger import attempts, batches

#: (where in the ledger's functions, before or after it).
STORES = [
    (attempts, "store_intent"),
    (attempts, "store_wire"),
    (attempts, "store_outcome"),
    (attempts, "refuse_recipient"),
    (attempts, "recover"),
    (batches, "split"),
    (batches, "join"),
    (batches, "slots_of"),
]
POINTS = [(module, name, when) for module, name in STORES for when in ("before", "after")]


@contextmanager
def _dying_at(module: Any, name: str, when: str, call: int) -> Iterator[None]:
    """Die before or after the n-th call of one function, as a kill would: what was not stored is gone."""
    real: Callable[..., Any] = getattr(module, name)
    count = 0

    def dying(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count == call and when == "before":
            raise Killed
        found = real(*args, **kwargs)
        if count == call:
            raise Killed
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, name, dying)
        yield


def _world(world_of: MakeWorld) -> World:
    """Give an issue in which every step happens: a search with refusals, a plain batch, one who left."""
    world = world_of(12, 3, 2, provider=FakeProvider(bad={"p2", "p9"}, names=False))
    world.unsubscribe("p13")
    return world


def _finish(world: World, *, kills: int = 0) -> SendStatus:
    """Send the rest and let the events come: only what SendGrid never took may stay in doubt, one per kill."""
    world.send()
    world.settle()
    status, got = assert_balanced(world), {p for request in world.provider.accepted for p in request}
    assert status.pending == 0
    assert got.isdisjoint(p for p, state in world.states().items() if state == "in_doubt")
    assert world.attempt_states().count("in_doubt") <= kills
    return status


@pytest.mark.parametrize("call", [1, 3])
@pytest.mark.parametrize(("module", "name", "when"), POINTS, ids=lambda value: getattr(value, "__name__", value))
def test_killed_anywhere_nobody_is_mailed_twice(
    world_of: MakeWorld, module: Any, name: str, when: str, call: int
) -> None:
    """One kill at any step: the next send goes on, and events settle what was in doubt."""
    world = _world(world_of)
    with _dying_at(module, name, when, call), suppress(Killed):
        world.send()
    assert_balanced(world)

    status = _finish(world, kills=1)

    assert status.withdrawn == 1
    assert status.submitted + status.refused + status.in_doubt == 16
    assert (status.status == "in_doubt") == (status.in_doubt > 0)


@pytest.mark.parametrize(("module", "name", "when"), POINTS, ids=lambda value: getattr(value, "__name__", value))
def test_killed_again_while_recovering(world_of: MakeWorld, module: Any, name: str, when: str) -> None:
    """A second kill in the run that recovers from the first changes nothing."""
    world = _world(world_of)
    for first, call in (((attempts, "store_outcome", "before"), 2), ((module, name, when), 1)):
        with _dying_at(*first, call), suppress(Killed):
            world.send()
        assert_balanced(world)

    assert _finish(world, kills=2).exit_status in (0, 5)


def test_killed_with_an_intent_goes_on_by_itself(world_of: MakeWorld) -> None:
    """With no wire mark it is certain that nothing left: nothing is in doubt, the batch is posted."""
    world = world_of(2)
    with _dying_at(attempts, "store_wire", "before", 1), suppress(Killed):
        world.send()

    assert ((status := world.send()).status, status.in_doubt) == ("finished", 0)
    assert world.attempt_states() == ["refused", "accepted"]


def test_killed_on_the_wire_is_in_doubt_before_anyone_recovers(world_of: MakeWorld) -> None:
    """Status shows what a dead sender left on the wire as in doubt, even before the next send."""
    world = world_of(2, 2, provider=FakeProvider({1: "die_accepting"}))
    with suppress(Killed):
        world.send()

    assert ((status := assert_balanced(world)).in_doubt, status.pending) == (2, 2)


def test_killed_in_mid_body_is_held(world_of: MakeWorld) -> None:
    """A batch that may have left is held for ever by default; nobody posts it on a guess."""
    world = world_of(2, 2, provider=FakeProvider({1: "die_dropping"}))
    for _ in range(3):
        with suppress(Killed):
            world.send()

    assert ((s := assert_balanced(world)).status, s.in_doubt, s.submitted) == ("in_doubt", 2, 2)
    assert world.provider.count_posts == 2


def test_late_answer_of_a_replaced_sender_changes_nothing(world_of: MakeWorld) -> None:
    """A sender that was frozen on the wire wakes up to find its attempt judged, and stays out of it."""
    world = world_of(2, 1)
    world.provider.on_wire = lambda: _another_sender_recovers(world)

    with pytest.raises(Exception, match="left as it is"):
        world.send()
    assert world.attempt_states() == ["in_doubt"]
    world.provider.on_wire = lambda: None
    assert _finish(world).status == "finished"


def _another_sender_recovers(world: World) -> None:
    attempts.recover(world.ledger, world.clock())


def test_random_faults_never_break_the_equations(world_of: MakeWorld) -> None:
    """Any mixture of answers over many small batches: both equations hold, and events settle the rest."""
    steps = ["accept", "lose", "accept", "429", "unreachable", "accept", "die_accepting", "accept", "accept"]
    world = world_of(*[3] * 20, provider=FakeProvider(lambda n: steps[n * 7 % len(steps)]))
    for _ in range(40):
        with suppress(Killed, StoppedError):
            world.send()
        assert_balanced(world)
        world.settle()

    assert assert_balanced(world).status == "finished"
    assert world.status().issue_id == ISSUE
