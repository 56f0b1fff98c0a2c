"""Read columns of dates as services write them; a date that can be read two ways is not read at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from pressrun.audiences.arrow import as_array, as_column

ABSENT, READ, AMBIGUOUS, INVALID = "absent", "read", "ambiguous", "invalid"

#: What most dates look like; these are read whatever else is in their column.
YEAR_FIRST = r"^\d{4}([-/])\d{1,2}\1\d{1,2}(?:[T ]|$)"
_YEAR_LAST = r"^(\d{1,2})[/-](\d{1,2})[/-]\d{4}(?: .*)?$"
#: `Sep 23 2010`, `September 23, 2010` and `23 Sep 2010`; only the English names, which no machine's language changes.
_MONTH_FIRST = r"(?i)^[a-z]{3,9}\.? \d{1,2},? \d{4}(?: .*)?$"
_DAY_MONTH = r"(?i)^\d{1,2} [a-z]{3,9}\.?,? \d{4}(?: .*)?$"
#: Dots are written by those who put the day first.
_DOTTED = r"^\d{1,2}\.\d{1,2}\.\d{4}(?: .*)?$"
#: Newsletters by e-mail are not older.
_EARLIEST = pd.Timestamp("1990-01-01", tz="UTC")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_PLAINLY = ((r"^(\d{4})/(\d{1,2})/", r"\1-\2-"), (r" ?(?:UTC|GMT)$", "Z"), (r" ([+-]\d\d:?\d\d)$", r"\1"))
_ZONED = r"(?:Z|:\d\d(?:\.\d+)? ?[+-]\d\d(?::?\d\d)?)$"
_MICROSECONDS: Final = "datetime64[us, UTC]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """A column of moments in UTC, and for each cell whether it could be read."""

    moments: "pd.Series[pd.Timestamp]"
    #: absent, read, ambiguous or invalid.
    verdicts: npt.NDArray[np.object_]


def read_times(
    cells: "pd.Series[str]", now: datetime, *, day_first: bool | None = None, timezone: str | None = None
) -> Times:
    """Read one column.

    A time without a zone is UTC unless one is said. Dates with slashes say whether the day or the month comes first
    only if some date of the same column can be read in one way alone.

    Args:
        cells: The cells as they came; "" where there is none.
        now: Dates over a day after this are no dates of a subscriber.
        day_first: Whether the day comes first where the year comes last; None: the column has to tell.
        timezone: Zone of times that name none (IANA); None: UTC.
    """
    coded = as_array(cells.str.strip()).dictionary_encode()
    moments, verdicts = _read_distinct(as_column(coded.dictionary), now, _Ways(day_first, timezone or "UTC"))
    places = coded.indices.to_numpy()
    return Times(
        moments=moments.take(places).reset_index(drop=True),
        verdicts=verdicts[places],
    )


class _Ways(NamedTuple):
    """What is known about how dates are written."""

    day_first: bool | None
    timezone: str


def _read_distinct(
    texts: "pd.Series[str]", now: datetime, ways: _Ways
) -> tuple["pd.Series[pd.Timestamp]", npt.NDArray[np.object_]]:
    moments = pd.Series(pd.NaT, index=texts.index, dtype=_MICROSECONDS)
    verdicts = np.full(len(texts), INVALID, dtype=object)
    verdicts[(texts == "").to_numpy()] = ABSENT
    for mask, dates in _by_shape(texts, verdicts, ways):
        moments[mask.index[mask]] = dates.astype(_MICROSECONDS)
    sensible = moments.between(_EARLIEST, pd.Timestamp(now + timedelta(days=1)))
    moments = moments.where(sensible)
    verdicts[sensible.to_numpy()] = READ
    return moments, verdicts


def _by_shape(
    texts: "pd.Series[str]", verdicts: npt.NDArray[np.object_], ways: _Ways
) -> list[tuple["pd.Series[bool]", "pd.Series[pd.Timestamp]"]]:
    """Read the cells of each shape; those that can be read two ways are marked instead."""
    found = []
    year_first = texts.str.match(YEAR_FIRST)
    found.append((year_first, _year_first(texts[year_first], ways.timezone)))
    # nearly always nothing is left, and a million distinct dates are not looked at again and again
    texts = texts[~year_first]
    dotted = texts.str.match(_DOTTED)
    found.append((dotted, _day_or_month_first(texts[dotted], ways.timezone, day_first=True)))
    for shape, named in ((_MONTH_FIRST, ("%b %d %Y", "%B %d %Y")), (_DAY_MONTH, ("%d %b %Y", "%d %B %Y"))):
        mask = texts.str.match(shape)
        found.append((mask, _with_clocks(texts[mask].str.replace(r"[.,]", "", regex=True), named, ways.timezone)))
    year_last = texts.str.match(_YEAR_LAST)
    day_first = _day_comes_first(texts[year_last]) if ways.day_first is None else ways.day_first
    if day_first is None:
        verdicts[year_last.index[year_last]] = AMBIGUOUS
    else:
        found.append((year_last, _day_or_month_first(texts[year_last], ways.timezone, day_first=day_first)))
    return found


def _year_first(texts: "pd.Series[str]", timezone: str) -> "pd.Series[pd.Timestamp]":
    cells = as_array(texts)
    for written, plainly in _PLAINLY:
        cells = pc.replace_substring_regex(cells, pattern=written, replacement=plainly)
    plain = as_column(cells).set_axis(texts.index)
    read = pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce")
    if timezone == "UTC":
        return read
    return read.where(plain.str.contains(_ZONED, regex=True), _in_zone(read.dt.tz_localize(None), timezone))


def _day_or_month_first(texts: "pd.Series[str]", timezone: str, *, day_first: bool) -> "pd.Series[pd.Timestamp]":
    plain = texts.str.replace(r"^(\d{1,2})[/.-](\d{1,2})[/.-]", r"\1-\2-", regex=True)
    return _with_clocks(plain, ("%d-%m-%Y",) if day_first else ("%m-%d-%Y",), timezone)


def _with_clocks(texts: "pd.Series[str]", dates: Sequence[str], timezone: str) -> "pd.Series[pd.Timestamp]":
    """Read dates with and without a time of day, in the first form that fits."""
    read = pd.Series(pd.NaT, index=texts.index, dtype=_MICROSECONDS)
    if texts.empty:
        return read
    for form in (f"{date}{clock}" for date in dates for clock in _CLOCKS):
        tried = pd.to_datetime(texts, format=form, errors="coerce")
        read = read.fillna(_in_zone(tried, timezone).astype(_MICROSECONDS))
    return read


def _in_zone(times: "pd.Series[pd.Timestamp]", timezone: str) -> "pd.Series[pd.Timestamp]":
    """Take times as those of a zone; of an hour that came twice the first, of one that never came the next."""
    if timezone == "UTC":
        return times.dt.tz_localize("UTC")
    first = np.ones(len(times), dtype=bool)
    return times.dt.tz_localize(timezone, ambiguous=first, nonexistent="shift_forward").dt.tz_convert("UTC")


def _day_comes_first(texts: "pd.Series[str]") -> bool | None:
    """Infer from the whole column which part is the day; None if nothing or too much speaks for it."""
    parts = texts.str.extract(_YEAR_LAST).astype("Int64")
    first, second = bool((parts[0] > 12).any()), bool((parts[1] > 12).any())
    return None if first == second else first
