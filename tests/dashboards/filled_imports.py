"""Three imports and what they kept apart, for the page *Imports*."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from filled_lake import EVIL, _insert

from pressrun.settings import Settings
from pressrun.warehouse import open_lake

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def fill_imports(home: Path) -> None:
    """Put them into a lake, one of them undone, with words from outside."""
    undone = _import(3, outcome="undone", undone_at=START + timedelta(days=9), accepted_because=EVIL)
    rows = [
        _row(1),
        _row(2, reason="date_invalid", detail="joined: “secret2@private.example”"),
        _row(3, file=EVIL, reason="address_invalid", detail=EVIL, address_key=None),
        _row(4, closed_as="taken"),
    ]
    with open_lake(Settings(home=home, _env_file=None)) as lake:
        _insert(lake, "imports", pa.Table.from_pylist([_import(1), _import(2, count_quarantined=9), undone]))
        _insert(lake, "quarantined_rows", pa.Table.from_pylist(rows))


def _import(number: int, **more: object) -> dict[str, object]:
    return {
        "import_id": f"i{number}",
        "files": json.dumps([{"file": f"people{number}.csv"}]),
        "source": "own",
        "count_read": 100,
        "count_inserted": 60,
        "count_updated": 10,
        "count_unchanged": 15,
        "count_duplicate": 5,
        "count_quarantined": 10,
        "count_still_suppressed": 0,
        "imported_at": START + timedelta(days=number),
        "outcome": "imported",
        "accepted_because": None,
        "undone_at": None,
        "counts_by_reason": '{"date_invalid": 7, "status_unknown": 3}',
        "counts_by_flag": '{"role_account": 2}',
        "counts_by_status": '{"active": 80, "bounced": 5}',
        **more,
    }


def _row(number: int, **more: object) -> dict[str, object]:
    return {
        "quarantine_id": f"i1:{number}",
        "import_id": "i1",
        "source": "own",
        "file": "people1.csv",
        "line": number + 1,
        "reason": "status_unknown",
        "detail": "status: “vip”",
        "address_key": f"secret{number}@private.example",
        "row_hash": str(number),
        "cells": "{}",
        "closed_as": None,
        "quarantined_at": START,
        **more,
    }
