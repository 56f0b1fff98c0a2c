"""Fixtures of the delivery's tests."""

from datetime import UTC, datetime

import pytest
from world_fixtures import world_of

__all__ = ["now", "world_of"]


@pytest.fixture
def now() -> datetime:
    """Give a fixed time."""
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
