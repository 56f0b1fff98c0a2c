"""Thousands of issues in a world of chance, each repeatable by its seed: every promise holds in all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proofs.figures import Figures
from tests.proofs.sim_stage import Stage
from tests.proofs.simulation import FAST, play

_PARTS, _SEEDS = 20, 500
_SAMPLE = 80


@pytest.fixture
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Give stores in memory's own file system."""
    folder = Path(FAST or tmp_path_factory.getbasetemp()) / f"sim-{tmp_path_factory.mktemp('sim').stat().st_ino}"
    stage = Stage(folder)
    yield stage
    stage.close()


def test_a_sample_of_seeds(stage: Stage, figures: Figures) -> None:
    """Whatever chance does to an issue, nobody gets it twice unasked, nobody is forgotten, nothing false is shown."""
    _play(stage, range(_SAMPLE), figures, "simulation, a sample")


@pytest.mark.prove
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(_PARTS))
def test_ten_thousand_seeds(stage: Stage, figures: Figures, part: int) -> None:
    """The same for ten thousand issues."""
    first = 1000 + part * _SEEDS
    _play(stage, range(first, first + _SEEDS), figures, f"simulation {part + 1:02} of {_PARTS}")


def test_a_seed_plays_the_same_again(stage: Stage) -> None:
    """A seed that failed shows the same failure as often as one looks."""
    assert play(4711, stage) == play(4711, stage)


def _play(stage: Stage, seeds: range, figures: Figures, name: str) -> None:
    played = [play(seed, stage) for seed in seeds]
    figures(
        name,
        seeds=len(played),
        sends=sum(one.sends for one in played),
        kills=sum(one.kills for one in played),
        requests=sum(one.requests for one in played),
        announced=sum(one.announced for one in played),
        violations=0,
    )
