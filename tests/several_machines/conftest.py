"""Machines for the tests: processes that share a PostgreSQL and nothing else but loopback."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / name) for name in ("endtoend", "ledger")]

import postgresql
from cluster import Machine  # it is built on the town of the end-to-end tests


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Path]:
    """Run a PostgreSQL, or skip where it is not installed."""
    if not postgresql.is_installed():
        pytest.skip("PostgreSQL's server is not installed here (Debian: apt-get install postgresql)")
    with postgresql.running_server() as folder:
        yield folder


@pytest.fixture
def machine(postgresql_server: Path, tmp_path: Path, root: Path) -> Iterator[Machine]:
    """Give a machine with a sandbox and an empty ledger on PostgreSQL."""
    address = postgresql.make_database(postgresql_server, f"{tmp_path.name}_{os.getpid()}")
    one = Machine(tmp_path, root, PRESSRUN_LEDGER_URL=address, PRESSRUN_BATCH_SIZE="100")
    try:
        one.open(receiver=False)
        yield one
    finally:
        one.close()
