"""What every test gets: an environment without our names, and no network but loopback."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

#: The table of figures at the end of a run.
pytest_plugins = ["tests.proofs.figures", "tests.faults.table"]

# before anything of Prefect, Great Expectations or Streamlit is imported
os.environ.update(
    DO_NOT_TRACK="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_LOGGING_LEVEL="WARNING",
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="120",
)
for name in [name for name in os.environ if name.startswith(("PRESSRUN_", "SENDGRID_"))]:
    del os.environ[name]

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
_connect = socket.socket.connect


@pytest.fixture(scope="session")
def root() -> Path:
    """Give the project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real newsletters and exports, or skip where it is absent."""
    if not SHARED.exists():
        pytest.skip("../shared/data is not here")
    return SHARED


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        return _connect(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]
