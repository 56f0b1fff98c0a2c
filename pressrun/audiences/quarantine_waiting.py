"""What waits in quarantine, whichever import kept it apart: by reason, row by row, and as one file to mend."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pressrun.audiences.addresses import masked
from pressrun.audiences.quarantine import write_quarantine
from pressrun.audiences.reasons_told import told_to_anybody
from pressrun.audiences.rules import REASONS
from pressrun.errors import InputError
from pressrun.settings import Settings
from pressrun.warehouse import Lake, read_lake

_ALL = 2**62


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Which of the waiting rows are meant; without anything, all."""

    import_id: str | None = None
    reason: str | None = None

    def parameters(self) -> dict[str, object]:
        """Give them as the queries take them."""
        return {"import_id": self.import_id, "reason": self.reason}


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingReason:
    """The rows that wait for one reason."""

    reason: str
    #: For people: what is wrong with them.
    meaning: str
    rows: int
    files: tuple[str, ...]
    #: When the first of them was kept apart.
    oldest_at: datetime

    def as_json(self) -> dict[str, object]:
        """Give the public form."""
        return {
            "reason": self.reason,
            "meaning": self.meaning,
            "rows": self.rows,
            "files": list(self.files),
            "oldest_at": self.oldest_at.isoformat(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingRow:
    """One waiting row, so far as it may be shown."""

    quarantine_id: str
    import_id: str
    file: str
    row: int
    reason: str
    detail: str
    #: Masked.
    address: str
    quarantined_at: datetime

    def as_json(self) -> dict[str, object]:
        """Give the public form."""
        names = ("quarantine_id", "import_id", "file", "row", "reason", "detail", "address")
        return {**{name: getattr(self, name) for name in names}, "quarantined_at": self.quarantined_at.isoformat()}


def waiting_reasons(settings: Settings) -> list[WaitingReason]:
    """Give what waits, by reason, the most frequent first."""
    if not settings.catalog_path.exists():
        return []
    with read_lake(settings) as lake:
        found = lake.rows("queries/quarantine_by_reason")
    return [
        WaitingReason(
            reason=reason, meaning=REASONS.get(reason, ""), rows=rows, files=tuple(files), oldest_at=oldest_at
        )
        for reason, files, rows, _, oldest_at in found
    ]


def waiting_rows(settings: Settings, chosen: Chosen, limit: int) -> tuple[int, list[WaitingRow]]:
    """Give how many of the chosen rows wait, and the first of them.

    Raises:
        InputError: There is no such import or reason.
    """
    with _asking(settings, chosen) as lake:
        count = int(lake.value("queries/quarantine_count", chosen.parameters()))
        found = rows_in(lake, chosen, limit).to_pylist()
    return count, [
        WaitingRow(
            quarantine_id=row["quarantine_id"],
            import_id=row["import_id"],
            file=row["file"],
            row=row["line"],
            reason=row["reason"],
            detail=told_to_anybody(row["reason"], row["detail"]),
            address=masked(row["address_key"] or ""),
            quarantined_at=row["quarantined_at"],
        )
        for row in found
    ]


def write_waiting(settings: Settings, chosen: Chosen, path: Path, limit: int | None = None) -> int:
    """Write the chosen rows as one CSV that can be mended and imported again.

    Returns:
        How many rows it holds.

    Raises:
        InputError: There is no such import or reason, no row waits, or the file cannot be written there.
    """
    with _asking(settings, chosen) as lake:
        rows = rows_in(lake, chosen, limit)
    if not rows.num_rows:
        raise InputError("No such row waits in quarantine; nothing was written.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent}; nothing was written.")
    if path.is_dir():
        raise InputError(f"{path} is a folder; nothing was written. Name a file in it.")
    try:
        write_quarantine(path, rows)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); nothing was written.") from error
    return int(rows.num_rows)


def rows_in(lake: Lake, chosen: Chosen, limit: int | None = None) -> pa.Table:
    """Give the chosen rows as `write_quarantine` takes them, with import_id and quarantined_at."""
    most = _ALL if limit is None else limit
    return lake.arrow("queries/quarantine_waiting", {**chosen.parameters(), "most": most})


@contextmanager
def _asking(settings: Settings, chosen: Chosen) -> Iterator[Lake]:
    with read_lake(settings) as lake:
        refuse_unknown(lake, chosen)
        yield lake


def refuse_unknown(lake: Lake, chosen: Chosen) -> None:
    """Refuse to look for what cannot be there.

    Raises:
        InputError: There is no such import or reason.
    """
    reasons = {*REASONS, *(row[0] for row in lake.rows("queries/quarantine_by_reason"))}
    if chosen.reason is not None and chosen.reason not in reasons:
        raise InputError(f"No reason is called {chosen.reason!r}. Known: {', '.join(sorted(reasons))}.")
    if chosen.import_id is not None and not lake.value(
        "queries/quarantine_import_known", {"import_id": chosen.import_id}
    ):
        raise InputError(
            f"There was no import {chosen.import_id!r}. `pressrun quarantine` shows what waits; the id of an import is "
            "in its report and in the names of its files. Of trials and refused tables nothing waits; --drop removes "
            "the file that each of them leaves."
        )
