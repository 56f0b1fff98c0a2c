"""What the tests of preflight share."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from certificates import certificate


@pytest.fixture(scope="session")
def local_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a certificate that nobody has signed but itself."""
    return certificate(tmp_path_factory.mktemp("certificate"), "secure.example", datetime.now(UTC))
