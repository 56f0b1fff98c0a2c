"""Write down who is concerned, by address: for the owner's eyes, in files that only the owner can read."""

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pressrun.ledger import Ledger, batches, recipients, settling
from pressrun.ledger.settling import Twice
from pressrun.settings import Settings

_IN_DOUBT = ("issue", "batch", "attempt", "in_doubt_since", "recipient_id", "address")
_TWICE = ("issue", "batch", "recipient_id", "address")


def write_in_doubt(ledger: Ledger, issue_id: str | None, path: Path) -> int:
    """Write who may or may not have been mailed.

    Args:
        ledger: The ledger.
        issue_id: One issue, or None for all.
        path: The CSV file.

    Returns:
        How many people are in it.
    """
    return _write(path, _IN_DOUBT, _people_in_doubt(ledger, issue_id))


def write_twice(settings: Settings, ledger: Ledger, found: Twice) -> Path:
    """Write who got an issue twice, below the stores, and say where."""
    folder = settings.private_home() / "reports"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"twice-{found.issue_id}-{found.batch_no}.csv"
    _write(path, _TWICE, _people_of(ledger, found))
    return path


def _people_in_doubt(ledger: Ledger, issue_id: str | None) -> Iterator[tuple[object, ...]]:
    for one in settling.in_doubt(ledger, issue_id):
        known = (one.issue_id, one.batch_no, one.attempt_id, f"{one.in_doubt_at:%Y-%m-%d %H:%M:%S}")
        for who in recipients.of_batch(ledger, one.issue_id, one.batch_no):
            yield (*known, who.recipient_id, who.address)


def _people_of(ledger: Ledger, found: Twice) -> Iterator[tuple[str, int, str, str]]:
    for number in batches.family(ledger, found.issue_id, found.batch_no):
        for who in recipients.of_batch(ledger, found.issue_id, number):
            yield found.issue_id, number, who.recipient_id, who.address


def _write(path: Path, headings: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> int:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    written = 0
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(headings)
        for row in rows:
            table.writerow([_harmless(value) for value in row])
            written += 1
    return written


def _harmless(value: object) -> object:
    """Keep a spreadsheet from taking an address for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
