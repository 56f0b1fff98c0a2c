"""The marker of the fault matrix, and what the rows' tests stand on."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["sandbox", "sandbox_process", "world_of"]

TABLE = "tests.faults.table"
TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / name) for name in ("delivery", "endtoend", "receiver", "audiences")]

from world_fixtures import world_of  # noqa: E402

from tests.faults.fault_world import Sandbox  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and the table if the controller of several workers did not load it by itself."""
    config.addinivalue_line("markers", "fault(row): proves one row of the fault matrix")
    if not config.pluginmanager.has_plugin(TABLE):
        config.pluginmanager.import_plugin(TABLE)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the row travel with the test's report, from a worker to the controller."""
    for marker in item.iter_markers("fault"):
        item.user_properties.append(("fault", marker.args[0]))


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Run one sandbox for all tests of this worker."""
    running = Sandbox(tmp_path_factory.mktemp("faults"))
    yield running
    running.end()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """Give the sandbox with no faults in force and its log read from here on."""
    sandbox_process.begin()
    return sandbox_process
