"""kill -9 at every named point of the code path, restarted, killed again, finished: nobody twice, nobody forgotten."""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.proofs.checker import assert_clean
from tests.proofs.figures import Figures
from tests.proofs.made_events import unsubscribing
from tests.proofs.press import ISSUE, Press

EARLY, LATE = "p5@town2.example", "p50@town2.example"
BAD = [f"p{at}@town{at % 3}.example" for at in (3, 17, 29, 44)]
KILLED = -9
STEPS = ("unsubscribe", "send", "events", "ingest")
#: Points that one run of `make test` is killed at, one after the other.
SAMPLE = ("freeze.filled", "intent.stored", "post.middle", "answer.headers_read", "hunt.halved", "outcome.stored")
PARTS = 6


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What the provider does, and how many go into one request."""

    batch_size: int
    faults: Sequence[Mapping[str, Any]] = ()
    bad: Sequence[str] = ()
    #: What becomes of an answer that was lost, and how long after the send the events are ingested.
    policy: str = "hold"
    ahead: int = 0


SCENARIOS = {
    "searched": Scenario(batch_size=10, faults=[{"fault": "bad_address", "addresses": BAD, "vague": True}], bad=BAD),
    "named": Scenario(batch_size=10, faults=[{"fault": "bad_address", "addresses": BAD}], bad=BAD),
    "small": Scenario(batch_size=2),
    "silent": Scenario(
        batch_size=10, faults=[{"fault": "drop", "times": 1}], policy="resend_if_silent: 60m", ahead=2 * 3600
    ),
}


class Kill(NamedTuple):
    """End the process when it reaches a point for the n-th time."""

    step: str
    point: str
    at: int


@dataclass(kw_only=True)
class Run:
    """One issue from the first unsubscribe to the last event, with kills on its way."""

    press: Press
    scenario: Scenario
    acknowledged: dict[str, float] = field(default_factory=dict)
    kills: int = 0

    def play(self, kills: Sequence[Kill] = (), *, record: Path | None = None) -> None:
        """Take every step, killed as told and taken again until it ends by itself."""
        self.press.begin_again(self.scenario.faults)
        for step in STEPS:
            for kill in [kill for kill in kills if kill.step == step]:
                self._killed(kill)
            more = {"record": str(record / step)} if record else {}
            assert self._take(step, **more) in (0, 5), self.press.errors()

    def judge(self) -> None:
        """Let the events of all that was accepted arrive and hold what is shown against what happened."""
        for step in ("send", "events", "ingest") * (2 if self.scenario.ahead else 1):
            assert self._take(step) in (0, 5), self.press.errors()
        truth = self.press.truth(acknowledged=self.acknowledged, bad=self.scenario.bad, proven=True)
        claims = self.press.claims()
        assert_clean(truth, claims)
        assert claims.status in ("finished", "in_doubt")
        assert claims.counts["in_doubt"] <= self.kills * self.scenario.batch_size, "more in doubt than one batch a kill"

    def _killed(self, kill: Kill) -> None:
        status = self._take(kill.step, kill=[kill.point, kill.at])
        self.kills += status == KILLED
        if kill.step == "send" and status == KILLED:
            self._unsubscribe(LATE)

    def _take(self, step: str, **more: Any) -> int:
        more["settings"] = {
            "PRESSRUN_BATCH_SIZE": str(self.scenario.batch_size),
            "PRESSRUN_IN_DOUBT": self.scenario.policy,
        }
        if step == "unsubscribe":
            return self._unsubscribe(EARLY, **more)
        if step == "events":
            return self.press.land(self.press.events(), **more)
        if step == "send":
            return self.press.run("send", str(self.press.folder / "issues" / f"{ISSUE}.md"), **more)
        if self.scenario.ahead:
            self.press.beats(self.scenario.ahead)
        return self.press.run(step, ahead=self.scenario.ahead, **more)

    def _unsubscribe(self, address: str, **more: Any) -> int:
        if address in self.acknowledged:
            return 0
        posts = [unsubscribing(address)]
        status = self.press.land(posts, **more)
        if self.press.is_acknowledged(posts[0]):
            self.acknowledged[address] = self.press.now()
        return status


@dataclass(kw_only=True)
class Sweep:
    """A press, and which points each scenario reaches in which step."""

    press: Press
    _reached: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)

    def reached(self, name: str) -> dict[str, Counter[str]]:
        """Give the points of each step of one scenario, by running it once and listening."""
        if name not in self._reached:
            folder = self.press.folder / f"reached-{name}"
            folder.mkdir()
            run = Run(press=self.press, scenario=SCENARIOS[name])
            run.play(record=folder)
            run.judge()
            self._reached[name] = {step: self.press.points(folder / step) for step in STEPS}
        return self._reached[name]

    def where(self, point: str) -> tuple[str, str, int]:
        """Give a scenario and step that reach a point, and how often."""
        for name in SCENARIOS:
            for step, points in self.reached(name).items():
                if points[point]:
                    return name, step, points[point]
        raise AssertionError(f"no scenario reaches {point}")


@pytest.fixture(scope="module")
def sweep(press: Press) -> Sweep:
    """Give what is known of the points, over all proofs of this worker."""
    return Sweep(press=press)


def named_points(root: Path) -> list[str]:
    """Give every point that is named anywhere in the code."""
    found = [re.findall(r'\breach\("([a-z_.]+)"\)', path.read_text()) for path in (root / "pressrun").rglob("*.py")]
    return sorted({name for names in found for name in names})


def kills_of(sweep: Sweep, point: str) -> Iterator[tuple[str, list[Kill]]]:
    """Kill at the first time, at a later time, and for every second point once more during the recovery."""
    scenario, step, times = sweep.where(point)
    chance = random.Random(point)
    yield scenario, [Kill(step, point, 1)]
    if times > 1:
        yield scenario, [Kill(step, point, chance.randint(2, times))]
    if chance.random() < 0.5:
        again = chance.choice(sorted(sweep.reached(scenario)[step]))
        yield scenario, [Kill(step, point, chance.randint(1, times)), Kill(step, again, chance.randint(1, 3))]


def test_six_kills_of_one_issue_at_named_points(sweep: Sweep, figures: Figures) -> None:
    """An issue killed at six points in a row ends with nobody mailed twice and nobody forgotten."""
    run = Run(press=sweep.press, scenario=SCENARIOS["searched"])

    run.play([Kill("send", point, 1) for point in SAMPLE])
    run.judge()

    assert run.kills == len(SAMPLE)
    figures("crash points, a sample of one run", kills=run.kills, violations=0)


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_a_killed_preparation_is_made_anew(sweep: Sweep) -> None:
    """An audience that was stored in part when the process died is selected anew, and whole."""
    run = Run(press=sweep.press, scenario=SCENARIOS["small"])

    run.play([Kill("send", "freeze.batches_stored", 1)])
    run.judge()

    assert run.kills == 1


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_every_named_point_is_reached(sweep: Sweep, root: Path, figures: Figures) -> None:
    """No point is named that the sweep does not come to."""
    reached = {point for name in SCENARIOS for points in sweep.reached(name).values() for point in points}

    assert [] == sorted(set(named_points(root)) - reached)
    figures("crash points named", points=len(reached), unreached=0)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_kill_at_every_named_point(sweep: Sweep, root: Path, figures: Figures, part: int) -> None:
    """Whatever point the process ends at, the next run finishes the issue without a duplicate and without a gap."""
    points = named_points(root)[part::PARTS]
    runs = kills = 0
    for point in points:
        for scenario, planned in kills_of(sweep, point):
            run = Run(press=sweep.press, scenario=SCENARIOS[scenario])
            run.play(planned)
            assert run.kills, f"{planned} killed nothing"
            run.judge()
            runs, kills = runs + 1, kills + run.kills
    figures(f"crash sweep {part + 1} of {PARTS}", points=len(points), runs=runs, kills=kills, violations=0)
