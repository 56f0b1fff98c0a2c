"""Fixtures of the audiences' tests: stores of one's own, and a way to import text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from import_world import World

from pressrun.ledger import open_ledger
from pressrun.settings import Settings

# a busy machine is slow, and slow is no failure
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def empty_ledger_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of a ledger with its tables and nothing in them, so that migrations run once."""
    settings = Settings(home=tmp_path_factory.mktemp("empty"), _env_file=None)
    open_ledger(settings).close()
    return settings.home / "ledger.sqlite"


@pytest.fixture
def world(tmp_path: Path, empty_ledger_file: Path) -> Iterator[World]:
    """Give new stores with nobody in them."""
    made = World.make(tmp_path, empty_ledger_file)
    yield made
    made.close()
