"""Fixtures of the audiences' tests: stores of one's own, and a way to import text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from import_world import World

# a busy machine is slow, and slow is no failure
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give new stores with nobody in them."""
    made = World.make(tmp_path)
    yield made
    made.close()


@pytest.fixture
def first_world(tmp_path: Path) -> Iterator[World]:
    """Give new stores as before the first import, which makes the lake."""
    made = World.make(tmp_path, lake=False)
    yield made
    made.close()
