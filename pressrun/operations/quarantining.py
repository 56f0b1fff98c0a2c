"""Forget quarantined rows because their owner decided so; who and why is kept, what was in them is not."""

import csv
import re
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pressrun.audiences.quarantine import ROW
from pressrun.audiences.quarantine_waiting import Chosen, refuse_unknown, rows_in
from pressrun.errors import InputError
from pressrun.ledger import Ledger, decisions
from pressrun.ledger.decisions import Decision
from pressrun.settings import Settings
from pressrun.warehouse import open_lake, read_lake

_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")


def drop(settings: Settings, ledger: Ledger, chosen: Chosen, *, who: str, why: str, now: datetime) -> int:
    """Forget the chosen rows for good: they leave the quarantine, the lake and the quarantine's files.

    The sums of their imports stay as they were. Of a trial or a refused table there is only its file, which goes.

    Returns:
        How many rows were dropped.

    Raises:
        InputError: Nothing was chosen, there is no such import or reason, or no such row waits; nothing was changed.
        StoreBusyError: Another writer kept the lake; nothing was changed.
    """
    if chosen == Chosen():
        raise InputError("Say which rows are to be forgotten: an import's id, or --reason; nothing was changed.")
    left = _left_behind(settings, chosen)
    if left is not None:
        decisions.store(ledger, _decision(chosen, who, why, now))
        return _remove(left)
    with open_lake(settings) as lake:
        refuse_unknown(lake, chosen)
        ids = rows_in(lake, chosen)["quarantine_id"]
        if not len(ids):
            raise InputError("No such row waits in quarantine; nothing was changed.")
        decisions.store(ledger, _decision(chosen, who, why, now))
        dropped = set(ids.to_pylist())
        # the lake comes last: what dies before it can be dropped again, and finds the rest of the files
        for path in sorted((settings.home / "quarantine").glob("*.csv")):
            _cut_out(path, dropped)
        with lake.transaction(), lake.table("chosen", pa.table({"quarantine_id": ids})):
            lake.run("queries/quarantine_drop", {"who": who, "now": now})
    return len(dropped)


def _decision(chosen: Chosen, who: str, why: str, now: datetime) -> Decision:
    about = " ".join(filter(None, ("quarantine", chosen.import_id, chosen.reason)))
    return Decision(decision="drop", about=about, decided_by=who, reason=why, decided_at=now)


def _left_behind(settings: Settings, chosen: Chosen) -> Path | None:
    """Give the file of a trial or of a refused table, which no lake knows of."""
    if chosen.import_id is None or chosen.reason is not None or not _ID.fullmatch(chosen.import_id):
        return None
    path = settings.home / "quarantine" / f"{chosen.import_id}.csv"
    if not path.is_file():
        return None
    if settings.catalog_path.exists():
        with read_lake(settings) as lake:
            if lake.value("queries/quarantine_import_known", {"import_id": chosen.import_id}):
                return None
    return path


def _remove(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.reader(file)) - 1
    path.unlink()
    return max(rows, 0)


def _cut_out(path: Path, dropped: set[str]) -> None:
    """Write one quarantine file anew without the dropped rows, whole or not at all."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if ROW not in header:
            return
        place = header.index(ROW)
        rows = list(reader)
    kept = [row for row in rows if row[place] not in dropped]
    if len(kept) == len(rows):
        return
    draft = path.with_name(f"{path.name}.draft")
    draft.touch(mode=0o600)
    with draft.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *kept])
    draft.rename(path)
