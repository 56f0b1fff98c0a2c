"""Import subscriber tables: read, recognise, normalise, judge, hold to the contract, dedupe, merge, report."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pressrun.audiences import storing
from pressrun.audiences.arrow import as_array
from pressrun.audiences.findings import (
    Checked,
    Findings,
    consent_by_year,
    files_of,
    flagged_of,
    flags_of,
    statuses_of,
    top_domains,
)
from pressrun.audiences.history import Before, Replaced, before_import
from pressrun.audiences.holding import check, without_cells
from pressrun.audiences.kept_apart import returned, rows_apart
from pressrun.audiences.mailboxes import mailbox_keys
from pressrun.audiences.quarantine import forget_old_files, write_quarantine
from pressrun.audiences.reading import TableShown, Way, read_all, shown
from pressrun.audiences.report import draft_report, finish_report, finish_reports, write_report
from pressrun.audiences.storing import Changes, ImportRow
from pressrun.audiences.summary import ImportSummary
from pressrun.errors import RefusedError
from pressrun.ledger import Ledger, suppressions
from pressrun.settings import Settings

Progress = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """What all steps of one import need to know."""

    import_id: str
    settings: Settings
    ledger: Ledger
    now: datetime
    #: The lake as the import found it.
    before: Before
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
    said: Mapping[str, str] | None = None,
    timezone: str | None = None,
    on_read: Callable[[tuple[TableShown, ...]], None] | None = None,
    dry_run: bool = False,
    accept_because: str | None = None,
    now: datetime,
    progress: Progress | None = None,
) -> ImportSummary:
    """Import subscriber tables; several files are one import, and all of it counts or nothing.

    Args:
        files: Tables in any format of docs/imports.md; Mailchimp's three files belong together.
        settings: Where the stores are.
        ledger: Takes the suppressions.
        source: Which service the files come from; `auto` looks at their columns.
        said: Column → meaning, as `meanings_said` gives it; it outranks what the column's name says.
        timezone: Zone of times that name none (IANA); None: UTC.
        on_read: Told what each table was taken for, before its rows are judged.
        dry_run: Write the quarantine and the report, and change nothing else.
        accept_because: Why a table is taken though it breaks its contract; its bad rows are kept apart all the same.
        now: The present, aware; stands in for an unknown end of consent, never for an unknown consent.
        progress: Told the stage, and the share of the work that is done.

    Raises:
        InputError: A file cannot be read or recognised, or there are no rows; nothing was changed.
        RefusedError: The tables break their contract as a whole; nothing was changed.
        StoreBusyError: Another process is writing to the lake; the import's suppressions are kept already.
    """
    import_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    began = time.monotonic()
    way = Way(source=source, said=said or {}, timezone=timezone)
    tell = progress or (lambda stage, share: None)
    run = _Run(
        import_id=import_id,
        settings=settings,
        ledger=ledger,
        now=now,
        before=before_import(settings, import_id=import_id, now=now),
        began=began,
        is_dry=dry_run,
        progress=tell,
    )
    checked, apart = _checked(run, files, way, on_read or (lambda tables: None))
    # Arrow keeps what it freed for itself, and DuckDB takes its memory elsewhere
    pa.default_memory_pool().release_unused()
    if not checked.is_kept and not accept_because:
        raise _refuse(run, checked)
    return _take(run, checked, apart, None if checked.is_kept else accept_because)


def _checked(
    run: _Run, files: Sequence[Path], way: Way, on_read: Callable[[tuple[TableShown, ...]], None]
) -> tuple[Checked, pa.Table]:
    """Read the files, hold their rows against rules and contract, and keep the bad ones apart.

    What comes back no longer holds the cells of the files: they are most of the memory that an import takes.
    """
    tables = read_all(files, way, run.now, lambda stage, share: run.progress(stage, 0.4 * share))
    on_read(shown(tables))
    run.progress("checking the rows", 0.4)
    checked = check(
        tables,
        run.settings,
        run.before.known,
        now=run.now,
        before_contract=lambda: run.progress("holding the table to its contract", 0.45),
    )
    apart = _keep_apart(run, checked)
    return without_cells(checked), apart


def _keep_apart(run: _Run, checked: Checked) -> pa.Table:
    """Write the quarantine before anything is stored, so that a stored import always has one."""
    run.progress("writing the quarantine", 0.6)
    run.settings.private_home()
    for folder in (run.quarantine.parent, run.report.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    forget_old_files(run.quarantine.parent, run.now)
    finish_reports(run.report.parent, run.before.stored, run.now)
    apart = rows_apart(run.import_id, checked, run.before.waiting)
    write_quarantine(run.quarantine, apart)
    return apart


def _refuse(run: _Run, checked: Checked) -> RefusedError:
    quarantined = len(checked.bad)
    read = len(checked.frame)
    sums = {"read": read, "not taken": read - quarantined, "quarantined": quarantined}
    write_report(run.report, _findings(run, checked, outcome="refused", sums=sums))
    broken = "; ".join(clause.title for clause in checked.clauses if not clause.kept)
    return RefusedError(
        f"The table as a whole breaks its contract: {quarantined:,} of {read:,} rows cannot be taken "
        f"(broken: {broken}). Nothing was changed. {run.report} shows why; mend the table and import it again, "
        "or take it as it is with --accept-anyway and your reason."
    )


def _take(run: _Run, checked: Checked, rows: pa.Table, accepted_because: str | None) -> ImportSummary:
    """Merge the good rows and report; the page is written before the commit, and put in its place after it."""
    run.progress("merging", 0.65)
    still = _still_suppressed(run, checked.good)
    if run.is_dry:
        row = _import_row(run, checked, still, 0, accepted_because)
        changes = storing.foresee(run.settings, checked.people, now=run.now)
        draft_report(run.report, _findings_of(run, checked, row, changes, "dry run"))
    else:
        ended = storing.ended(checked.frame)
        new = storing.suppress(run.ledger, ended, import_id=run.import_id, now=run.now)
        row = _import_row(run, checked, still, new, accepted_because)

        def report(changes: Changes) -> None:
            run.progress("writing the report", 0.95)
            draft_report(run.report, _findings_of(run, checked, row, changes, "imported"))

        apart = storing.Apart(rows=rows, returned=returned(checked))
        changes = storing.store(run.settings, checked.people, row, apart, run.ledger, ended, report)
    finish_report(run.report)
    run.progress("done", 1.0)
    return ImportSummary(
        import_id=run.import_id,
        **_sums(row, changes),
        still_suppressed=still,
        seconds=time.monotonic() - run.began,
        quarantine=run.quarantine,
        report=run.report,
    )


def _findings_of(run: _Run, checked: Checked, row: ImportRow, changes: Changes, outcome: str) -> Findings:
    return _findings(
        run,
        checked,
        outcome=outcome,
        sums=_sums(row, changes),
        still=row.still_suppressed,
        new=row.new_suppressions + changes.taken_over,
        accepted_because=row.accepted_because,
        replaced=changes.replaced,
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
    ended = pa.array({*suppressions.every(run.ledger), *run.before.ended}, pa.string())
    keys = as_array(active)
    if run.settings.gmail_merge:
        keys, ended = mailbox_keys(keys), mailbox_keys(ended)
    return pc.sum(pc.is_in(keys, value_set=ended)).as_py() or 0


def _import_row(run: _Run, checked: Checked, still: int, new: int, accepted_because: str | None) -> ImportRow:
    sources = dict.fromkeys(table.recognised.profile.source for table in checked.tables)
    files = [
        {
            "file": table.recognised.table.name,
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
        duplicate=good - len(checked.people),
        quarantined=len(checked.frame) - good,
        still_suppressed=still,
        new_suppressions=new,
        accepted_because=accepted_because,
        by_reason=checked.judged.counts(),
        by_flag=flags_of(checked.people),
        by_status=statuses_of(checked.people),
        seconds=time.monotonic() - run.began,
        imported_at=run.now,
    )


def _findings(
    run: _Run,
    checked: Checked,
    *,
    outcome: str,
    sums: dict[str, int],
    still: int = 0,
    new: int = 0,
    accepted_because: str | None = None,
    replaced: Replaced | None = None,
) -> Findings:
    return Findings(
        import_id=run.import_id,
        imported_at=run.now,
        outcome=outcome,
        files=files_of(checked.tables),
        sums=sums,
        still_suppressed=still,
        new_suppressions=new,
        statuses=statuses_of(checked.people),
        people=len(checked.people),
        consented=int(checked.people["consented_at"].notna().sum()),
        domains=top_domains(checked.people),
        reasons=checked.told,
        clauses=checked.clauses,
        quarantine=f"../quarantine/{run.quarantine.name}",
        seconds=time.monotonic() - run.began,
        accepted_because=accepted_because,
        flags=flagged_of(checked.people),
        consent=consent_by_year(checked.people),
        earlier=run.before.earlier,
        replaced=replaced or Replaced(),
    )
