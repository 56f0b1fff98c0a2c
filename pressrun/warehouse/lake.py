"""Open the lake: a DuckLake catalogue in SQLite beside Parquet files.

Readers never wait for the writer. Writers take a file lock first, because two processes that write at once
on an SQLite catalogue get "database is locked" (about a third of commits when measured).
"""

import functools
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pressrun.crash_points import reach
from pressrun.errors import InputError, StoppedError
from pressrun.file_lock import one_writer
from pressrun.settings import Settings, load_settings
from pressrun.warehouse.migrate import migrate
from pressrun.warehouse.sql import sql

#: How a connection begins: nothing is fetched, and nothing is loaded that was not asked for. It has one thread, for
#: with more of them DuckDB opens the catalogue anew for each look into it, and a question about a small lake takes
#: twice as long (45 against 100 ms, measured on two cores); `_spread` gives it the others.
_BEGINNING: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # ours lie in the environment beside DuckDB itself, see `_extension`
    "allow_unsigned_extensions": True,
    "threads": 1,
}
_EXTENSIONS = ("ducklake", "sqlite_scanner")
#: Bytes of rows from which on more threads gain more than they cost: some ten thousand subscribers.
_LARGE = 2_000_000
#: Milliseconds that SQLite waits for another connection to the catalogue.
_BUSY_TIMEOUT = 10_000


class Lake:
    """One open connection to the lake. Make it with `open_lake`."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db
        self._lent = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside at once, or nothing of it."""
        self._db.begin()
        try:
            yield
        except BaseException:
            self._db.rollback()
            raise
        reach("lake.before_commit")
        self._db.commit()
        reach("lake.committed")

    def run(self, name: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run one named SQL file for its effect."""
        self._ask(name, parameters)

    def rows(self, name: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Give all rows of one named SQL file."""
        return self._ask(name, parameters).fetchall()

    def value(self, name: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Give the single value of one named SQL file."""
        row = self._ask(name, parameters).fetchone()
        return None if row is None else row[0]

    def arrow(self, name: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Give the result of one named SQL file as an Arrow table."""
        return self._ask(name, parameters).to_arrow_table()

    def stream(
        self, name: str, parameters: Mapping[str, object] | None = None, *, size: int = 10_000
    ) -> pa.RecordBatchReader:
        """Give the result of one named SQL file piece by piece, so that memory stays bounded."""
        return self._ask(name, parameters).to_arrow_reader(size)

    @contextmanager
    def table(self, name: str, table: pa.Table) -> Iterator[None]:
        """Lend an Arrow table to SQL under a name."""
        self._lent += table.nbytes
        if self._lent > _LARGE:
            _spread(self._db)
        self._db.register(name, table)
        try:
            yield
        finally:
            self._db.unregister(name)

    def _ask(self, name: str, parameters: Mapping[str, object] | None) -> duckdb.DuckDBPyConnection:
        return self._db.execute(sql(name), dict(parameters or {}))


@contextmanager
def open_lake(settings: Settings, *, wait: float = 60.0) -> Iterator[Lake]:
    """Open the lake for writing, alone, made and migrated if need be.

    Args:
        settings: Where the lake is.
        wait: Seconds to wait for another writer before giving up.

    Raises:
        StoreBusyError: Another writer kept the lock; nothing was changed.
    """
    settings.private_home()
    settings.lake_files.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.catalog_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = settings.catalog_path.parent / "writer.lock"
    busy = (
        f"Another process has been writing to the lake for over {wait:.0f} s ({lock}). "
        "Nothing was changed; run this again later."
    )
    with one_writer(lock, wait=wait, busy=busy):
        db = _attach(settings, read_only=False)
        try:
            migrate(db)
            yield Lake(db)
        finally:
            db.close()


def connect(settings: Settings | None = None) -> duckdb.DuckDBPyConnection:
    """Open the lake for reading only; it works while flows write.

    Raises:
        InputError: There is no lake yet.
    """
    settings = settings or load_settings()
    if not settings.catalog_path.exists():
        raise InputError(
            f"There is no lake at {settings.catalog_path.parent} yet. Run `pressrun import FILE` first, "
            "or set PRESSRUN_HOME to the folder that holds one (the demo's is data/demo)."
        )
    return _attach(settings, read_only=True)


@contextmanager
def read_lake(settings: Settings) -> Iterator[Lake]:
    """Open the lake for named reads only; see `connect`. Readers never migrate it.

    Raises:
        InputError: There is no lake yet.
        StoppedError: It has not this version's tables.
    """
    db = connect(settings)
    try:
        yield Lake(db)
    except (duckdb.CatalogException, duckdb.BinderException):
        raise StoppedError(
            f"The lake in {settings.catalog_path.parent} was made by an older version of Pressrun, or is being made "
            "at this moment. Nothing was changed; run `pressrun ingest`, which brings it up to date."
        ) from None
    finally:
        db.close()


def _attach(settings: Settings, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    db = _connect_with_extensions()
    db.execute("set timezone = 'UTC'")
    # it would be written to standard output, into the JSON of whoever asked for that; a notebook that cannot draw it
    # refuses the setting, and has no bar either
    with suppress(duckdb.InvalidInputException):
        db.execute("set enable_progress_bar = false")
    catalogue = str(settings.catalog_path).replace("'", "''")
    files = str(settings.lake_files.absolute()).replace("'", "''")
    mode = "read_only" if read_only else "meta_journal_mode 'WAL'"
    # the catalogue remembers the folder it was made in; a home that was moved or restored has another
    place = f"data_path '{files}/', override_data_path true"
    db.execute(f"attach 'ducklake:sqlite:{catalogue}' as lake ({mode}, {place}, meta_busy_timeout {_BUSY_TIMEOUT})")
    db.execute("use lake")
    if _is_large(settings.lake_files):
        _spread(db)
    return db


def _connect_with_extensions() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(config=_BEGINNING)
    for name in _EXTENSIONS:
        db.load_extension(_extension(name))
    return db


@functools.cache
def _extension(name: str) -> str:
    """Give the path of an extension where its package keeps it.

    It is as trustworthy there as DuckDB itself, which came the same way: pip held both against the hashes of our
    requirements. Loaded by name it would come from a folder that all programs of a person write to, and DuckDB would
    have to verify its signature, which takes 0.4 s in each process (measured).
    """
    path = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    return str(path)


def _spread(db: duckdb.DuckDBPyConnection) -> None:
    """Have large work done by all cores."""
    db.execute("reset threads")


def _is_large(folder: Path) -> bool:
    """Say whether there is more in a folder's files than one thread reads at once; it looks no further than it must."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):  # a writer has cleaned up
                size += (Path(place) / name).stat().st_size
            if size > _LARGE:
                return True
    return False
