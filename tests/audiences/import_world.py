"""A world to import into: stores in a folder, and questions to ask them."""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from pressrun.audiences import ImportSummary, import_tables
from pressrun.ledger import Ledger, open_ledger, suppressions
from pressrun.settings import Settings
from pressrun.warehouse import connect
from tests.new_stores import new_ledger, new_stores

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
EXPORTS = Path(__file__).resolve().parents[2] / "../shared/data/subscriber-exports"
SAMPLE = Path(__file__).resolve().parents[2] / "data/sample"
_CHANGES = "select count(*) from ducklake_table_changes('lake', 'main', 'raw_subscribers', ?, ?)"
SUMS = ("inserted", "updated", "unchanged", "duplicate", "quarantined")


@dataclass(frozen=True, kw_only=True)
class World:
    """Stores of one test."""

    folder: Path
    settings: Settings
    ledger: Ledger
    readers: list[duckdb.DuckDBPyConnection] = field(default_factory=list)

    @staticmethod
    def make(folder: Path, *, lake: bool = True) -> "World":
        """Make stores in a folder, with segments beside them."""
        home = folder / "home"
        new_stores(home) if lake else new_ledger(home)
        (folder / "segments").mkdir()
        settings = Settings(home=home, segments=folder / "segments", _env_file=None)
        return World(folder=folder, settings=settings, ledger=open_ledger(settings))

    def copy(self, folder: Path) -> "World":
        """Give another world with the same in its stores, which is quicker than to fill one anew."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        settings = Settings(home=folder / "home", segments=folder / "segments", _env_file=None)
        return World(folder=folder, settings=settings, ledger=open_ledger(settings))

    def file(self, text: str, name: str = "members.csv") -> Path:
        """Write a table."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def take(self, *texts: str, **options: Any) -> ImportSummary:
        """Import tables given as text."""
        files = [self.file(text, f"members{number}.csv") for number, text in enumerate(texts)]
        return self.take_files(*files, **options)

    def take_files(self, *files: Path, **options: Any) -> ImportSummary:
        """Import files, and hold the sum that every import promises."""
        summary = import_tables(files, self.settings, self.ledger, **{"now": NOW, **options})
        assert summary.read == sum(getattr(summary, part) for part in SUMS)
        return summary

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the lake, by one connection that stays open, as a dashboard's does."""
        if not self.readers:
            self.readers.append(connect(self.settings))
        return self.readers[0].execute(question, values).fetchall()

    def close(self) -> None:
        """Give the stores back."""
        self.ledger.close()
        for reader in self.readers:
            reader.close()

    def statuses(self) -> dict[str, str]:
        """Give each subscriber's status."""
        return dict(self.ask("select address_key, status from subscribers"))

    def suppressed(self) -> dict[str, str]:
        """Give each suppressed address's reason, from the ledger."""
        return {key: found.reason for key, found in suppressions.every(self.ledger).items()}

    def changes_of_subscribers(self, since: int) -> int:
        """Count the rows of raw_subscribers that were touched after a snapshot."""
        newest = self.newest_snapshot()
        if newest == since:
            return 0
        ((count,),) = self.ask(_CHANGES, since + 1, newest)
        return int(count)

    def newest_snapshot(self) -> int:
        """Give the number of the lake's present state."""
        ((number,),) = self.ask("select max(snapshot_id) from ducklake_snapshots('lake')")
        return int(number)


def sums(summary: ImportSummary) -> dict[str, int]:
    """Give the parts of a sum that are not 0."""
    return {part: getattr(summary, part) for part in SUMS if getattr(summary, part)}


def quarantined(summary: ImportSummary) -> list[tuple[int, str]]:
    """Give the line and reason of each quarantined row."""
    rows = pd.read_csv(summary.quarantine, dtype="str", keep_default_na=False)
    return [(int(line), reason) for line, reason in zip(rows["row"], rows["reason"], strict=True)]
