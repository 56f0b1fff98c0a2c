"""What an import tells those who ran it; its names are a promise."""

from dataclasses import dataclass
from pathlib import Path


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
