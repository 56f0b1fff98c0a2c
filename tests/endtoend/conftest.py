"""Installations for end-to-end tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from town import OpenTown, Town


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


@pytest.fixture
def clean_environment() -> dict[str, str]:
    """Give an environment without Prefect's settings of the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
