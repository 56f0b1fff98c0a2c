"""Fixtures of the engagement's tests: stores of one's own, in which one issue was mailed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engagement_world import World, mail_an_issue

from pressrun.settings import Settings


@pytest.fixture(scope="session")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of stores in which one issue was mailed, made once and copied by each test."""
    settings = Settings(home=tmp_path_factory.mktemp("mailed") / "home", _env_file=None)
    mail_an_issue(settings)
    return settings.home


@pytest.fixture
def worlds(tmp_path: Path, mailed: Path) -> Iterator[Callable[[], World]]:
    """Give a maker of worlds."""
    made: list[World] = []

    def make() -> World:
        made.append(World.make(tmp_path / str(len(made)), mailed))
        return made[-1]

    yield make
    for world in made:
        world.ledger.close()


@pytest.fixture
def world(worlds: Callable[[], World]) -> World:
    """Give one world."""
    return worlds()
