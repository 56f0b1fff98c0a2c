"""Look at segments: whom one would mail now, who is left out and why, and how that differs from the last issue."""

import heapq
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from pressrun import audiences
from pressrun.audiences.addresses import masked
from pressrun.audiences.selection import about_segment, every_segment, segment_named
from pressrun.delivery.consent import ConsentReader
from pressrun.delivery.freeze import chooser_now
from pressrun.errors import InputError
from pressrun.landing import Landing
from pressrun.ledger import Ledger
from pressrun.settings import Settings
from pressrun.warehouse import Lake, read_lake
from pressrun.warehouse.segments import Segment, look_at_segment, parameters_of, stream_segment


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """How the recipients of now differ from those of the issue that was frozen last."""

    issue_id: str
    #: That issue's segment; it may be another one.
    segment: str
    recipients: int
    new: int
    same: int
    gone: int
    frozen_at: datetime

    def as_json(self) -> dict[str, object]:
        """Give the public shape."""
        names = ("issue_id", "segment", "recipients", "new", "same", "gone", "frozen_at")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentView:
    """One segment as of now; candidates = recipients + the sum of those left out."""

    segment: str
    about: str
    candidates: int
    recipients: int
    #: Reason → how many are left out for it.
    excluded: Mapping[str, int]
    #: None where no issue was ever frozen.
    difference: Difference | None
    #: Some recipients, the same ones each time.
    sample: Sequence[Mapping[str, object]]
    seconds: float

    def as_json(self) -> dict[str, object]:
        """Give the public shape."""
        return {
            "segment": self.segment,
            "about": self.about,
            "candidates": self.candidates,
            "recipients": self.recipients,
            "excluded": dict(sorted(self.excluded.items())),
            "last_issue": None if self.difference is None else self.difference.as_json(),
            "sample": list(self.sample),
            "seconds": round(self.seconds, 3),
        }


def view_segment(
    settings: Settings, ledger: Ledger, reference: str, *, now: datetime, sample: int = 10, addresses: bool = False
) -> SegmentView:
    """Go through one segment's candidates as a send would, and store nothing.

    Args:
        settings: Where the stores and segments are.
        ledger: Read for suppressions and decisions.
        reference: The segment, with the values it takes.
        now: The present.
        sample: How many recipients are shown.
        addresses: Whether their whole addresses and names are shown.

    Raises:
        InputError: There is no such segment or lake, or the segment cannot be run.
    """
    began = time.monotonic()
    about = about_segment(segment_named(reference, settings.segments))
    tally = _Tally(sample)
    gone = ConsentReader(ledger, Landing(settings.landing_dir)).refresh()
    chooser = chooser_now(settings, ledger, gone, now)
    for rows in audiences.candidates(settings, reference):
        tally.take(rows, chooser)
    with read_lake(settings) as lake:
        difference = _difference(lake, tally.recipients())
    return SegmentView(
        segment=reference,
        about=about,
        candidates=tally.candidates,
        recipients=len(tally.recipients()),
        excluded=tally.excluded,
        difference=difference,
        sample=[_shown(person, whole=addresses) for person in tally.sample()],
        seconds=time.monotonic() - began,
    )


def list_segments(settings: Settings) -> list[dict[str, object]]:
    """Give each segment with what it says of itself, the values it takes, and its candidates where it takes none."""
    return [_listed(settings, name) for name in every_segment(settings.segments)]


def check_segments(settings: Settings) -> list[dict[str, object]]:
    """Check all segments without any lake: name, the values it takes, and what is wrong with it, if anything."""
    return [_checked(settings, name) for name in every_segment(settings.segments)]


class _Tally:
    """Count candidates piece by piece, keeping ids and a few people."""

    def __init__(self, sample: int) -> None:
        self._size = sample
        self._ids: list[pa.Array] = []
        self._kept: list[tuple[int, str, dict[str, object]]] = []
        self.candidates = 0
        self.excluded: Counter[str] = Counter()

    def take(self, rows: pa.RecordBatch, chooser: audiences.Chooser) -> None:
        pairs = zip(rows["address_key"].to_pylist(), rows["status"].to_pylist(), strict=True)
        reasons = [chooser.reason_against(key, status) for key, status in pairs]
        self.candidates += rows.num_rows
        self.excluded.update(reason for reason in reasons if reason is not None)
        kept = rows.filter(pa.array([reason is None for reason in reasons]))
        self._ids.append(kept["subscriber_id"])
        self._keep_some(kept)

    def recipients(self) -> pa.Array:
        return pa.concat_arrays(self._ids) if self._ids else pa.array([], pa.string())

    def sample(self) -> list[dict[str, object]]:
        return [person for _, _, person in sorted(self._kept, key=lambda one: one[:2])]

    def _keep_some(self, kept: pa.RecordBatch) -> None:
        """Keep those with the smallest checksums: spread over all, and the same at each look."""
        ids = kept["subscriber_id"].to_pylist()
        places = heapq.nsmallest(self._size, range(len(ids)), key=lambda at: zlib.crc32(ids[at].encode()))
        some = ((zlib.crc32(ids[at].encode()), ids[at], kept.slice(at, 1).to_pylist()[0]) for at in places)
        self._kept = heapq.nsmallest(self._size, [*self._kept, *some], key=lambda one: one[:2])


def _difference(lake: Lake, present: pa.Array) -> Difference | None:
    found = lake.rows("queries/segment_last_issue")
    if not found:
        return None
    issue_id, segment, recipients, frozen_at = found[0]
    before = lake.arrow("queries/segment_last_recipients", {"issue_id": issue_id})["subscriber_id"]
    same = pc.sum(pc.is_in(present, value_set=before.combine_chunks())).as_py() or 0
    return Difference(
        issue_id=issue_id,
        segment=segment,
        recipients=recipients,
        new=len(present) - same,
        same=same,
        gone=len(before) - same,
        frozen_at=frozen_at,
    )


def _shown(person: Mapping[str, object], *, whole: bool) -> dict[str, object]:
    """Show one recipient; without leave neither the whole address nor the name."""
    email = str(person["email"])
    said = {"email": email, "name": person["name"]} if whole else {"email": masked(email)}
    return {"subscriber_id": person["subscriber_id"], **said, "tags": person["tags"]}


def _listed(settings: Settings, name: str) -> dict[str, object]:
    segment = segment_named(name, settings.segments)
    row: dict[str, object] = {"segment": name, "about": about_segment(segment), "takes": [], "candidates": None}
    try:
        takes = parameters_of(segment)
        count = None if takes else _count(settings, segment)
    except InputError as error:
        return {**row, "problem": str(error)}
    return {**row, "takes": list(takes), "candidates": count, "problem": None}


def _count(settings: Settings, segment: Segment) -> int:
    """Count a segment's candidates: each row says how many there are."""
    pieces: Iterator[pa.RecordBatch] = (piece for piece in stream_segment(settings, segment, size=1) if piece.num_rows)
    first = next(pieces, None)
    return 0 if first is None else int(first["count_candidates"][0].as_py())


def _checked(settings: Settings, name: str) -> dict[str, object]:
    try:
        question = look_at_segment(segment_named(name, settings.segments))
    except InputError as error:
        return {"segment": name, "ok": False, "takes": [], "problem": str(error)}
    return {"segment": name, "ok": True, "takes": list(question.parameters), "problem": None}
