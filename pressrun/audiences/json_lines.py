"""Read a file with one JSON object on each line; objects inside of it become columns of their own."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from pressrun.audiences.encodings import Encoding, next_line
from pressrun.audiences.records import MAX_CELL, MAX_COLUMNS, Records, refuse_width
from pressrun.audiences.sources import Source
from pressrun.errors import InputError

#: Objects inside objects are taken apart so far down; what lies deeper stays JSON.
_DEPTH = 3


def read_json_lines(source: Source, encoding: Encoding) -> Records:
    """Read all rows; the columns are all the names that occur, in the order they occur.

    Raises:
        InputError: A line is no JSON object, or the table is larger than tables of subscribers are.
    """
    records = Records(header=_names(source, encoding))
    rows = (
        (line, [] if found is None else [found.get(name, "") for name in records.header])
        for line, found in _objects(source, encoding)
    )
    records.gather(rows, source)
    return records


def cell_of(value: Any) -> str:
    """Write a value as the services write it into a cell: a list as a row of CSV with quotes, the rest as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join('"' + item.replace('"', '""') + '"' for item in value)
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def unfolded(record: Mapping[Any, Any], before: str = "", depth: int = _DEPTH) -> Iterator[tuple[str, str]]:
    """Give each value of an object with its name; those of objects inside go by `outer.inner`."""
    for name, value in record.items():
        if isinstance(value, dict) and depth > 1 and value:
            yield from unfolded(value, f"{before}{name}.", depth - 1)
        elif not isinstance(value, dict) or value:
            yield f"{before}{name}", cell_of(value)


def _names(source: Source, encoding: Encoding) -> list[str]:
    names: dict[str, None] = {}
    for line, found in _objects(source, encoding):
        names.update(dict.fromkeys(found or ()))
        if len(names) > MAX_COLUMNS:
            raise InputError(
                f"{source.name} has {len(names):,} different names by line {line}; {MAX_COLUMNS} columns are the "
                "limit. Nothing was changed; leave out the columns that no issue needs."
            )
    refuse_width(source, len(names))
    return list(names)


def _objects(source: Source, encoding: Encoding) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Give each line with its object, None for a blank one."""
    with source.text(encoding.codec) as file:
        number = 1
        while text := next_line(file, source, number):
            yield number, _object(source, number, text) if text.strip() else None
            number += 1


def _object(source: Source, line: int, text: str) -> dict[str, str]:
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InputError(
            f"{source.name}, line {line} is no JSON ({error.msg}). Nothing was changed; mend the line, or take it out."
        ) from None
    if not isinstance(record, dict):
        raise InputError(
            f"{source.name}, line {line} is JSON but no object. Nothing was changed; write each row as "
            '{"email": …} on a line of its own.'
        )
    found = dict(unfolded(record))
    if any(len(cell) > MAX_CELL for cell in found.values()):
        raise InputError(
            f"{source.name}, line {line} has a cell of more than {MAX_CELL:,} characters. "
            "Nothing was changed; shorten it."
        )
    return found
