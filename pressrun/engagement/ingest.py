"""Bring what has landed into the lake, counted once, and suppress who must not be mailed again.

Each stretch of a landing file is one transaction: its rows and the mark of how far it was read. A kill at any
moment leaves either both or neither, so running again loses nothing and counts nothing twice.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pressrun.crash_points import reach
from pressrun.engagement import consent, suppressing
from pressrun.engagement.parse import Event, Ignored, Unreadable, parse_body
from pressrun.engagement.tables import aside_table, event_table
from pressrun.landing import LandedLine, Landing, decode_post
from pressrun.ledger import Ledger
from pressrun.settings import Settings
from pressrun.warehouse import Lake, marts, open_lake

#: Events in one transaction: enough to be quick, few enough for memory.
STRETCH = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestSummary:
    """What one ingest read; `read` is the sum of the four that follow."""

    files: int
    read: int
    new: int
    duplicate: int
    ignored: int
    unreadable: int
    seconds: float

    def as_json(self) -> dict[str, object]:
        """Give the public shape."""
        names = ("files", "read", "new", "duplicate", "ignored", "unreadable")
        return {**{name: getattr(self, name) for name in names}, "seconds": round(self.seconds, 3)}


@dataclass(kw_only=True, slots=True)
class _Stretch:
    """Some lines of one landing file, parsed."""

    file: str
    start: int
    end: int
    events: list[Event] = field(default_factory=list)
    aside: list[tuple[Ignored | Unreadable, int]] = field(default_factory=list)
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def size(self) -> int:
        return len(self.events) + len(self.aside)

    def take(self, line: LandedLine) -> None:
        """Parse one landed line; a damaged one is kept with its reason."""
        self.digest.update(line.content)
        self.end = line.end
        try:
            body = decode_post(line.content).body
        except ValueError as error:
            shown = line.content.decode("utf-8", "replace")
            self.aside.append((Unreadable(reason=f"damaged line: {error}", raw=shown), line.start))
            return
        for found in parse_body(body):
            if isinstance(found, Event):
                self.events.append(found)
            else:
                self.aside.append((found, line.start))


def ingest(
    settings: Settings, ledger: Ledger, *, now: datetime, progress: Callable[[int], None] | None = None
) -> IngestSummary:
    """Load landed events and consent actions, suppress, and rebuild the marts if anything changed.

    Args:
        settings: Where the stores are.
        ledger: Takes the suppressions.
        now: When it is done.
        progress: Told how many more events were read.

    Raises:
        StoreBusyError: Another writer kept the lake; nothing was changed.
    """
    began = time.monotonic()
    totals = dict.fromkeys(("read", "new", "duplicate", "ignored", "unreadable"), 0)
    files: set[str] = set()
    landing = Landing(settings.landing_dir)
    with open_lake(settings) as lake:
        for stretch in _stretches(landing, dict(lake.rows("queries/event_marks", {"stream": "events"}))):
            counts = _load(lake, stretch, now)
            files.add(stretch.file)
            for name, count in counts.items():
                totals[name] += count
            if progress is not None:
                progress(counts["read"])
        reach("ingest.events_loaded")
        consent.load(lake, landing, now)
        reach("ingest.consent_loaded")
        suppressing.suppress(lake, ledger)
        reach("ingest.suppressed")
        marts.rebuild_if_stale(lake, now)
        reach("ingest.marts_built")
    return IngestSummary(files=len(files), **totals, seconds=time.monotonic() - began)


def _stretches(landing: Landing, marks: dict[str, int]) -> Iterator[_Stretch]:
    """Cut the landed lines into stretches of one file each."""
    stretch: _Stretch | None = None
    for line in landing.lines("events", marks):
        if stretch is not None and (stretch.file != line.file or stretch.size >= STRETCH):
            yield stretch
            stretch = None
        if stretch is None:
            stretch = _Stretch(file=line.file, start=line.start, end=line.start)
        stretch.take(line)
    if stretch is not None:
        yield stretch


def _load(lake: Lake, stretch: _Stretch, now: datetime) -> dict[str, int]:
    """Commit one stretch: what is new, what is set aside, and the mark."""
    load_id = lake.value("queries/event_next_load")
    here = {"load_id": load_id, "file": stretch.file, "now": now}
    with (
        lake.transaction(),
        lake.table("incoming_events", event_table(stretch.events)),
        lake.table("incoming_aside", aside_table(stretch.aside)),
    ):
        lake.run("queries/event_judge")
        counts = _counts(lake, stretch)
        lake.run("queries/event_insert", {"load_id": load_id})
        lake.run("queries/event_set_aside", here)
        lake.run(
            "queries/event_mark",
            {
                **here,
                "stream": "events",
                "sha256": stretch.digest.hexdigest(),
                "offset_from": stretch.start,
                "offset_to": stretch.end,
                **counts,
            },
        )
    return counts


def _counts(lake: Lake, stretch: _Stretch) -> dict[str, int]:
    judged = dict(lake.rows("queries/event_counts"))
    unreadable = sum(isinstance(found, Unreadable) for found, _ in stretch.aside)
    new = judged.get("new", 0)
    return {
        "read": stretch.size,
        "new": new,
        "duplicate": len(stretch.events) - new,
        "ignored": len(stretch.aside) - unreadable,
        "unreadable": unreadable,
    }
