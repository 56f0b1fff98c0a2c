"""Bring one recognised table to our own columns, one row for each of its rows, nothing thrown away yet."""

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pressrun.audiences.addresses import keys_of, trim
from pressrun.audiences.arrow import as_array, as_column, choose_filled, map_distinct, spaces_collapsed
from pressrun.audiences.attributes import attributes_of
from pressrun.audiences.recognising import Recognised
from pressrun.audiences.signs import ending_columns, statuses_of
from pressrun.audiences.times import ABSENT, AMBIGUOUS, INVALID, READ, Times, read_times

_BETWEEN = "\x1f"
_NAME_AND_ADDRESS = re.compile(r"^\s*(.*?)\s*<\s*([^<>\s]+)\s*>\s*$")
_VERDICTS = (ABSENT, READ, AMBIGUOUS, INVALID)

WHOLE, TOO_LONG, TOO_SHORT = "whole", "row_too_long", "row_too_short"


@dataclass(frozen=True, kw_only=True, slots=True)
class NormalTable:
    """One table in our own columns."""

    recognised: Recognised
    #: row (place in the table), line, shape, address, address_key, address_problem, domain, name, status, tags
    #: and attributes (JSON text), dates (the worst verdict), consented_at, subscribed_at, changed_at, ended_at.
    frame: pd.DataFrame
    #: Rows that are no data, by kind.
    skipped: dict[str, int]
    notes: tuple[str, ...]
    #: The source's columns from which nothing was taken.
    left_out: tuple[str, ...]


def normalise(recognised: Recognised, now: datetime) -> NormalTable:
    """Bring one table to our own columns.

    Args:
        recognised: The table and what its columns mean.
        now: Dates later than a day after it are none.

    Raises:
        InputError: Nothing tells whether its rows may be mailed.
    """
    table = recognised.table
    address, repaired = _addresses(recognised)
    keys, problems = keys_of(address)
    dates = _dates(recognised, now)
    attributes = attributes_of(recognised)
    frame = pd.DataFrame(
        {
            "row": np.arange(len(table.frame)),
            "line": table.lines,
            "shape": _shapes(recognised),
            "address": as_column(pc.if_else(pc.equal(address, ""), None, address)),
            "address_key": as_column(keys),
            "address_problem": as_column(problems),
            "domain": as_column(pc.replace_substring_regex(keys, pattern="^.*@", replacement="")),
            "name": as_column(_names(recognised, repaired)),
            "status": statuses_of(recognised),
            "tags": as_column(_tags(recognised)),
            "attributes": as_column(attributes.cells),
            **dates,
        }
    )
    frame, left = _without_bookkeeping(frame, recognised)
    notes = [*recognised.notes, *attributes.notes, *_doubtful_tags(recognised)]
    if repaired:
        notes.append(f"{len(repaired):,} addresses were written as “Name <address>” and taken out of it.")
    return NormalTable(
        recognised=recognised,
        frame=frame,
        skipped={**table.skipped, **left},
        notes=tuple(notes),
        left_out=tuple(c for c in table.frame.columns if recognised.plain(c) in recognised.profile.left_out),
    )


def _addresses(recognised: Recognised) -> tuple[pa.Array, dict[int, str]]:
    """Give the addresses, taken out of `Name <address>` where need be, and the names found by that."""
    cells = as_array(recognised.table.frame[recognised.address])
    address = map_distinct(cells, trim)
    bracketed = pc.indices_nonzero(pc.match_substring(address, "<")).to_pylist()
    found = {at: _NAME_AND_ADDRESS.match(address[at].as_py()) for at in bracketed}
    repairs = {at: match for at, match in found.items() if match is not None}
    if not repairs:
        return address, {}
    mask = np.zeros(len(address), dtype=bool)
    mask[list(repairs)] = True
    repaired = pc.replace_with_mask(address, pa.array(mask), pa.array([m[2] for m in repairs.values()]))
    return repaired, {at: match[1] for at, match in repairs.items()}


def _shapes(recognised: Recognised) -> "pd.Series[str]":
    """Say of each row whether it is whole; a row that ends early is, if it gets as far as the address."""
    table = recognised.table
    place = list(table.frame.columns).index(recognised.address)
    shapes = np.where(table.cells > len(table.frame.columns), TOO_LONG, WHOLE)
    return pd.Series(np.where(table.cells <= place, TOO_SHORT, shapes), dtype="str")


