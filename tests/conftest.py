"""What every test gets: an environment without our names, and no network but loopback."""

import gc
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
#: Files whose tests take longest, the longest first: one that starts last is waited for by all other workers.
_LONG = (
    "endtoend/test_demo.py",
    "orchestration/test_entry_points.py",
    "proofs/test_crash_points.py",
    "proofs/test_simulation.py",
    "proofs/test_machine.py",
    "proofs/test_locks.py",
    "proofs/test_figures.py",
    "faults/test_fault_processes.py",
    "delivery/test_kill_and_resume.py",
    "engagement/test_ingest_again.py",
    "faults/test_fault_lists.py",
    "faults/test_fault_policies.py",
    "faults/test_fault_kills.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; the order inside of a file stays."""
    ranks = {ROOT / "tests" / name: rank for rank, name in enumerate(_LONG)}
    items.sort(key=lambda item: ranks.get(item.path, len(_LONG)))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what is loaded for good, which it would look through again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


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
