"""A PostgreSQL server of the tests' own, from Debian's binaries."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

BINARIES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
#: PostgreSQL refuses to run as root.
OWNER = "postgres" if os.geteuid() == 0 else None


def is_installed() -> bool:
    """Tell whether there is a server to start, and somebody to start it as."""
    return BINARIES is not None and (OWNER is None or OWNER in {user.pw_name for user in pwd.getpwall()})


@contextmanager
def running_server() -> Iterator[Path]:
    """Run a server that is reached only by a socket in its folder; gives the folder."""
    assert BINARIES is not None
    folder = Path(tempfile.mkdtemp(prefix="pressrun-pg-"))
    if OWNER is not None:
        shutil.chown(folder, OWNER)
    data = folder / "data"
    _run(BINARIES / "initdb", "-D", data, "-U", "pressrun", "-A", "trust", "--no-sync", "-E", "UTF8")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    _run(BINARIES / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield folder
    finally:
        _run(BINARIES / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def make_database(server: Path, name: str) -> str:
    """Make an empty database, and give its address as PRESSRUN_LEDGER_URL takes it."""
    with psycopg.connect(host=str(server), user="pressrun", dbname="postgres", autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    return f"postgresql+psycopg://pressrun@/{name}?host={server}"


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, user=OWNER, cwd="/", stdout=subprocess.DEVNULL)
