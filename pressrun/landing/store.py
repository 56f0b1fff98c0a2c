"""Append lines to daily files, durable before the caller goes on, and read them back by offset.

A line is whole only with its line feed. A tail without one was never acknowledged: readers leave it alone,
and the next append closes it off, so that it can never swallow a good line. Readers stay out of a file for the
moment in which a line becomes durable: one that could still be cut back must not move anybody's mark.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pressrun.crash_points import reach

Stream = Literal["events", "consent", "receiver"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LandedLine:
    """One whole line of a landing file."""

    #: Name of the daily file.
    file: str
    #: Where the line begins, in bytes.
    start: int
    #: Where the next line begins, in bytes.
    end: int
    #: The line without its line feed.
    content: bytes


class Landing:
    """The landing zone in one folder; any number of processes may append and read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, stream: Stream, line: bytes, *, at: datetime) -> None:
        """Write one line and return once it would survive a crash.

        Args:
            stream: `events`, `consent` or `receiver`.
            line: JSON without a line feed.
            at: Aware time that names the day's file.

        Raises:
            OSError: The line could not be made durable; the file is as it was before.
        """
        path = self._day_file(stream, at)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            _append_durably(handle, line + b"\n")
        finally:
            os.close(handle)

    def lines(self, stream: Stream, marks: Mapping[str, int]) -> Iterator[LandedLine]:
        """Give the whole lines after the marks, oldest file first.

        Args:
            stream: `events`, `consent` or `receiver`.
            marks: For each file already read, the offset to go on from.
        """
        for path in sorted((self._folder / stream).glob("*.ndjson")):
            yield from _lines_of(path, marks.get(path.name, 0))

    def ends(self, stream: Stream) -> dict[str, int]:
        """Give the present length of each file of a stream, in bytes."""
        return {path.name: path.stat().st_size for path in (self._folder / stream).glob("*.ndjson")}

    def _day_file(self, stream: Stream, at: datetime) -> Path:
        folder = self._folder / stream
        path = folder / f"{at.astimezone(UTC):%Y-%m-%d}.ndjson"
        if not path.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
            reach("landing.file_made")
            for changed in (folder, folder.parent, folder.parent.parent):
                _sync_folder(changed)
        return path


def _append_durably(handle: int, line: bytes) -> None:
    """Write under the lock; on any error cut the file back, so that half a line never stays."""
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        line = b"\n" + line
    reach("landing.before_write")
    try:
        _write_all(handle, line)
        reach("landing.written")
        os.fsync(handle)
        reach("landing.synced")
    except OSError:
        os.ftruncate(handle, size)
        raise


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _settled_size(handle: int) -> int:
    """Give the size of a file at a moment when nobody is appending to it."""
    fcntl.flock(handle, fcntl.LOCK_SH)
    try:
        return os.fstat(handle).st_size
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines_of(path: Path, start: int) -> Iterator[LandedLine]:
    with path.open("rb") as file:
        settled = _settled_size(file.fileno())
        file.seek(start)
        for raw in file:
            end = start + len(raw)
            if end > settled or not raw.endswith(b"\n"):
                return
            yield LandedLine(file=path.name, start=start, end=end, content=raw[:-1])
            start = end
