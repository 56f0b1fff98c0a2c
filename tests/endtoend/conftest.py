"""Installations for end-to-end tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from town import Town

OpenTown = Callable[..., Town]


@pytest.fixture
def open_town(tmp_path: Path, root: Path) -> Iterator[OpenTown]:
    """Give a maker of running installations, which are ended with the test."""
    towns: list[Town] = []

    def make(*, receiver: bool = True, **settings: str) -> Town:
        towns.append(Town(tmp_path, root, **settings))
        return towns[-1].open(receiver=receiver)

    yield make
    for town in towns:
        town.close()
