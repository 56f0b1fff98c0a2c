"""Gather what a person wants to know about one import; no whole address is in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd
import pyarrow as pa

from pressrun.audiences.addresses import masked
from pressrun.audiences.contract import Clause
from pressrun.audiences.history import Earlier, Replaced
from pressrun.audiences.normalising import NormalTable
from pressrun.audiences.reasons_told import detail, told_to_anybody
from pressrun.audiences.rules import REASONS, Judged
from pressrun.audiences.statuses import RANKING
from pressrun.audiences.verdicts import FLAGS, ROLE, verdicts_of

_EXAMPLES = 3
_TOP_DOMAINS = 10
_FLAG_EXAMPLES = 6
_YEARS = 9


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
class Flagged:
    """People who were taken although something about their address should be looked at."""

    code: str
    meaning: str
    count: int
    #: Domains, with what was meant where that suggests itself, or mailboxes of functions; and how many have them.
    examples: Sequence[tuple[str, int]]


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
    #: Why rows were not taken, with examples.
    told: "tuple[Reason, ...]" = ()

    @property
    def good(self) -> pd.DataFrame:
        """Give the rows that break no rule."""
        return self.frame[self.judged.good]

    @property
    def bad(self) -> pd.DataFrame:
        """Give the rows for the quarantine, with their reasons."""
        return _bad(self.frame, self.judged)

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
    #: Why a person took a table that breaks its contract; None for one that keeps it.
    accepted_because: str | None = None
    flags: tuple[Flagged, ...] = ()
    #: Year, people whose consent is dated so.
    consent: Sequence[tuple[str, int]] = ()
    #: The newest first.
    earlier: tuple[Earlier, ...] = ()
    replaced: Replaced = field(default_factory=Replaced)


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


def _bad(frame: pd.DataFrame, judged: Judged) -> pd.DataFrame:
    bad = ~judged.good
    return frame[bad].assign(reason=judged.reasons[bad])


def reasons_of(tables: Sequence[NormalTable], frame: pd.DataFrame, judged: Judged) -> tuple[Reason, ...]:
    """Count the reasons of the quarantine, each with some examples, the most frequent first.

    Args:
        tables: The tables of one import.
        frame: All their rows, with the number of their table.
        judged: What the rules say about them.
    """
    bad = _bad(frame, judged)
    return tuple(
        Reason(
            code=code,
            meaning=REASONS[code],
            count=count,
            examples=tuple(_examples(tables, bad[bad["reason"] == code].head(_EXAMPLES))),
        )
        for code, count in judged.counts().items()
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
    return {str(flag): int(count) for flag, count in counts.items() if flag in FLAGS}


def flagged_of(people: pd.DataFrame) -> tuple[Flagged, ...]:
    """Say of each flag what it is about, the most frequent first; no whole address is in it."""
    return tuple(
        Flagged(code=code, meaning=FLAGS[code], count=count, examples=_flagged(people[people["flag"] == code], code))
        for code, count in flags_of(people).items()
    )


def _flagged(people: pd.DataFrame, code: str) -> list[tuple[str, int]]:
    mailboxes = people["address_key"].str.replace(r"[+@].*$", "@", regex=True)
    counts = (mailboxes if code == ROLE else people["domain"]).value_counts().head(_FLAG_EXAMPLES)
    names = [str(name) for name in counts.index]
    if code != ROLE:
        meant = verdicts_of(pa.array([f"x@{name}" for name in names], pa.string())).suggestion.to_pylist()
        names = [f"{name} → {other}?" if other else name for name, other in zip(names, meant, strict=True)]
    return list(zip(names, (int(count) for count in counts), strict=True))


def consent_by_year(people: pd.DataFrame) -> list[tuple[str, int]]:
    """Count the people by the year of their consent, a dozen years at most; a missing date is in none."""
    counts = people["consented_at"].dt.year.value_counts().sort_index()
    years = {int(year): int(count) for year, count in counts.items()}
    if not years:
        return []
    last = max(years)
    first = max(min(years), last - _YEARS + 1)
    before = sum(count for year, count in years.items() if year < first)
    told = [(str(year), years.get(year, 0)) for year in range(first, last + 1)]
    return [(f"≤{first - 1}", before), *told] if before else told


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
