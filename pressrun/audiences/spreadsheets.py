"""Read spreadsheets: Excel's (xlsx, xlsm, xlsb, xls) and OpenDocument's (ods).

A file of some kilobytes can say that its last cell is in row 1,048,576 of column XFD, and the library that reads
spreadsheets then asks for 500 GB and takes its whole process down (measured with python-calamine 0.9.1). So it runs
in a process of its own, with little memory, that hands over text.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from pressrun.audiences.archives import member_bytes, refuse_bombs_in
from pressrun.audiences.records import MAX_CELL, MAX_ROWS, Records, refuse_width
from pressrun.audiences.sources import Source
from pressrun.errors import InputError

#: Bytes that a spreadsheet's parts may have once unpacked.
_MAX_UNPACKED = 400 << 20
#: In place of a path: the bytes come by standard input.
FROM_INPUT = "-"
_CHILD = Path(__file__).with_name("spreadsheet_process.py")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One sheet of a spreadsheet."""

    records: Records
    #: For people: which sheet it is.
    title: str
    notes: tuple[str, ...]


def read_spreadsheet(source: Source) -> Sheet:
    """Read the first sheet that holds addresses; if none does, the first that holds anything.

    Numbers and dates come as text: 12345 and not 12345.0, dates as ISO 8601.

    Raises:
        InputError: It cannot be read, is locked, or is larger than tables of subscribers are.
    """
    with source.open() as file:
        if not file.read(4).startswith(_OLD_EXCEL):
            refuse_bombs_in(source, limit=_MAX_UNPACKED)
    # what lies in an archive is handed over as bytes, for nothing is unpacked to disk
    given = member_bytes(source) if source.member else None
    place = FROM_INPUT if source.member else str(source.path.resolve())
    command = [sys.executable, "-I", str(_CHILD), place, str(MAX_ROWS), str(MAX_CELL)]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and script; no shell sees the path
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        try:
            _hand_over(child, given)
            return _taken(source, child)
        finally:
            child.kill()


def _hand_over(child: "subprocess.Popen[bytes]", given: bytes | None) -> None:
    """Give the child the bytes, which it takes to the end before it answers."""
    assert child.stdin is not None  # noqa: S101 - it was asked for
    # one that dies meanwhile is found out when it does not answer
    with suppress(BrokenPipeError), child.stdin as pipe:
        pipe.write(given or b"")


def _taken(source: Source, child: "subprocess.Popen[bytes]") -> Sheet:
    assert child.stdout is not None  # noqa: S101 - it was asked for
    about = _about(source, child, child.stdout.readline())
    rows = _rows(source, child, child.stdout)
    _, header = next(rows, (0, []))
    while header and not header[-1].strip():
        header.pop()
    refuse_width(source, len(header))
    records = Records(header=header)
    records.gather(rows, source)
    others = [name for name in about["sheets"] if name != about["sheet"]]
    return Sheet(records=records, title=f"sheet “{about['sheet']}”", notes=_told(about, others))


def _about(source: Source, child: "subprocess.Popen[bytes]", line: bytes) -> dict[str, Any]:
    if not line.endswith(b"\n"):
        raise _died(source, child)
    about: dict[str, Any] = orjson.loads(line)
    if "error" in about:
        raise InputError(
            f"{source.name}: {about['error']}. Nothing was changed; save the sheet as CSV and import that."
        )
    return about


def _rows(source: Source, child: "subprocess.Popen[bytes]", lines: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Give each row with its number in the sheet, from the first that is not blank."""
    has_begun = False
    for line in lines:
        if not line.endswith(b"\n"):
            break
        found = orjson.loads(line)
        if isinstance(found, dict):
            if "error" in found:
                _about(source, child, line)
            return
        number, row = found
        has_begun = has_begun or any(cell.strip() for cell in row)
        if has_begun:
            yield number, row
    raise _died(source, child)


def _told(about: dict[str, Any], others: list[str]) -> tuple[str, ...]:
    if not others:
        return ()
    why = "the first that holds addresses" if about["holds_addresses"] else "the first that holds anything"
    return (f"Sheet “{about['sheet']}” was read, {why}; left out: {', '.join(others)}.",)


def _died(source: Source, child: "subprocess.Popen[bytes]") -> InputError:
    child.wait()
    return InputError(
        f"{source.name} cannot be read in the memory that spreadsheets get: it is too large, claims cells far out, "
        "or is broken. Nothing was changed; save the sheet as CSV and import that."
    )
