"""Gather what a person wants to know about one import; no whole address is in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from pressrun.audiences.addresses import masked
from pressrun.audiences.contract import Clause
from pressrun.audiences.normalising import NormalTable
from pressrun.audiences.reasons_told import detail, told_to_anybody
from pressrun.audiences.rules import REASONS, Judged
from pressrun.audiences.statuses import RANKING

_EXAMPLES = 3
_TOP_DOMAINS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One quarantined row, so far as it may be shown."""

    file: str
    line: int
    address: str
    hint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why rows were quarantined, how many, and some of them."""

    code: str
    meaning: str
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFinding:
    """What one file was taken for."""

    name: str
    title: str
    why: str
    reading: str
    rows: int
    skipped: Mapping[str, int]
    notes: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """The rows of all files, and what was found about them."""

    tables: Sequence[NormalTable]
    #: All rows of data, with the number of their file.
    frame: pd.DataFrame
    judged: Judged
    #: One row for each person among the rows that break no rule.
    people: pd.DataFrame
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

    @property
    def is_return(self) -> bool:
        """Say whether all rows come back from the quarantine."""
        return all(table.recognised.table.row_ids for table in self.tables)

    @property
    def is_kept(self) -> bool:
        """Say whether the contract is kept; that most rows must be good is not asked of what was bad before."""
        return all(clause.kept or (self.is_return and _is_about_share(clause)) for clause in self.clauses)


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """Everything the validation page shows."""

    import_id: str
    imported_at: datetime
    #: imported, dry run or refused.
    outcome: str
    files: tuple[FileFinding, ...]
    #: read, and the parts that add up to it.
    sums: Mapping[str, int]
    still_suppressed: int
    new_suppressions: int
    statuses: Mapping[str, int]
    #: Distinct people, and how many of them have a known time of consent.
    people: int
    consented: int
    domains: Sequence[tuple[str, int]]
    reasons: tuple[Reason, ...]
    clauses: tuple[Clause, ...]
    #: Path of the quarantine, relative to the report.
    quarantine: str
    seconds: float


def _is_about_share(clause: Clause) -> bool:
    return clause.mostly is not None or clause.figure == "share_quarantined"


def files_of(tables: Sequence[NormalTable]) -> tuple[FileFinding, ...]:
    """Say what each file was taken for."""
    return tuple(
        FileFinding(
            name=table.recognised.table.name,
            title=table.recognised.profile.title,
            why=table.recognised.why,
            reading=table.recognised.table.reading,
            rows=len(table.frame),
            skipped=table.skipped,
            notes=table.notes,
            left_out=table.left_out,
        )
        for table in tables
    )


def reasons_of(checked: Checked) -> tuple[Reason, ...]:
    """Count the reasons of the quarantine, each with some examples, the most frequent first."""
    bad = checked.bad
    return tuple(
        Reason(
            code=code,
            meaning=REASONS[code],
            count=count,
            examples=tuple(_examples(checked.tables, bad[bad["reason"] == code].head(_EXAMPLES))),
        )
        for code, count in checked.judged.counts().items()
    )


def statuses_of(people: pd.DataFrame) -> dict[str, int]:
    """Count the people by the status the import gives them, the mailable first."""
    counts = people["status"].value_counts()
    return {status: int(counts[status]) for status in reversed(RANKING) if status in counts.index}


def flags_of(people: pd.DataFrame) -> dict[str, int]:
    """Count the people whose address was taken, but should be looked at, by the flag."""
    if "flag" not in people.columns:
        return {}
    counts = people["flag"].value_counts()
    return {str(flag): int(count) for flag, count in counts.items() if flag}


def top_domains(people: pd.DataFrame) -> list[tuple[str, int]]:
    """Give the domains most people have, with their counts; those with one person are not named."""
    counts = people["domain"].value_counts().head(_TOP_DOMAINS)
    return [(str(domain), int(count)) for domain, count in counts.items() if count > 1]


def _examples(tables: Sequence[NormalTable], rows: pd.DataFrame) -> list[Example]:
    return [
        Example(
            file=tables[file].recognised.table.name,
            line=int(line),
            address=masked("" if pd.isna(address) else str(address)),
            hint=_hint(tables[file], int(row), str(reason)),
        )
        for file, row, line, address, reason in zip(
            rows["file"], rows["row"], rows["line"], rows["address"], rows["reason"], strict=True
        )
    ]


def _hint(table: NormalTable, row: int, reason: str) -> str:
    cells = {str(name): str(cell) for name, cell in table.recognised.table.frame.iloc[row].items()}
    return told_to_anybody(reason, detail(table, row, cells, reason))
