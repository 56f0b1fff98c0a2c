"""Give the columns that mean nothing to Pressrun as attributes of each person, for templates and segments."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pressrun.audiences.arrow import as_array
from pressrun.audiences.json_lines import unfolded
from pressrun.audiences.profile import plain_name
from pressrun.audiences.recognising import Recognised
from pressrun.audiences.signs import sign_columns
from pressrun.audiences.statuses import YES
from pressrun.errors import InputError

#: Cells taken apart at once as Python strings.
_CELLS_AT_ONCE = 500_000
#: Rows by which it is judged whether rows repeat.
_LOOKED_AT = 10_000
#: Bytes of all attributes of one table.
_MAX_TOGETHER = 1 << 30
#: Characters of a cell up to which an object in it is read, and how many names it may have.
_MAX_OBJECT, _MAX_NAMES = 10_000, 100
_BETWEEN = "\x1f"
Attributes = dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributesRead:
    """The attributes of all rows."""

    #: One JSON object a row, its names sorted, without empty values.
    cells: pa.ChunkedArray
    #: What a person should know about them.
    notes: tuple[str, ...]


def attributes_of(recognised: Recognised) -> AttributesRead:
    """Give the columns that mean nothing to us as one JSON object a row.

    Raises:
        InputError: They come to more than attributes of people do.
    """
    columns = attribute_columns(recognised)
    objects = _Objects(recognised)
    cells = pa.chunked_array(_pieces(recognised, columns, objects), pa.string())
    return AttributesRead(cells=cells, notes=objects.notes())


def attribute_columns(recognised: Recognised) -> dict[str, str]:
    """Give the name of each attribute and the source's column that it is taken from."""
    profile = recognised.profile
    meant = [*profile.name, *profile.consented, *profile.subscribed, *profile.changed, *profile.tags, *profile.unfolded]
    used = {recognised.address, *recognised.columns(meant), *sign_columns(recognised)}
    # a word about payment is worth keeping even where it says that somebody may be mailed
    used -= {column for column in recognised.columns(profile.status) if plain_name(column) != "status"}
    used |= {column for columns in _gathered(recognised).values() for column in columns}
    names: dict[str, str] = {}
    for place, column in enumerate(recognised.table.frame.columns, start=1):
        if column not in used and recognised.plain(column) not in profile.left_out:
            names.setdefault(_name(recognised, column) or f"column_{place}", column)
            if names.get(_name(recognised, column)) != column:
                names[plain_name(column) or f"column_{place}"] = column
    return names


def _name(recognised: Recognised, column: str) -> str:
    """Name an attribute: parts of a name always go by the same two, the rest by its column, or as a person said."""
    said = recognised.said.get(column, "")
    if said.startswith("attribute:"):
        return said.partition(":")[2]
    plain = recognised.plain(column)
    for role in ("first_name", "last_name"):
        if plain in getattr(recognised.profile, role):
            return role
    return plain_name(column)


def _gathered(recognised: Recognised) -> dict[str, list[str]]:
    """Give the attributes that list columns which say yes, with those columns."""
    frame, found = recognised.table.frame, dict[str, list[str]]()
    for end, name in recognised.profile.gathered.items():
        columns = [column for column in frame.columns if recognised.plain(column).endswith(end)]
        if columns:
            found[name] = columns
    return found


class _Objects:
    """Columns that hold an object each, and how many of their cells could not be read as one."""

    def __init__(self, recognised: Recognised) -> None:
        self.columns: dict[str, Callable[[str], Any]] = {
            column: orjson.loads if kind == "json" else ast.literal_eval
            for name, kind in recognised.profile.unfolded.items()
            for column in recognised.columns([name])
        }
        self._unread = dict.fromkeys(self.columns, 0)

    def read(self, column: str, cell: str) -> Attributes:
        """Give the attributes in one cell; one that cannot be read is kept as it is, and counted."""
        try:
            if len(cell) > _MAX_OBJECT:
                raise ValueError
            record = self.columns[column](cell)
            found = dict(unfolded(record)) if isinstance(record, dict) else {}
            if not isinstance(record, dict) or len(found) > _MAX_NAMES:
                raise ValueError
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            self._unread[column] += 1
            return {plain_name(column): cell}
        return {plain_name(name): value for name, value in found.items() if value and plain_name(name)}

    def notes(self) -> tuple[str, ...]:
        """Say what could not be read."""
        return tuple(
            f"Cells of “{column}” that hold no readable object are kept as text ({count:,} different ones)."
            for column, count in self._unread.items()
            if count
        )


