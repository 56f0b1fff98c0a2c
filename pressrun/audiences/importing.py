"""Import subscriber tables: read, recognise, normalise, judge, hold to the contract, dedupe, merge, report."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
import pandas as pd

from pressrun.audiences import storing
from pressrun.audiences.contract import check_contract
from pressrun.audiences.findings import (
    Checked,
    Findings,
    files_of,
    reasons_of,
    statuses_of,
    top_domains,
)
from pressrun.audiences.merging import dedupe
from pressrun.audiences.normalising import NormalTable, normalise
from pressrun.audiences.quarantine import write_quarantine
from pressrun.audiences.recognising import recognise
from pressrun.audiences.report import write_report
from pressrun.audiences.rules import judge
from pressrun.audiences.storing import Changes, ImportRow
from pressrun.audiences.tables import read_table
from pressrun.errors import InputError, RefusedError
from pressrun.ledger import Ledger, suppressions
from pressrun.settings import Settings

Progress = Callable[[str, float], None]

_NO_CHANGES = Changes(inserted=0, updated=0, unchanged=0)
#: What the people of an import are made of; the rest of a row's columns only served to judge it.
_ABOUT_PEOPLE = (
    "file",
    "line",
    "address",
    "address_key",
    "domain",
    "name",
    "status",
    "tags",
    "attributes",
    "consented_at",
    "subscribed_at",
    "changed_at",
    "ended_at",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportSummary:
    """What became of every row; read = inserted + updated + unchanged + duplicate + quarantined."""

    import_id: str
    #: Rows of data in all files; blank rows and repeated headers are none.
    read: int
    inserted: int
    updated: int
    unchanged: int
    #: Rows folded into another row of the same import with the same address.
    duplicate: int
    quarantined: int
    #: Rows that say active, whose address had ended before and stays so; they are counted above as well.
    still_suppressed: int
    seconds: float
    #: The rows that were not taken, each with its reason.
    quarantine: Path
    #: The validation page.
    report: Path

    def as_json(self) -> dict[str, object]:
        """Give the public form; its names are a promise to those who script against it."""
        sums = ("read", "inserted", "updated", "unchanged", "duplicate", "quarantined", "still_suppressed")
        return {
            "import_id": self.import_id,
            **{name: getattr(self, name) for name in sums},
            "seconds": round(self.seconds, 3),
            "quarantine": str(self.quarantine),
            "report": str(self.report),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """What all steps of one import need to know."""

    import_id: str
    settings: Settings
    ledger: Ledger
    now: datetime
    #: Seconds of the monotonic clock.
    began: float
    is_dry: bool
    progress: Progress

    @property
    def quarantine(self) -> Path:
        return self.settings.home / "quarantine" / f"{self.import_id}.csv"

    @property
    def report(self) -> Path:
        return self.settings.home / "reports" / f"{self.import_id}.html"


def import_tables(
    files: Sequence[Path],
    settings: Settings,
    ledger: Ledger,
    *,
    source: str = "auto",
    dry_run: bool = False,
    now: datetime,
    progress: Progress | None = None,
) -> ImportSummary:
    """Import subscriber tables; several files are one import, and all of it counts or nothing.

    Args:
        files: CSV or Parquet tables; Mailchimp's three files belong together.
        settings: Where the stores are.
        ledger: Takes the suppressions.
        source: Which service the files come from; `auto` looks at their columns.
        dry_run: Write the quarantine and the report, and change nothing else.
        now: The present, aware; stands in for an unknown end of consent, never for an unknown consent.
        progress: Told the stage, and the share of the work that is done.

    Raises:
        InputError: A file cannot be read or recognised, or there are no rows; nothing was changed.
        RefusedError: The tables break their contract as a whole; nothing was changed.
        StoreBusyError: Another process is writing to the lake; the import's suppressions are kept already.
    """
    run = _Run(
        import_id=f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
        settings=settings,
        ledger=ledger,
        now=now,
        began=time.monotonic(),
        is_dry=dry_run,
        progress=progress or (lambda stage, share: None),
    )
    checked = _check(run, files, source)
    _keep_apart(run, checked)
    if not checked.is_kept:
        raise _refuse(run, checked)
    return _take(run, checked)


def _check(run: _Run, files: Sequence[Path], source: str) -> Checked:
    """Read all files and hold their rows against the rules and the contract."""
    tables: list[NormalTable] = []
    for number, path in enumerate(files):
        run.progress(f"reading {path.name}", 0.4 * number / len(files))
        raw = read_table(path)
        if len(raw.frame.columns) and (len(raw.frame) or len(files) > 1):
            tables.append(normalise(recognise(raw, source), run.now))
    if not any(len(table.frame) for table in tables):
        names = ", ".join(path.name for path in files) or "no file"
        raise InputError(f"There is no row of data in {names}. Nothing was changed.")
    run.progress("checking the rows", 0.4)
    frame = pd.concat([table.frame.assign(file=number) for number, table in enumerate(tables)], ignore_index=True)
    judged = judge(frame)
    run.progress("holding the table to its contract", 0.45)
    return Checked(tables=tables, frame=frame, judged=judged, clauses=check_contract(frame, judged))


def _keep_apart(run: _Run, checked: Checked) -> None:
    """Write the quarantine before anything is stored, so that a stored import always has one."""
    run.progress("writing the quarantine", 0.6)
    run.settings.private_home()
    for folder in (run.quarantine.parent, run.report.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    write_quarantine(run.quarantine, checked.tables, checked.bad)


def _refuse(run: _Run, checked: Checked) -> RefusedError:
    quarantined = len(checked.bad)
    read = len(checked.frame)
    sums = {"read": read, "not taken": read - quarantined, "quarantined": quarantined}
    people = dedupe(checked.good[list(_ABOUT_PEOPLE)])
    write_report(run.report, _findings(run, checked, people, outcome="refused", sums=sums))
    broken = "; ".join(clause.title for clause in checked.clauses if not clause.kept)
    return RefusedError(
        f"The table as a whole breaks its contract: {quarantined:,} of {read:,} rows cannot be taken "
        f"(broken: {broken}). Nothing was changed. {run.report} shows why; mend the table and import it again."
    )


def _take(run: _Run, checked: Checked) -> ImportSummary:
    """Merge the good rows into the stores and report."""
    run.progress("merging", 0.65)
    good = checked.good
    people = dedupe(good[list(_ABOUT_PEOPLE)])
    still = _still_suppressed(run, good)
    row = _import_row(run, checked, people, still)
    new = 0
    if run.is_dry:
        changes = storing.foresee(run.settings, people, now=run.now)
    else:
        new = storing.suppress(run.ledger, checked.frame, import_id=run.import_id, now=run.now)
        changes = storing.store(run.settings, people, row, run.ledger)
    run.progress("writing the report", 0.95)
    sums = _sums(row, changes)
    outcome = "dry run" if run.is_dry else "imported"
    findings = _findings(run, checked, people, outcome=outcome, sums=sums, still=still, new=new)
    write_report(run.report, findings)
    run.progress("done", 1.0)
    return ImportSummary(
        import_id=run.import_id,
        **sums,
        still_suppressed=still,
        seconds=time.monotonic() - run.began,
        quarantine=run.quarantine,
        report=run.report,
    )


def _sums(row: ImportRow, changes: Changes) -> dict[str, int]:
    return {
        "read": row.read,
        "inserted": changes.inserted,
        "updated": changes.updated,
        "unchanged": changes.unchanged,
        "duplicate": row.duplicate,
        "quarantined": row.quarantined,
    }


def _still_suppressed(run: _Run, good: pd.DataFrame) -> int:
    """Count the rows that say active for an address whose consent had ended before this import."""
    active = good.loc[good["status"] == "active", "address_key"]
    ended = {*suppressions.every(run.ledger), *storing.ended_in_lake(run.settings)}
    return int(active.isin(ended).sum())


def _import_row(run: _Run, checked: Checked, people: pd.DataFrame, still: int) -> ImportRow:
    sources = dict.fromkeys(table.recognised.profile.source for table in checked.tables)
    files = [
        {
            "file": table.recognised.table.path.name,
            "sha256": table.recognised.table.sha256,
            "source": table.recognised.profile.source,
            "rows": len(table.frame),
        }
        for table in checked.tables
    ]
    good = int(checked.judged.good.sum())
    return ImportRow(
        import_id=run.import_id,
        files=orjson.dumps(files).decode(),
        source="+".join(sources),
        read=len(checked.frame),
        duplicate=good - len(people),
        quarantined=len(checked.frame) - good,
        still_suppressed=still,
        imported_at=run.now,
    )


def _findings(
    run: _Run,
    checked: Checked,
    people: pd.DataFrame,
    *,
    outcome: str,
    sums: dict[str, int],
    still: int = 0,
    new: int = 0,
) -> Findings:
    return Findings(
        import_id=run.import_id,
        imported_at=run.now,
        outcome=outcome,
        files=files_of(checked.tables),
        sums=sums,
        still_suppressed=still,
        new_suppressions=new,
        statuses=statuses_of(people),
        people=len(people),
        consented=int(people["consented_at"].notna().sum()),
        domains=top_domains(people),
        reasons=reasons_of(checked),
        clauses=checked.clauses,
        quarantine=f"../quarantine/{run.quarantine.name}",
        seconds=time.monotonic() - run.began,
    )
