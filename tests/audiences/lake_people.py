"""Put people and what happened to them straight into the lake, for tests that are not about importing."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pressrun.settings import Settings
from pressrun.warehouse import open_lake

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def put_people(settings: Settings, *people: dict[str, Any]) -> None:
    """Insert subscribers; what a person does not say is filled in."""
    put(settings, "raw_subscribers", *map(_person, people))


def put(settings: Settings, table: str, *rows: dict[str, Any]) -> None:
    """Insert rows into one table of the lake."""
    with open_lake(settings) as lake, lake.table("made_up", pa.Table.from_pylist(list(rows))):
        lake._db.execute(f"insert into {table} by name select * from made_up")  # noqa: S608


def _person(person: dict[str, Any]) -> dict[str, Any]:
    key = person["email"].lower()
    return {
        "subscriber_id": key.partition("@")[0],
        "address_key": key,
        "domain": key.partition("@")[2],
        "name": "",
        "status": "active",
        "source": "own",
        "import_id": "i1",
        "attributes": "{}",
        "content_hash": "h",
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "tags": [""],
        **person,
    }
