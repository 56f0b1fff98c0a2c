"""F41 to F43: whoever was told "you are unsubscribed" is in no POST that starts after it, and only a POST does it."""

import errno
import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from delivery_world import ISSUE, MakeWorld, World
from fake_provider import FakeProvider
from receiver_world import World as Receiver

from pressrun import crash_points
from pressrun.audiences.tokens import Minter
from pressrun.delivery.consent import ConsentReader
from pressrun.landing import Landing, decode_consent
from pressrun.warehouse import open_lake
from tests.faults.fault_world import freeze_people, ids_with_links, in_child, judge, kill_at
from tests.faults.matrix import row
from tests.proofs.checker import Accepted
from tests.proofs.figures import Figures

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"content-type": "application/x-www-form-urlencoded"}
BEFORE_CONNECTING = ("batch.read", "consent.read", "intent.before", "intent.stored")
AGENTS = (
    "Mozilla/5.0 (compatible; Barracuda Sentinel)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Microsoft Office/16.0 SafeLinks",
    "Mimecast-URL-Protect/2.1",
    "Proofpoint-URL-Defense",
    "GoogleImageProxy",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "curl/8.5.0",
    "",
)


class Racing(FakeProvider):
    """Note for each accepted request the moment after which nobody could be taken out of it any more."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.moments: list[float] = []
        self._looked_at, self._chance = 0.0, chance
        self.on_connect = self._race

    def _race(self) -> None:
        time.sleep(self._chance.uniform(0, 0.002))
        self._looked_at = time.monotonic()

    def _answer(self, step, request):  # type: ignore[no-untyped-def]
        before = len(self.accepted)
        answer = super()._answer(step, request)
        self.moments += [self._looked_at] * (len(self.accepted) - before)
        return answer

    def log(self) -> list[Accepted]:
        """Give the accepted requests with their moments."""
        zipped = zip(self.attempts, self.moments, self.accepted, strict=True)
        return [Accepted(attempt=a, started_at=at, people=tuple(people)) for a, at, people in zipped]


@row("F41", sample=120, full=10_000)
def test_an_unsubscribe_races_with_the_check(world_of: MakeWorld, figures: Figures, runs: int) -> None:
    """Unsubscribes within milliseconds of each batch's last look: acknowledged before it is in no request."""
    chance, size = random.Random(runs), 10 if runs < 1000 else 100
    provider = Racing(chance)
    world = world_of(*[size] * (2 * runs // size), provider=provider)
    people = [f"p{at}" for at in range(2 * runs)]
    left: dict[str, float] = {}

    def unsubscribe() -> None:
        while len(left) < runs:
            # someone of a batch that is about to go out, or of any other
            near = len(provider.accepted) * size + chance.randrange(size)
            person = people[min(near, 2 * runs - 1)] if chance.random() < 0.7 else chance.choice(people)
            if person not in left:
                world.unsubscribe(person)
                left[person] = time.monotonic()

    racer = threading.Thread(target=unsubscribe, daemon=True)
    racer.start()
    status = world.send()
    racer.join(600)

    judge(world, provider.log(), acknowledged=left)
    assert 0 < status.withdrawn < len(left), "some came in time and some too late"
    figures("F41 racing in time", unsubscribes=len(left), withdrawn=status.withdrawn, forbidden=0)


@row("F41", sample=40, full=2000)
def test_an_unsubscribe_at_every_point_of_a_batch(world_of: MakeWorld, figures: Figures, runs: int) -> None:
    """At each named point of a batch somebody of it leaves: before the last look they are not mailed."""
    ticks, left, looked, starts = itertools.count(1), {}, [], []
    world = world_of(*[20] * (runs // 8))
    waiting: list[str] = []
    connected: set[str] = set()

    def listener(point: str) -> None:
        if point == "batch.begin":
            first = 20 * next(begun)
            waiting[:] = [f"p{first + at}" for at in range(19)]
            connected.clear()
        if point == "wire.before":
            looked.append(next(ticks))
        # after connecting only once, or the request would be built again and again until nobody is left to leave
        again = point in connected or (connected and point in BEFORE_CONNECTING)
        connected.update({point} & {"connect.done"})
        if waiting and len(left) < runs and not point.startswith("landing.") and not again:
            world.unsubscribe(who := waiting.pop())
            left[who] = next(ticks)

    begun = itertools.count()
    world.provider.on_wire = lambda: starts.append(looked[-1])
    with _listening(listener):
        world.send()

    log = zip(world.provider.attempts, starts, world.provider.accepted, strict=True)
    accepted = [Accepted(attempt=a, started_at=at, people=tuple(people)) for a, at, people in log]
    judge(world, accepted, acknowledged=left)
    mailed = sum(who in left for one in accepted for who in one.people)
    assert 0 < mailed < len(left)
    figures("F41 at every point", unsubscribes=len(left), mailed_for_they_came_after=mailed, forbidden=0)


@contextmanager
def _listening(listener) -> Iterator[None]:  # type: ignore[no-untyped-def]
    crash_points.listen(listener)
    try:
        yield
    finally:
        crash_points.listen(None)


def _world(world_of: MakeWorld, count: int) -> tuple[World, list[str]]:
    """Give an issue whose recipients have working links, and their ids."""
    world, people = world_of(), ids_with_links(count)
    freeze_people(world, people)
    return world, people


def _receiver(world: World) -> Receiver:
    return Receiver(world.settings.home, now=world.now)


def _press(receiver: Receiver, who: str) -> int:
    token = Minter(receiver.settings.signing_key).mint(who)
    return receiver.ask("POST", f"/u/{token}", content=ONE_CLICK, headers=FORM).status_code


def _gone(world: World) -> set[str]:
    """Give whom the next POST would leave out."""
    reader = ConsentReader(world.ledger, Landing(world.settings.landing_dir))
    return reader.withdrawn(ISSUE, 1, world.now)


@pytest.mark.parametrize(
    "point", ["landing.file_made", "landing.before_write", "landing.written", "landing.synced", "after the answer"]
)
@row("F42", sample=2, full=100)
def test_a_press_during_kill_9_is_kept_or_not_acknowledged(
    world_of: MakeWorld, tmp_path: Path, figures: Figures, point: str, runs: int
) -> None:
    """The receiver is killed while it keeps a press: what was answered with 2xx is effective, and a retry works."""
    (world, people), acknowledged, told, kills = _world(world_of, runs), set(), tmp_path / "told", 0
    for who in people:
        kills += -signal.SIGKILL == in_child(lambda who=who: _press_and_die(world, who, point, told))
        if told.exists():
            acknowledged.add(who)
            told.unlink()
        assert acknowledged <= _gone(world)
        assert 200 == _press(_receiver(world), who)
        acknowledged.add(who)
    assert acknowledged == _gone(world) == set(people)
    assert runs == world.send().withdrawn
    assert [] == world.provider.accepted
    figures(f"F42 killed at {point}", presses=runs, kills=kills, lost=0)


def _press_and_die(world: World, who: str, point: str, told: Path) -> None:
    kill_at(lambda name: name == point)
    if 200 == _press(_receiver(world), who):
        told.touch()


@pytest.mark.parametrize("call", ["write", "fsync"])
@row("F42", sample=4, full=200)
def test_a_press_on_a_full_disk_is_not_acknowledged(
    world_of: MakeWorld, figures: Figures, call: str, runs: int
) -> None:
    """Disk full, or an error while synchronising, at random moments: 503 and nothing kept, or 200 and effective."""
    (world, people), chance = _world(world_of, runs), random.Random(runs)
    receiver, answers = _receiver(world), {}
    for who in people:
        with pytest.MonkeyPatch.context() as patched:
            if chance.random() < 0.6:
                patched.setattr(os, call, _failing(getattr(os, call), chance.choice([0, 1, 20])))
            answers[who] = _press(receiver, who)
    assert set(answers.values()) == {200, 503}
    assert {who for who, status in answers.items() if status == 200} == _gone(world)
    for line in Landing(world.settings.landing_dir).lines("consent", {}):
        decode_consent(line.content)
    assert {200} == {_press(receiver, who) for who, status in answers.items() if status == 503}
    assert set(answers) == _gone(world)
    figures(f"F42 failing {call}", presses=runs, refused=list(answers.values()).count(503), lost=0)


def _failing(real, length: int):  # type: ignore[no-untyped-def]
    def failing(handle: int, *content: bytes) -> int:
        if content and length:
            real(handle, bytes(content[0])[:length])
        raise OSError(errno.ENOSPC, "No space left on device")

    return failing


@row("F42", sample=2, full=50)
def test_a_press_while_the_stores_are_busy_is_taken(world_of: MakeWorld, figures: Figures, runs: int) -> None:
    """While the lake has a writer and the ledger is locked, a press is answered at once, and is effective."""
    (world, people), slowest = _world(world_of, runs), 0.0
    receiver = _receiver(world)
    with open_lake(world.settings) as lake, lake.transaction(), closing(_locked(world)):
        for who in people:
            began = time.monotonic()
            assert 200 == _press(receiver, who)
            slowest = max(slowest, time.monotonic() - began)
    assert set(people) == _gone(world)
    assert slowest < 5
    figures("F42 busy stores", presses=runs, slowest_seconds=round(slowest, 3), refused=0)


def _locked(world: World) -> Iterator[None]:
    def hold() -> Iterator[None]:
        with world.ledger.write():
            yield

    holding = hold()
    next(holding)
    return holding


@row("F43", sample=20, full=1000)
def test_scanners_unsubscribe_nobody(world_of: MakeWorld, figures: Figures, runs: int) -> None:
    """Each scanner follows the link of every mail five times with GET and HEAD; only the human's POST counts."""
    world, people = _world(world_of, runs)
    receiver, minter = _receiver(world), Minter(world.settings.signing_key)
    seen: set[tuple[str, int]] = set()
    for at, who in enumerate(people):
        agent = {"user-agent": AGENTS[at % len(AGENTS)]}
        for method in ["GET", "HEAD"] * 5:
            seen.add((method, receiver.ask(method, f"/u/{minter.mint(who)}", headers=agent).status_code))
    assert {("GET", 200), ("HEAD", 200)} == seen
    assert set() == _gone(world)

    assert 200 == _press(receiver, people[0])
    assert {people[0]} == _gone(world)
    world.send()
    assert set(people[1:]) == {who for one in world.provider.accepted for who in one}
    figures("F43 scanners", requests=10 * runs, unsubscribed=0)
