"""Open the ledger, bring it to this version's tables, and give out transactions."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from pressrun.errors import StoppedError, StoreBusyError
from pressrun.ledger.group_commit import GroupCommit
from pressrun.settings import Settings

_T = TypeVar("_T")

#: The newest migration; a test holds it against the files.
HEAD = "0002"
#: Milliseconds that SQLite waits for another writer.
_BUSY_TIMEOUT = 30_000
#: Any fixed number does: it names the migration's lock among PostgreSQL's advisory locks.
_MIGRATION_LOCK = 7_467_002


class Ledger:
    """One open ledger; its connections may be used from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        options: dict[str, Any] = {"pressrun_reads": True}
        if self.dialect == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        self._for_reading = engine.execution_options(**options)
        self._together = GroupCommit(self.write)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Commit everything inside at once, durably, or nothing of it.

        Raises:
            StoreBusyError: The database did not take it: locked for too long, disk full, or unreachable.
        """
        try:
            with self._engine.connect() as connection, connection.begin():
                yield connection
        except OperationalError as error:
            raise StoreBusyError(
                f"The ledger could not be written ({error.orig}). This step is not stored and does not "
                "count; mend the cause and run it again."
            ) from error

    def store(self, work: Callable[[Connection], _T]) -> _T:
        """Run one step in a transaction and return once it is committed, as `write` does, for steps of many threads.

        On SQLite they share commits; PostgreSQL does that by itself, and has room for several writers.

        Args:
            work: Changes nothing but the database; it may be run twice, and then the first time did not count.

        Raises:
            StoreBusyError: The database did not take it.
        """
        if self.dialect == "sqlite":
            return self._together.store(work)
        with self.write() as connection:
            return work(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Look at one state of the ledger without holding up a writer."""
        with self._for_reading.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Hold one connection of PostgreSQL without a transaction, for as long as its locks are wanted."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection

    @property
    def dialect(self) -> str:
        """Name the database: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def open_ledger(settings: Settings) -> Ledger:
    """Open the ledger, made and migrated if need be.

    Raises:
        StoppedError: The ledger was written by a newer version of Pressrun; nothing was changed.
    """
    settings.private_home()
    engine = make_engine(settings.ledger_address)
    with _one_at_a_time(settings.home / "ledger.migrate.lock"):
        _migrate(engine)
    return Ledger(engine)


def make_engine(address: str) -> Engine:
    """Make an engine with the pragmas that durability rests on."""
    url = make_url(address)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")  # SQLAlchemy's own choice is a driver that is not installed
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if url.database:
        _make_private(Path(url.database))
    # parameters hold addresses, and an error would quote them
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(path: Path) -> None:
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`, not by the driver's guess
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "cache_size = -65536"):
        connection.execute(f"pragma {pragma}")


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a reader that turns writer later gets "database is locked" unwaited."""
    reads = connection.get_execution_options().get("pressrun_reads", False)
    connection.exec_driver_sql("begin" if reads else "begin immediate")


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _migrate(engine: Engine) -> None:
    """Apply what is missing; Alembic is loaded only if something is, since it takes half a second."""
    present = _revision(engine)
    if present == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise StoppedError(
            f"The ledger is at version {present}, which this Pressrun does not know. "
            "Nothing was changed; install the newer version again."
        )
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # two machines may open a new ledger at once, and the lock file of each is its own
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("select version_num from alembic_version"))
        return found