def _names(recognised: Recognised, repaired: dict[int, str]) -> pa.Array:
    profile, length = recognised.profile, len(recognised.table.frame)
    whole, first, last = (
        choose_filled(_cells(recognised, names), length)
        for names in (profile.name, profile.first_name, profile.last_name)
    )
    joined = pc.binary_join_element_wise(first, last, " ")
    names = spaces_collapsed(choose_filled([whole, joined], length))
    blank = [at for at in repaired if not names[at].as_py()]
    mask = np.zeros(length, dtype=bool)
    mask[blank] = True
    found = spaces_collapsed(pa.array([repaired[at].strip('" ') for at in sorted(blank)], pa.string()))
    return pc.replace_with_mask(names, pa.array(mask), found)


def _tags(recognised: Recognised) -> pa.Array:
    columns = _cells(recognised, recognised.profile.tags)
    length = len(recognised.table.frame)
    if not columns:
        return pa.array(["[]"] * length, pa.string())
    separators = recognised.profile.tag_separators
    return map_distinct(pc.binary_join_element_wise(*columns, _BETWEEN), lambda cells: _tags_as_json(cells, separators))


def _tags_as_json(cells: str, separators: str) -> str:
    tags = {" ".join(tag.split()) for cell in cells.split(_BETWEEN) for tag in tags_in(cell, separators)}
    return orjson.dumps(sorted(tags - {""})).decode()


def tags_in(cell: str, separators: str = ";,") -> Sequence[str]:
    """Part one cell of tags: a JSON list, a row of CSV with quotes, or words between separators.

    Args:
        cell: As it came.
        separators: What may part tags; the first of these characters that occurs in the cell does.
    """
    text = cell.strip()
    if text.startswith("["):
        try:
            return [str(tag) for tag in json.loads(text)]
        except (ValueError, RecursionError):
            return [text]
    if '"' in text and len(text) < csv.field_size_limit():
        return next(csv.reader([" ".join(text.split())], skipinitialspace=True), [])
    return text.split(next((one for one in separators if one in text), separators[-1]))


def _doubtful_tags(recognised: Recognised) -> list[str]:
    """Warn where a service's tags may hold the very character that parts them."""
    profile = recognised.profile
    if not profile.are_tags_doubtful:
        return []
    cells = _cells(recognised, profile.tags)
    count = sum(pc.sum(pc.match_substring(one, ",")).as_py() or 0 for one in cells)
    if not count:
        return []
    return [f"{count:,} cells of tags hold commas. They were parted there, but {profile.title}'s own may hold commas."]


def _dates(recognised: Recognised, now: datetime) -> dict[str, "pd.Series[pd.Timestamp] | pd.Series[str]"]:
    profile = recognised.profile
    consented, subscribed, changed, ended = (
        _first_read(recognised, columns, now)
        for columns in (
            recognised.columns(profile.consented),
            recognised.columns(profile.subscribed),
            recognised.columns(profile.changed),
            ending_columns(recognised),
        )
    )
    worst = np.maximum(_severity(consented.verdicts), _severity(subscribed.verdicts))
    return {
        "dates": pd.Series(np.array(_VERDICTS, dtype=object)[worst], dtype="str"),
        "consented_at": consented.moments,
        "subscribed_at": subscribed.moments,
        "changed_at": changed.moments,
        "ended_at": ended.moments,
    }


def _first_read(recognised: Recognised, columns: list[str], now: datetime) -> Times:
    """Read several columns of dates into one: the first that is filled counts."""
    length = len(recognised.table.frame)
    cells = choose_filled([as_array(recognised.table.frame[column]) for column in columns], length)
    day_first, timezone = recognised.profile.day_first, recognised.timezone
    return read_times(as_column(cells), now, day_first=day_first, timezone=timezone)


def _severity(verdicts: npt.NDArray[np.object_]) -> npt.NDArray[np.int8]:
    return np.asarray(pd.Categorical(verdicts, categories=_VERDICTS).codes)


def _cells(recognised: Recognised, names: Sequence[str]) -> list[pa.Array]:
    return [as_array(recognised.table.frame[column]) for column in recognised.columns(names)]


def _without_bookkeeping(frame: pd.DataFrame, recognised: Recognised) -> tuple[pd.DataFrame, dict[str, int]]:
    """Leave out what is no word about a person, such as the stubs of deleted accounts, and count it by kind."""
    profile = recognised.profile
    kinds = np.full(len(frame), "", dtype=object)
    if profile.bookkeeping is not None:
        kinds[frame["address_key"].str.contains(profile.bookkeeping, regex=True, na=False)] = (
            "marks of deleted accounts"
        )
    for column in recognised.columns(profile.status) if profile.says_nothing else ():
        words = recognised.table.frame[column].str.strip().str.casefold()
        for word, kind in profile.says_nothing.items():
            kinds[(words == word).to_numpy()] = kind
    left = {kind: int((kinds == kind).sum()) for kind in dict.fromkeys(kinds[kinds != ""].tolist())}
    return (frame[kinds == ""].reset_index(drop=True) if left else frame), left
