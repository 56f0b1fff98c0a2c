"""What the proofs found, and what holds since: each of these was broken once."""

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from pressrun.ledger import recipients
from tests.proofs.sim_stage import Stage, sim_world
from tests.proofs.sim_world import ISSUE, SimWorld
from tests.proofs.simulation import FAST, repeatable


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimWorld]:
    """Give an issue of two batches of four, in calm weather."""
    stage = Stage(Path(mkdtemp(dir=FAST or tmp_path)))
    chance = random.Random(1)
    with repeatable(chance):
        world = sim_world(stage, chance, sizes=[4, 4], policy="hold")
        world.provider.stormy = False
        yield world
    stage.close()


def accept_and_lose_the_answer(world: SimWorld) -> None:
    """Post the first batch: it is accepted, and its answer is lost."""
    world.provider.next_word = "accept_lost"
    world.send(most=1)


def test_an_event_keeps_a_freed_batch_from_being_posted_again(world: SimWorld) -> None:
    """Once an event shows that a batch was accepted after all, its next POST does not begin."""
    accept_and_lose_the_answer(world)
    world.decide(truthfully=False)
    world.events_arrive([world.provider.accepted[0].attempt])
    world.settle()
    world.send()

    assert [request.people for request in world.provider.accepted] == [world.people[:4], world.people[4:]]


def test_an_event_keeps_the_parts_of_a_freed_batch_from_being_posted_again(world: SimWorld) -> None:
    """The same for a batch whose second request was too large and was divided before the event came."""
    accept_and_lose_the_answer(world)
    world.decide(truthfully=False)
    world.provider.next_word = "413"
    world.send(most=1, kill_at="hunt.halved")
    assert len(world.planned()) == 3, "two parts and the other batch"
    world.events_arrive([world.provider.accepted[0].attempt])
    world.settle()
    world.send()

    assert [request.people for request in world.provider.accepted] == [world.people[:4], world.people[4:]]


def test_status_and_people_agree_after_a_kill(world: SimWorld) -> None:
    """As many people are shown in doubt as the status counts, also before anybody has recovered."""
    world.send(kill_at="wire.stored")

    states = [one.state for piece in recipients.states(world.ledger, ISSUE) for one in piece]
    assert world.claims().counts["in_doubt"] == states.count("in_doubt")
