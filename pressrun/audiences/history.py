"""What was before an import, read at once: with whom it is compared, what waits, who has ended; what it replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from pressrun.audiences.table_figures import Known, stem_of
from pressrun.settings import Settings
from pressrun.warehouse import Lake, read_lake

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """The lake as an import finds it; the defaults are those of none."""

    known: Known = field(default_factory=Known)
    #: File and hash of each row that waits in quarantine → its id.
    waiting: Mapping[tuple[str, str], str] = field(default_factory=dict)
    #: Address keys whose stored status has ended for good.
    ended: Sequence[str] = ()
    #: The imports that still count, the newest first, twelve at most.
    earlier: tuple[Earlier, ...] = ()
    #: The ids of all imports.
    stored: frozenset[str] = frozenset()


def before_import(settings: Settings, *, import_id: str, now: datetime) -> Before:
    """Read what was there before an import, from one opening of the lake: each costs a quarter of a second."""
    if not settings.catalog_path.exists():
        return Before()
    with read_lake(settings) as lake:
        earlier = lake.arrow("queries/imports_earlier", {"import_id": import_id, "before": now}).to_pylist()
        return Before(
            known=_known(lake),
            waiting={(file, row_hash): known for file, row_hash, known in lake.rows("queries/quarantine_ids")},
            ended=lake.arrow("queries/audience_ended")["address_key"].to_pylist(),
            earlier=tuple(map(_earlier, earlier)),
            stored=frozenset(known for (known,) in lake.rows("queries/imports_stored")),
        )


def _known(lake: Lake) -> Known:
    domains = dict(lake.rows("queries/audience_domains"))
    last: dict[tuple[str, str], int] = {}
    for (files,) in lake.rows("queries/imports_last_rows"):
        for file in orjson.loads(files):
            last.setdefault((file["source"], stem_of(file["file"])), file["rows"])
    return Known(people=sum(domains.values()), domains=frozenset(domains), last_rows=last)


def _earlier(row: Mapping[str, Any]) -> Earlier:
    return Earlier(
        file=next((str(file["file"]) for file in orjson.loads(row["files"])), ""),
        sums={part: row[f"count_{part}"] for part in _PARTS},
        imported_at=row["imported_at"],
    )


def replaced_by(lake: Lake, import_id: str) -> Replaced:
    """Give what an import replaced, as its own transaction sees it."""
    return Replaced(
        columns=dict(lake.rows("queries/import_replaced", {"import_id": import_id})),
        statuses=[
            (before, after, count)
            for before, after, count in lake.rows("queries/import_statuses_replaced", {"import_id": import_id})
        ],
    )
