"""Fixtures of the site's tests: empty stores of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from published import make

from pressrun.ledger import Ledger
from pressrun.settings import Settings


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Settings, Ledger]]:
    """Give settings and an open ledger."""
    settings, ledger = make(tmp_path)
    yield settings, ledger
    ledger.close()
