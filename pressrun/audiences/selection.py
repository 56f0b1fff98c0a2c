"""Ask a segment for the candidates of one issue, and say who of them may not be mailed."""

import csv
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from pressrun.audiences.mailboxes import mailbox_key
from pressrun.errors import InputError
from pressrun.settings import Settings
from pressrun.warehouse.segments import Segment, stream_segment

#: What the ledger keeps of an issue's segment.
LONGEST = 64
#: Statuses that keep a subscriber from being mailed; each is its own reason.
_NOT_MAILABLE = frozenset({"paused", "unconfirmed", "inactive", "unsubscribed", "bounced", "complained", "blocked"})


def exclusion_reason(status: str, suppression_reason: str | None) -> str | None:
    """Say why a candidate is left out of the audience; None makes the candidate a recipient.

    Args:
        status: The subscriber's status.
        suppression_reason: Why the address is suppressed in the ledger, if it is; it outranks the status.
    """
    if suppression_reason is not None:
        return suppression_reason
    if status == "active":
        return None
    return status if status in _NOT_MAILABLE else "status_unknown"


class Chooser:
    """Say of one candidate after the other whether it becomes a recipient, as a send does."""

    def __init__(
        self,
        suppressed: Mapping[str, str],
        *,
        one_per_mailbox: bool = False,
        away: Callable[[str], str | None] = lambda key: None,
    ) -> None:
        """Begin with nobody chosen.

        Args:
            suppressed: Address key → reason.
            one_per_mailbox: Whether only the first of several spellings of one mailbox is mailed.
            away: Address key → `paused` or `inactive` where a person decided so, or None.
        """
        self._suppressed = suppressed
        self._away = away
        self._mailboxes: set[str] | None = set() if one_per_mailbox else None

    def reason_against(self, address_key: str, status: str) -> str | None:
        """Give the reason why a candidate is left out; None makes it a recipient."""
        reason = exclusion_reason(status, self._suppressed.get(address_key)) or self._away(address_key)
        if reason is None and self._mailboxes is not None:
            known = len(self._mailboxes)
            self._mailboxes.add(mailbox_key(address_key))
            return "same_mailbox" if len(self._mailboxes) == known else None
        return reason


def candidates(settings: Settings, segment: str, *, size: int = 10_000) -> Iterator[pa.RecordBatch]:
    """Give the candidates a segment selects, from one snapshot of the lake, in the order of their addresses.

    Args:
        settings: Where the lake and the segments are.
        segment: Name of a file in the folder of segments, without `.sql`; with the values it takes behind it, as in
            `by_tag(longreads)`.
        size: Candidates in one piece, at most.

    Yields:
        Pieces with subscriber_id, email, address_key, domain, name, status, tags, attributes (JSON text)
        and count_candidates, which is the same in each row: how many there are in all.

    Raises:
        InputError: There is no such segment or lake, or the segment is not one SELECT with a subscriber_id over open
            tables, lacks a value, or takes too long.
    """
    for piece in stream_segment(settings, segment_named(segment, settings.segments), size=size):
        if piece.num_rows:
            yield piece


def segment_named(reference: str, segments_dir: Path) -> Segment:
    """Read one segment's SQL; a name that leaves the folder is no name.

    Args:
        reference: `NAME`, or `NAME(value, …)`; a value with a comma or a bracket goes between double quotes.
        segments_dir: The folder of segments.

    Raises:
        InputError: There is no such segment, or it or its values cannot be read.
    """
    name, values = _parted(reference)
    known = {path.stem: path for path in segments_dir.glob("*.sql")}
    if name not in known:
        names = ", ".join(sorted(known)) or "none yet"
        raise InputError(
            f"There is no segment {name!r} in {segments_dir}/. These exist: {names}. "
            f"Write {segments_dir}/NAME.sql as one SELECT that returns subscriber_id, or name one of these."
        )
    try:
        text = known[name].read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{known[name]} cannot be read as UTF-8 text: {problem}. Nothing was changed.") from problem
    return Segment(reference=reference, text=text, values=values)


def every_segment(segments_dir: Path) -> list[str]:
    """Give the names of all segments, in order."""
    return sorted(path.stem for path in segments_dir.glob("*.sql"))


def about_segment(segment: Segment) -> str:
    """Give what the comment at the top of a segment says, as one line."""
    lines = itertools.takewhile(lambda line: line.startswith("--"), segment.text.strip().splitlines())
    return " ".join(line.lstrip("- ").strip() for line in lines)


def _parted(reference: str) -> tuple[str, tuple[str, ...]]:
    """Part a name from the values behind it."""
    name, bracket, rest = reference.strip().partition("(")
    if not bracket:
        return name, ()
    if not rest.endswith(")") or len(reference) > LONGEST or not reference.isprintable():
        raise InputError(
            f"Segment {reference!r} cannot be read: write NAME(value), of at most {LONGEST} printable characters. "
            "Nothing was changed."
        )
    values = next(csv.reader([rest[:-1]], skipinitialspace=True), [])
    return name.strip(), tuple(value.strip() for value in values)
