"""Import subscriber tables: read, recognise, normalise, judge, hold to the contract, dedupe, merge, report."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa

from pressrun.audiences import storing
from pressrun.audiences.contract import Clause, check_contract
from pressrun.audiences.merging import dedupe
from pressrun.audiences.normalising import NormalTable, normalise
from pressrun.audiences.quarantine import write_quarantine
from pressrun.audiences.recognising import recognise
from pressrun.audiences.report import Findings, write_report
from pressrun.audiences.rules import Judged, judge
from pressrun.audiences.storing import Changes, ImportRow
from pressrun.audiences.tables import read_table
from pressrun.errors import InputError, RefusedError
from pressrun.ledger import Ledger, suppressions
from pressrun.settings import Settings

Progress = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportSummary:
    """What became of every row of one import; read = inserted + updated + unchanged + duplicate + quarantined."""

    import_id: str
    #: Rows of data in all files; blank rows and repeated headers are none.
    read: int
    inserted: int
    updated: int
    unchanged: int
    #: Rows folded into another row of the same import with the same address.
    duplicate: int
    quarantined: int
    #: Rows that say active, whose address was suppressed before and stays so. They are counted above as well.
    still_suppressed: int
    seconds: float
    #: The rows that were not taken, each with its reason.
    quarantine: Path
    #: The validation page.
    report: Path

    def as_json(self) -> dict[str, object]:
        """Give the public form; its names are a contract with those who script against it."""
        sums = ("read", "inserted", "updated", "unchanged", "duplicate", "quarantined", "still_suppressed")
        return {
            "import_id": self.import_id,
            **{name: getattr(self, name) for name in sums},
            "seconds": round(self.seconds, 3),
            "quarantine": str(self.quarantine),
            "report": str(self.report),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Checked:
    """The rows of all files, and what was found about them."""

    tables: Sequence[NormalTable]
    frame: pd.DataFrame
    judged: Judged
    clauses: tuple[Clause, ...]

    @property
    def good(self) -> pd.DataFrame:
        """Give the rows that break no rule."""
        return self.frame[self.judged.good]

    @property
    def bad(self) -> pd.DataFrame:
        """Give the rows for the quarantine, with their reasons."""
        bad = ~self.judged.good
        return self.frame[bad].assign(reason=self.judged.reasons[bad])


def import_tables(
    files: Sequence[Path],
    settings: Settings,
    ledger: Ledger,
    *,
    source: str = "auto",
    dry_run: bool = False,
    now: datetime,
    progress: Progress = lambda stage, share: None,
) -> ImportSummary:
    """Import subscriber tables; several files are one import, and all of it counts or nothing.

    Args:
        files: CSV or Parquet tables; Mailchimp's three files belong together.
        settings: Where the stores are.
        ledger: Takes the suppressions.
        source: Which service the files come from; `auto` looks at their columns.
        dry_run: Write the quarantine and the report, and change nothing else.
        now: The present, aware; stands in for unknown ends of consent, never for unknown consent.
        progress: Told the stage and the share of the work that is done.

    Raises:
        InputError: A file cannot be read or recognised, or there are no rows; nothing was changed.
        RefusedError: The tables break their contract as a whole; nothing was changed.
        StoreBusyError: Another process is writing to the lake; suppressions of this import are kept already.
    """
    began = time.monotonic()
    import_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    checked = _check(files, source, now, progress)
    quarantine = _private(settings, "quarantine") / f"{import_id}.csv"
    report = _private(settings, "reports") / f"{import_id}.html"
    progress("writing the quarantine", 0.62)
    write_quarantine(quarantine, checked.tables, checked.bad)
    if not all(clause.kept for clause in checked.clauses):
        findings = _findings(import_id, checked, None, 0, now, time.monotonic() - began, quarantine)
        write_report(report, findings)
        raise _refusal(findings, report)
    progress("merging", 0.66)
    people = dedupe(checked.good.drop(columns=["row", "shape", "address_problem", "dates"]))
    still = _still_suppressed(checked.good, settings, ledger)
    changes = _store(settings, ledger, checked, people, import_id, source, still, now, dry_run=dry_run)
    progress("writing the report", 0.95)
    seconds = time.monotonic() - began
    findings = _findings(import_id, checked, changes, still, now, seconds, quarantine, dry_run=dry_run)
    write_report(report, findings)
    progress("done", 1.0)
    return ImportSummary(
        import_id=import_id,
        **findings.sums,
        still_suppressed=still,
        seconds=time.monotonic() - began,
        quarantine=quarantine,
        report=report,
    )
