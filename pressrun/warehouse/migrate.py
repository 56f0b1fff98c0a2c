"""Bring the lake to this version's tables, by numbered files that are added and never edited."""

from collections.abc import Sequence

import duckdb

from pressrun.errors import StoppedError
from pressrun.warehouse.sql import names_in, sql

_APPLIED = "select coalesce(max(version), 0) from lake_migrations"


def migrate(db: duckdb.DuckDBPyConnection) -> None:
    """Apply the migrations that are missing, all in one transaction: a commit costs more than any of them.

    Raises:
        StoppedError: The lake was written by a newer version of Pressrun.
    """
    db.execute("create table if not exists lake_migrations (version integer not null, name varchar not null)")
    migrations = names_in("migrations")
    applied = _version(db)
    if applied > len(migrations):
        raise StoppedError(
            f"The lake is at version {applied}, this Pressrun knows {len(migrations)}. "
            "Nothing was changed; install the newer version again."
        )
    if missing := migrations[applied:]:
        _apply(db, applied + 1, missing)


def _version(db: duckdb.DuckDBPyConnection) -> int:
    row = db.execute(_APPLIED).fetchone()
    return int(row[0]) if row else 0


def _apply(db: duckdb.DuckDBPyConnection, first: int, names: Sequence[str]) -> None:
    db.begin()
    try:
        for number, name in enumerate(names, start=first):
            db.execute(sql(name))
            db.execute("insert into lake_migrations values (?, ?)", [number, name])
    except BaseException:
        db.rollback()
        raise
    db.commit()
