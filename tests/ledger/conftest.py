"""Fixtures of the ledger's tests: a ledger of its own for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pressrun.ledger import Ledger, open_ledger
from pressrun.settings import Settings
from tests.new_stores import new_ledger


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give settings whose stores are in a folder of the test's own."""
    return Settings(home=tmp_path / "data", _env_file=None)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    """Give an open ledger."""
    new_ledger(settings.home)
    opened = open_ledger(settings)
    yield opened
    opened.close()
