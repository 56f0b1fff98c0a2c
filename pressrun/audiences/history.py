"""What a validation page says about the time before: earlier imports, and what this one replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from pressrun.settings import Settings
from pressrun.warehouse import read_lake

_PARTS = ("inserted", "updated", "unchanged", "duplicate", "quarantined")


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """One earlier import."""

    #: Name of its first file.
    file: str
    #: The parts of its sum.
    sums: Mapping[str, int]
    imported_at: datetime

    @property
    def read(self) -> int:
        """Give how many rows it read."""
        return sum(self.sums.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Replaced:
    """What an import replaced in the rows of subscribers that were there before."""

    #: Column → subscribers in whose row it was replaced.
    columns: Mapping[str, int] = field(default_factory=dict)
    #: Status before, status after, subscribers.
    statuses: Sequence[tuple[str, str, int]] = ()


def earlier_imports(settings: Settings, *, import_id: str, before: datetime) -> tuple[Earlier, ...]:
    """Give the imports before this one that still count, the newest first, twelve at most."""
    if not settings.catalog_path.exists():
        return ()
    with read_lake(settings) as lake:
        found = lake.arrow("queries/imports_earlier", {"import_id": import_id, "before": before}).to_pylist()
    return tuple(
        Earlier(
            file=next((str(file["file"]) for file in orjson.loads(row["files"])), ""),
            sums={part: row[f"count_{part}"] for part in _PARTS},
            imported_at=row["imported_at"],
        )
        for row in found
    )


def replaced_by(settings: Settings, import_id: str) -> Replaced:
    """Give what an import that was stored replaced."""
    with read_lake(settings) as lake:
        return Replaced(
            columns=dict(lake.rows("queries/import_replaced", {"import_id": import_id})),
            statuses=[
                (before, after, count)
                for before, after, count in lake.rows("queries/import_statuses_replaced", {"import_id": import_id})
            ],
        )
