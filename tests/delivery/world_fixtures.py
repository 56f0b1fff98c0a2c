"""Fixtures of whoever tests with worlds: they are closed again. A conftest takes them in by importing them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from delivery_world import MakeWorld, World, make_world
from fake_provider import FakeProvider

from pressrun.ledger import open_ledger
from pressrun.settings import Settings


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a ledger with its tables and nothing in them."""
    settings = Settings(home=tmp_path_factory.mktemp("empty"), _env_file=None)
    open_ledger(settings).close()
    return settings.home / "ledger.sqlite"


@pytest.fixture
def world_of(tmp_path: Path, empty_ledger: Path) -> Iterator[MakeWorld]:
    """Give a maker of worlds: `world_of(3, 2, provider=...)` freezes two batches."""
    made: list[World] = []

    def make(*sizes: int, provider: FakeProvider | None = None) -> World:
        made.append(make_world(tmp_path / str(len(made)), *sizes, empty=empty_ledger, provider=provider))
        return made[-1]

    yield make
    for world in made:
        world.ledger.close()
