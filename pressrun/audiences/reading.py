"""Read all files of one import, recognise their tables and bring them to our own columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pressrun.audiences.attributes import attribute_columns
from pressrun.audiences.meanings import ColumnMeaning, meanings_of, refuse_unmatched
from pressrun.audiences.normalising import NormalTable, normalise
from pressrun.audiences.returning import recognise_all
from pressrun.audiences.tables import RawTable, read_tables
from pressrun.errors import InputError


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """What a person said about how to read the files."""

    #: Which service they come from; `auto` looks at their columns.
    source: str = "auto"
    #: Column → meaning, as `meanings_said` gives it.
    said: Mapping[str, str] = field(default_factory=dict)
    #: Zone of times that name none (IANA); None: UTC.
    timezone: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TableShown:
    """What one table was taken for, for a person to look at before it counts."""

    name: str
    title: str
    why: str
    reading: str
    rows: int
    columns: tuple[ColumnMeaning, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Give the public form."""
        return {
            "file": self.name,
            "source": self.title,
            "why": self.why,
            "reading": self.reading,
            "rows": self.rows,
            "columns": [column.as_json() for column in self.columns],
            "notes": list(self.notes),
        }


def read_all(
    files: Sequence[Path], way: Way, now: datetime, progress: Callable[[str, float], None]
) -> list[NormalTable]:
    """Read all files; a table without rows is left out, unless it is one of several and has a header.

    Args:
        files: One or several; each may hold several tables.
        way: What a person said about how to read them.
        now: The present, aware.
        progress: Told what is read, and the share of the reading that is done.

    Raises:
        InputError: A file cannot be read or recognised, or there is no row in any of them; nothing was changed.
    """
    raw: list[RawTable] = []
    for number, path in enumerate(files):
        progress(f"reading {path.name}", number / len(files))
        raw += read_tables(path)
    refuse_unmatched(way.said, [column for table in raw for column in table.frame.columns])
    tables = [
        normalise(recognised, now)
        for table in raw
        if len(table.frame.columns) and (len(table.frame) or len(raw) > 1)
        for recognised in recognise_all(table, way.source, said=way.said, timezone=way.timezone)
    ]
    if not any(len(table.frame) for table in tables):
        names = ", ".join(path.name for path in files) or "no file"
        raise InputError(f"There is no row of data in {names}. Nothing was changed.")
    return tables


def shown(tables: Sequence[NormalTable]) -> tuple[TableShown, ...]:
    """Give what each table was taken for, with samples and without whole addresses."""
    return tuple(
        TableShown(
            name=table.recognised.table.name,
            title=table.recognised.profile.title,
            why=table.recognised.why,
            reading=table.recognised.table.reading,
            rows=len(table.frame),
            columns=meanings_of(table.recognised, attribute_columns(table.recognised)),
            notes=table.notes,
        )
        for table in tables
    )
