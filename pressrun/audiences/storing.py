"""Put the people of one import into the stores: suppressions first, then the lake, all of it or nothing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pressrun.audiences.arrow import as_array
from pressrun.audiences.history import Replaced, replaced_by
from pressrun.audiences.statuses import TERMINAL
from pressrun.errors import PressrunError
from pressrun.ledger import Ledger, suppressions
from pressrun.ledger.suppressions import Suppression
from pressrun.settings import Settings
from pressrun.warehouse import Lake, open_lake, read_lake

_MOMENT = pa.timestamp("us", tz="UTC")
#: How the source of a suppression begins that an import brought.
IMPORT = "import:"
#: Bytes of attributes that are merged at once; a million people with some words each have less.
_ATTRIBUTES_AT_ONCE = 48 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRow:
    """What the lake keeps about one import."""

    import_id: str
    #: JSON: name, SHA-256, source and rows of each file.
    files: str
    source: str
    read: int
    duplicate: int
    quarantined: int
    still_suppressed: int
    new_suppressions: int
    #: Why a person took a table that breaks its contract; None for one that keeps it.
    accepted_because: str | None
    #: Rows by reason of quarantine, people by flag and by status.
    by_reason: Mapping[str, int]
    by_flag: Mapping[str, int]
    by_status: Mapping[str, int]
    seconds: float
    imported_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Apart:
    """The rows that an import does not take, and those it judges anew."""

    #: quarantine_id, line, source, file, reason, detail, address_key, row_hash, cells (JSON).
    rows: pa.Table
    #: quarantine_id of an earlier import's row, closed_as (taken or again).
    returned: pa.Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What became of the people of one import."""

    inserted: int
    updated: int
    unchanged: int
    replaced: Replaced = field(default_factory=Replaced)
    #: Suppressions left by an import that was never stored, which rest on this one now.
    taken_over: int = 0

    def and_(self, more: "Changes") -> "Changes":
        """Add what became of further people."""
        return replace(
            self,
            inserted=self.inserted + more.inserted,
            updated=self.updated + more.updated,
            unchanged=self.unchanged + more.unchanged,
        )