def _once_each(frame: pd.DataFrame, wanted: Sequence[str]) -> tuple[pa.Array, pa.Array] | None:
    """Give one row for each distinct one, and for each row which of them it is; None if it is of no use."""
    if not wanted or _are_mostly_distinct([as_array(frame[column].iloc[:_LOOKED_AT]) for column in wanted]):
        return None
    arrays = [as_array(frame[column]) for column in wanted]
    if any(pc.any(pc.match_substring(one, _BETWEEN)).as_py() for one in arrays):
        return None
    codes = pc.binary_join_element_wise(*arrays, _BETWEEN).dictionary_encode().indices
    _, first = np.unique(codes.to_numpy(), return_index=True)
    return pa.array(first), codes


def _are_mostly_distinct(arrays: Sequence[pa.Array]) -> bool:
    """Say whether rows hardly repeat, so that to look for each distinct one is not worth the memory of all."""
    return len(pc.unique(pc.binary_join_element_wise(*arrays, _BETWEEN))) > len(arrays[0]) / 2


def _pieces(recognised: Recognised, columns: Mapping[str, str], objects: _Objects) -> list[pa.Array]:
    """Give the JSON of all rows, each distinct row written only once, taking apart some rows at a time."""
    gathered = _gathered(recognised)
    wanted = list(
        dict.fromkeys((*columns.values(), *objects.columns, *(c for found in gathered.values() for c in found)))
    )
    frame = recognised.table.frame[wanted]
    once = _once_each(frame, wanted)
    if once is not None:
        frame = frame.iloc[once[0].to_numpy()]
    step = max(1_000, _CELLS_AT_ONCE // max(1, len(wanted)))
    pieces, size = list[pa.Array](), 0
    for at in range(0, len(frame), step):
        part = frame.iloc[at : at + step]
        cells = {name: pc.utf8_trim_whitespace(as_array(part[name])).to_pylist() for name in wanted}
        pieces.append(pa.array(_texts(columns, gathered, objects, cells, len(part)), pa.string()))
        size += pieces[-1].nbytes
        if size > _MAX_TOGETHER:
            raise _too_much(recognised)
    if once is None or not pieces:
        return pieces
    distinct = pa.concat_arrays(pieces)
    if (pc.sum(pc.binary_length(distinct).take(once[1])).as_py() or 0) > _MAX_TOGETHER:
        raise _too_much(recognised)
    return [distinct.take(once[1])]


def _too_much(recognised: Recognised) -> InputError:
    return InputError(
        f"{recognised.table.name} holds more than {_MAX_TOGETHER >> 20:,} MB of attributes in its "
        f"{len(recognised.table.frame.columns):,} columns, with the names of the columns in each row. "
        "Nothing was changed; leave out the columns that no issue needs, or import it in several parts."
    )


def _texts(
    columns: Mapping[str, str],
    gathered: Mapping[str, list[str]],
    objects: _Objects,
    cells: Mapping[str, list[str]],
    length: int,
) -> list[str]:
    plain = [cells[column] for column in columns.values()]
    rows = zip(*plain, strict=True) if plain else [()] * length
    names = list(columns)
    more = [*_listed(gathered, cells), *_taken_apart(objects, cells)]
    if not more:
        return [_json(_filled(names, row)) for row in rows]
    return [_json({**_merged(extra), **_filled(names, row)}) for row, *extra in zip(rows, *more, strict=True)]


def _listed(gathered: Mapping[str, list[str]], cells: Mapping[str, list[str]]) -> Iterator[list[Attributes]]:
    for name, columns in gathered.items():
        titles = [column.rpartition(" ")[0] or column for column in columns]
        said = zip(*(cells[column] for column in columns), strict=True)
        listed = (", ".join(t for t, cell in zip(titles, row, strict=True) if cell.casefold() in YES) for row in said)
        yield [{name: text} if text else {} for text in listed]


def _taken_apart(objects: _Objects, cells: Mapping[str, list[str]]) -> Iterator[list[Attributes]]:
    for column in objects.columns:
        yield [objects.read(column, cell) if cell else {} for cell in cells[column]]


def _merged(found: list[Attributes]) -> Attributes:
    return {name: value for one in found for name, value in one.items()}


def _filled(names: list[str], row: tuple[str, ...]) -> Attributes:
    return {name: cell for name, cell in zip(names, row, strict=True) if cell}


def _json(attributes: Attributes) -> str:
    return orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS).decode() if attributes else "{}"
