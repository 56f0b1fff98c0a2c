"""Fixtures of the delivery's tests: worlds that are closed again."""

from collections.abc import Iterator
from datetime import UTC, datetime
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


@pytest.fixture
def now() -> datetime:
    """Give a fixed time."""
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