def ended(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the rows that end somebody's consent, also those that were quarantined for something else."""
    return rows.loc[rows["status"].isin(TERMINAL) & rows["address_key"].notna(), ["address_key", "status", "ended_at"]]


def suppress(ledger: Ledger, rows: pd.DataFrame, *, import_id: str, now: datetime) -> int:
    """Suppress the addresses of `ended` rows.

    This comes before anything else is stored: a run that dies here has kept people from being mailed and
    changed nothing more.

    Returns:
        How many suppressions are new.
    """
    return suppressions.add(
        ledger,
        [
            Suppression(
                address_key=key,
                reason=status,
                source=f"{IMPORT}{import_id}",
                suppressed_at=now if pd.isna(moment) else moment.to_pydatetime(),
            )
            for key, status, moment in zip(rows["address_key"], rows["status"], rows["ended_at"], strict=True)
        ],
    )


def foresee(settings: Settings, people: pd.DataFrame, *, now: datetime) -> Changes:
    """Say what storing the people would change, and change nothing."""
    if not settings.catalog_path.exists():
        return Changes(inserted=len(people), updated=0, unchanged=0)
    changes = Changes(inserted=0, updated=0, unchanged=0)
    with read_lake(settings) as lake:
        for part in _parts(people):
            with _merged(lake, part, now) as merged:
                changes = changes.and_(merged)
    return changes


def store(
    settings: Settings,
    people: pd.DataFrame,
    row: ImportRow,
    apart: Apart,
    ledger: Ledger,
    said: pd.DataFrame,
    before_commit: Callable[[Changes], None],
) -> Changes:
    """Merge the people into the lake's subscribers, in one transaction with what it replaces and keeps apart.

    What an import that was never stored left in the ledger rests on this one from now on, as far as the `ended` rows
    in `said` say the same: so each suppression rests on the first stored import that says it, and goes with that one.

    `before_commit` is told what will have become of the people, when nothing but the commit can go wrong any more.

    Raises:
        PressrunError: What was stored does not add up; nothing was changed.
        StoreBusyError: Another process is writing; nothing was changed.
    """
    with open_lake(settings) as lake, lake.transaction():
        taken_over = _take_over(lake, ledger, row.import_id, said)
        changes = Changes(inserted=0, updated=0, unchanged=0, taken_over=taken_over)
        for part in _parts(people):
            with _merged(lake, part, row.imported_at) as merged:
                _replace_merged(lake, row, merged)
                _assert_stored(lake, row, merged, len(part))
            changes = changes.and_(merged)
        _keep_apart(lake, row, apart, people)
        _refresh_suppressions(lake, suppressions.every(ledger))
        lake.run("queries/audience_insert_import", _import_parameters(row, changes))
        _assert_sums(row, len(people))
        if changes.updated:
            changes = replace(changes, replaced=replaced_by(lake, row.import_id))
        before_commit(changes)
    return changes


def _parts(people: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Part people whose attributes are large, for DuckDB holds several copies of what it merges; one part if not."""
    sizes = pc.cumulative_sum(pc.cast(pc.binary_length(pa.array(people["attributes"])), pa.int64()))
    part = sizes.to_numpy() // _ATTRIBUTES_AT_ONCE
    ends = [*(np.flatnonzero(np.diff(part)) + 1).tolist(), len(people)]
    return (people.iloc[begin:end] for begin, end in pairwise([0, *ends]))


def _replace_merged(lake: Lake, row: ImportRow, merged: Changes) -> None:
    if merged.updated:
        lake.run("queries/audience_keep_replaced", {"import_id": row.import_id})
        lake.run("queries/audience_remove_updated")
    if merged.inserted or merged.updated:
        stored = {"import_id": row.import_id, "source": row.source, "imported_at": row.imported_at}
        lake.run("queries/audience_insert_changed", stored)


def _take_over(lake: Lake, ledger: Ledger, import_id: str, said: pd.DataFrame) -> int:
    stored = {f"{IMPORT}{known}" for (known,) in lake.rows("queries/imports_stored")}
    mine = f"{IMPORT}{import_id}"
    orphans = [source for source in suppressions.sources(ledger, IMPORT) if source not in {*stored, mine}]
    if not orphans:
        return 0
    pairs = set(zip(said["address_key"], said["status"], strict=True))
    return sum(suppressions.move(ledger, source, mine, pairs) for source in orphans)


def _keep_apart(lake: Lake, row: ImportRow, apart: Apart, people: pd.DataFrame) -> None:
    """Add the rows kept apart, and close those of earlier imports that this one judges anew."""
    about = {"import_id": row.import_id, "imported_at": row.imported_at}
    with lake.table("incoming_quarantine", apart.rows), lake.table("incoming_returned", apart.returned):
        if lake.value("queries/quarantine_open"):
            keys = pa.table({"address_key": as_array(people["address_key"])})
            with lake.table("incoming_people", keys):
                lake.run("queries/quarantine_close", {**about, "source": row.source})
        if apart.rows.num_rows:
            lake.run("queries/quarantine_insert", about)


@contextmanager
def _merged(lake: Lake, people: pd.DataFrame, now: datetime) -> Iterator[Changes]:
    """Work out what the lake would hold about some people, and lend that to SQL as `merged`.

    It is an Arrow table; a temporary one of DuckDB's would keep its memory until the transaction ends.
    """
    with lake.table("incoming", _as_arrow(people, now)):
        merged = lake.arrow("queries/audience_merge")
    with lake.table("merged", merged):
        counts = dict(lake.rows("queries/audience_count_changes"))
        yield Changes(**{kind: counts.get(kind, 0) for kind in ("inserted", "updated", "unchanged")})


def _as_arrow(people: pd.DataFrame, now: datetime) -> pa.Table:
    """Give the people in the lake's types; someone who must not be mailed ended now if nothing says when."""
    ended = people["ended_at"].fillna(pd.Timestamp(now).as_unit("us"))
    ended = ended.where(people["status"].isin(TERMINAL))
    return pa.table(
        {
            **{name: as_array(people[name]) for name in ("address_key", "domain", "name", "status")},
            "email": as_array(people["address"]),
            "row_hash": as_array(people["row_hash"]),
            "tags": _as_lists(as_array(people["tags"])),
            # in the pieces they came in, for they may be large
            "attributes": pa.array(people["attributes"], pa.string(), from_pandas=True),
            "is_end_known": pa.array(people["ended_at"].notna()),
            "consented_at": pa.array(people["consented_at"], _MOMENT),
            "subscribed_at": pa.array(people["subscribed_at"], _MOMENT),
            "ended_at": pa.array(ended, _MOMENT),
        }
    )


def _as_lists(texts: pa.Array) -> pa.Array:
    coded = texts.dictionary_encode()
    lists = [orjson.loads(text) for text in coded.dictionary.to_pylist()]
    return pa.array(lists, pa.list_(pa.string())).take(coded.indices)


def _refresh_suppressions(lake: Lake, present: Mapping[str, Suppression]) -> None:
    """Make the lake's copy equal to the ledger, unless it is already."""
    rows = list(present.values())
    table = pa.table(
        {
            "address_key": pa.array([row.address_key for row in rows], pa.string()),
            "reason": pa.array([row.reason for row in rows], pa.string()),
            "source": pa.array([row.source for row in rows], pa.string()),
            "suppressed_at": pa.array([row.suppressed_at for row in rows], _MOMENT),
        }
    )
    with lake.table("present_suppressions", table):
        if lake.value("queries/suppressions_differ"):
            lake.run("queries/suppressions_replace")


def _import_parameters(row: ImportRow, changes: Changes) -> dict[str, object]:
    return {
        "import_id": row.import_id,
        "files": row.files,
        "source": row.source,
        "read": row.read,
        "inserted": changes.inserted,
        "updated": changes.updated,
        "unchanged": changes.unchanged,
        "duplicate": row.duplicate,
        "quarantined": row.quarantined,
        "still_suppressed": row.still_suppressed,
        "new_suppressions": row.new_suppressions + changes.taken_over,
        "accepted_because": row.accepted_because,
        **{name: orjson.dumps(dict(getattr(row, name))).decode() for name in ("by_reason", "by_flag", "by_status")},
        "seconds": row.seconds,
        "imported_at": row.imported_at,
    }


def _assert_stored(lake: Lake, row: ImportRow, merged: Changes, people: int) -> None:
    """Count what lies in the lake of those merged last; an import whose people are not there once must not count."""
    ((written, present, repeated),) = lake.rows("queries/audience_stored", {"import_id": row.import_id})
    if (written, present, repeated) != (merged.inserted + merged.updated, people, 0):
        raise _does_not_add_up(
            row,
            f"{present:,} of {people:,} people are in the lake, {written:,} were written and {repeated:,} are there "
            "twice",
        )


def _assert_sums(row: ImportRow, people: int) -> None:
    taken = people + row.duplicate + row.quarantined
    if taken != row.read:
        raise _does_not_add_up(row, f"of {row.read:,} rows {taken:,} are accounted for")


def _does_not_add_up(row: ImportRow, how: str) -> PressrunError:
    return PressrunError(
        f"Import {row.import_id} does not add up: {how}. Nothing was changed; this is a mistake in Pressrun, please "
        "report it."
    )
