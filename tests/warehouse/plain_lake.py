"""A lake in memory, with the same migrations, queries and models, for many small worlds in a second."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from pressrun.warehouse import Lake
from pressrun.warehouse.migrate import migrate
from pressrun.warehouse.sql import names_in

_TIME = pa.timestamp("us", tz="UTC")
_SUBSCRIBER_TEXTS = ("subscriber_id", "address_key", "email", "domain", "name", "status", "source", "import_id",
                     "content_hash")  # fmt: skip


@contextmanager
def plain_lake() -> Iterator[tuple[Lake, duckdb.DuckDBPyConnection]]:
    """Give a migrated lake and the connection below it."""
    with duckdb.connect() as db:
        db.execute("attach ':memory:' as lake")
        db.execute("use lake")
        db.execute("set timezone = 'UTC'")
        migrate(db)
        yield Lake(db), db


def rebuild(lake: Lake) -> None:
    """Make all marts, stale or not."""
    lake.run("queries/marts_classify")
    for model in names_in("models"):
        lake.run(model)


def add_subscribers(db: duckdb.DuckDBPyConnection, people: Iterable[Mapping[str, object]]) -> None:
    """Add subscribers: whatever is not told is made up, and they are known since they subscribed."""
    rows = [_subscriber_row(number, told) for number, told in enumerate(people)]
    times = ("subscribed_at", "ended_at", "created_at", "updated_at")
    fields = [(name, pa.string()) for name in _SUBSCRIBER_TEXTS] + [(name, _TIME) for name in times]
    db.register("incoming", pa.Table.from_pylist(rows, schema=pa.schema(fields)))
    db.execute("insert into raw_subscribers by name select *, []::varchar[] as tags, '{}' as attributes from incoming")
    db.unregister("incoming")


def _subscriber_row(number: int, told: Mapping[str, object]) -> dict[str, object]:
    since = told["subscribed_at"]
    made_up = {name: f"{name}{number}" for name in _SUBSCRIBER_TEXTS}
    return {**made_up, "ended_at": None, "created_at": since, "updated_at": since, **told}


def built_of(db: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    """Give all rows of one of the lake's tables, in an order of their own."""
    return db.table(f"lake.{table}").order("all").fetchall()
