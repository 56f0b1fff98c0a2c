"""Write one sheet of a spreadsheet to standard output, row by row as JSON; run as a process of its own.

It imports nothing of ours, for it shall start at once and die alone.
"""

import contextlib
import datetime
import io
import json
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any

import python_calamine as calamine

#: Bytes of memory; some three million cells. With what the libraries bring it stays below 400 MB.
_MEMORY = 360 << 20
_SECONDS = 120
_ADDRESS = re.compile(r"[^\s@,;<>]@[^\s@,;<>]+\.\w")
_LOOKED_AT = 1_000


class _TooLargeError(Exception):
    """The sheet is larger than tables of subscribers are."""


def main(path: str, max_rows: int, max_cell: int) -> None:
    """Write what the sheet is, then its rows with their numbers, then an empty object."""
    _be_modest()
    try:
        _write(path, max_rows, max_cell)
    except calamine.PasswordError:
        _say({"error": "it is locked by a password"})
    except (calamine.CalamineError, _TooLargeError, OSError, ValueError) as error:
        _say({"error": f"it cannot be read ({error})"})


def _be_modest() -> None:
    for limit, value in ((resource.RLIMIT_DATA, _MEMORY), (resource.RLIMIT_CPU, _SECONDS), (resource.RLIMIT_CORE, 0)):
        # not every system knows every limit
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def _write(path: str, max_rows: int, max_cell: int) -> None:
    book = _opened(path)
    sheets = [one.name for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
    sheet, holds_addresses = _choose(book, sheets)
    if sheet is None:
        _say({"error": "it has no sheet with anything in it"})
        return
    if sheet.total_height > max_rows:
        raise _TooLargeError(f"{sheet.total_height:,} rows; {max_rows:,} are the limit")
    _say({"sheets": sheets, "sheet": sheet.name, "holds_addresses": holds_addresses})
    for number, row in _rows(sheet):
        longest = max(map(len, row), default=0)
        if longest > max_cell:
            raise _TooLargeError(f"row {number} has a cell of more than {max_cell:,} characters")
        _say([number, row])
    _say({})


def _opened(path: str) -> Any:
    """Open a file, or what comes by standard input if the path is a hyphen."""
    if path == "-":
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    return calamine.CalamineWorkbook.from_path(path)


def _choose(book: Any, names: list[str]) -> tuple[Any, bool]:
    """Give the first sheet that holds addresses, else the first that holds anything."""
    fall_back = None
    for name in names:
        sheet = book.get_sheet_by_name(name)
        if any(_ADDRESS.search(cell) for number, row in _rows(sheet, _LOOKED_AT) for cell in row):
            return sheet, True
        if fall_back is None and sheet.height:
            fall_back = name
        del sheet
    return (None if fall_back is None else book.get_sheet_by_name(fall_back)), False


def _rows(sheet: Any, at_most: int | None = None) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, [_text(cell) for cell in row]
        if number == at_most:
            return


def _text(cell: Any) -> str:
    """Write a cell as it would stand in a CSV."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def _say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
