"""Fixtures of whoever tests with worlds: they are closed again. A conftest takes them in by importing them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from delivery_world import MakeWorld, World, make_world
from fake_provider import FakeProvider


@pytest.fixture
def world_of(tmp_path: Path) -> Iterator[MakeWorld]:
    """Give a maker of worlds: `world_of(3, 2, provider=...)` freezes two batches."""
    made: list[World] = []

    def make(*sizes: int, provider: FakeProvider | None = None) -> World:
        made.append(make_world(tmp_path / str(len(made)), *sizes, provider=provider))
        return made[-1]

    yield make
    for world in made:
        world.ledger.close()
