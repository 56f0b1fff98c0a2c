"""Play one issue through a world of chance, from one seed: `python -m tests.proofs.simulation SEED` replays it.

The provider accepts, refuses, loses answers or cannot be reached; the sender is killed at any point; people
unsubscribe at any moment; events come late, twice, in any order or not yet; somebody decides, pauses, cancels. After
every step the checker looks, and in the end everything settles.
"""

import logging
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from pressrun.delivery import submit
from pressrun.ledger import identity
from tests.proofs.sim_stage import Stage, sim_world
from tests.proofs.sim_world import SimWorld

#: Memory's own file system: what is measured is Pressrun, not a disk.
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a folder of its own is made in it
_POLICIES = ("hold", "hold", "hold", "never", "resend_now", "fenced", "resend_if_silent: 60m")
_STEPS: dict[str, int] = {
    "send": 10,
    "unsubscribe": 2,
    "events": 4,
    "settle": 3,
    "decide": 2,
    "decide wrongly": 1,
    "pause": 1,
    "resume": 2,
    "later": 2,
    "cancel": 1,
}
#: Steps that change nothing of what is shown.
_INVISIBLE = ("unsubscribe", "events", "later", "pause", "resume")
_MOST_SENDS = 40
#: Seconds after which everything behind a fence is delivered.
_FENCE = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """What happened in one simulated issue."""

    sends: int
    kills: int
    requests: int
    announced: int


class ViolationError(AssertionError):
    """A seed broke a promise; the message tells how to see it again."""


def play(seed: int, stage: Stage) -> Played:
    """Play one issue to its end.

    Raises:
        ViolationError: A promise was broken, or something failed that must not.
    """
    chance = random.Random(seed)
    sizes = [chance.randint(1, 7) for _ in range(chance.randint(1, 4))]
    policy = chance.choice(_POLICIES)
    with repeatable(chance):
        world = sim_world(stage, chance, sizes=sizes, policy=policy)
        try:
            return _play(world)
        except Exception as error:
            raise ViolationError(_told(seed, world, error)) from error


@contextmanager
def repeatable(chance: random.Random) -> Iterator[None]:
    """Draw the ids of attempts from the seed, and let nobody wait for a lock that cannot come free."""
    ids, tries = submit.uuid.uuid4, identity._TRIES
    submit.uuid.uuid4 = lambda: uuid.UUID(int=chance.getrandbits(128), version=4)  # type: ignore[assignment]
    identity._TRIES = 1
    try:
        yield
    finally:
        submit.uuid.uuid4, identity._TRIES = ids, tries


def _play(world: SimWorld) -> Played:
    chance = world.chance
    world.tell(f"policy {world.policy}, {len(world.people)} people")
    world.provider.bad = frozenset(who for who in world.people if chance.random() < 0.05)
    for _ in range(chance.randint(3, 8)):
        step = chance.choices(list(_STEPS), list(_STEPS.values()))[0]
        if step != "cancel" or chance.random() < 0.3:
            _take(world, step)
            if step not in _INVISIBLE:
                world.check()
    let_it_end(world)
    story = Counter("killed" if " killed" in told else told.split()[0] for told in world.story)
    return Played(
        sends=story["send"] + story["killed"],
        kills=story["killed"],
        requests=len(world.provider.accepted),
        announced=sum(world.truth().announced.values()),
    )


def _take(world: SimWorld, step: str) -> None:
    chance = world.chance
    if step == "send":
        _send(world)
    elif step == "unsubscribe":
        world.unsubscribe(chance.choice(world.people))
    elif step == "events":
        _events(world)
    elif step == "settle":
        world.settle()
    elif step == "later":
        world.sleep(chance.choice([-3600, 1, 60, 3600, 90_000]))
    elif step.startswith("decide"):
        world.decide(truthfully=step == "decide")
    else:
        world.control(step)


def _send(world: SimWorld) -> None:
    """Send, perhaps killed at some point, perhaps with people who unsubscribe or events that arrive meanwhile."""
    chance = world.chance
    happenings: list[Callable[[], object]] = [
        lambda: world.unsubscribe(chance.choice(world.people)),
        lambda: _events(world),
        lambda: world.settle(),
    ]
    points = {chance.randint(1, 40): chance.choice(happenings) for _ in range(chance.choice([0, 0, 1, 3]))}
    world.send(kill_at=chance.choice([0, chance.randint(1, 25)]), at_points=points)


def _events(world: SimWorld) -> None:
    """Let events of some accepted attempts arrive, in any order; the others are late, or lost until the end."""
    known = world.provider.eventful()
    world.events_arrive(world.chance.sample(known, world.chance.randint(0, len(known))))


def let_it_end(world: SimWorld) -> None:
    """Let the weather calm down and everything arrive; then nothing may be open but what nobody can know."""
    world.provider.stormy = False
    world.control("resume")
    world.settle()
    for _ in range(_MOST_SENDS):
        if world.planned():
            world.send()
            world.check()
        else:
            # a clock that was set back makes a fence longer
            world.sleep(max(_FENCE, world.provider.last_event_at() - world.now.timestamp() + 1))
            world.events_arrive(world.provider.eventful())
            world.settle()
            world.check()
            if not world.planned():
                break
    assert [] == world.planned(), "the issue does not come to its end"
    claims, accepted = world.claims(), {who for request in world.provider.accepted for who in request.people}
    held = {who for who, state in claims.states.items() if state == "in_doubt"}
    assert not held & accepted, f"{sorted(held & accepted)} are in doubt in spite of events"
    assert claims.status in ("finished", "in_doubt", "cancelled"), claims.status


def _told(seed: int, world: SimWorld, error: Exception) -> str:
    story = "\n".join(f"  {told}" for told in world.story)
    return f"{type(error).__name__}: {error}\n{story}\nSee it again: python -m tests.proofs.simulation {seed}"


def main() -> None:
    """Replay seeds, or a range of them: `SEED`, or `FROM TO`."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    numbers = [int(word) for word in sys.argv[1:]]
    seeds = range(*numbers) if len(numbers) == 2 else numbers
    stage = Stage(Path(tempfile.mkdtemp(dir=FAST)))
    began = time.monotonic()
    try:
        for seed in seeds:
            played = play(seed, stage)
            if len(seeds) == 1:
                print(played)  # noqa: T201  # a person reads it
    finally:
        stage.close()
    print(f"{len(seeds)} seeds, {1000 * (time.monotonic() - began) / len(seeds):.0f} ms each")  # noqa: T201


if __name__ == "__main__":
    main()
