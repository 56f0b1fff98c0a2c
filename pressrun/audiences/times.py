"""Read columns of dates as services write them; a date that can be read two ways is not read at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from pressrun.audiences.arrow import as_array, as_column

ABSENT, READ, AMBIGUOUS, INVALID = "absent", "read", "ambiguous", "invalid"

#: What most dates look like; these are read whatever else is in their column.
YEAR_FIRST = r"^\d{4}([-/])\d{1,2}\1\d{1,2}(?:[T ]|$)"
_YEAR_LAST = r"^(\d{1,2})[/-](\d{1,2})[/-]\d{4}(?: .*)?$"
#: Dots are written by those who put the day first.
_DOTTED = r"^\d{1,2}\.\d{1,2}\.\d{4}(?: .*)?$"
#: Newsletters by e-mail are not older.
_EARLIEST = pd.Timestamp("1990-01-01", tz="UTC")
_MICROSECONDS: Final = "datetime64[us, UTC]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """A column of moments in UTC, and for each cell whether it could be read."""

    moments: "pd.Series[pd.Timestamp]"
    #: absent, read, ambiguous or invalid.
    verdicts: npt.NDArray[np.object_]


def read_times(cells: "pd.Series[str]", now: datetime) -> Times:
    """Read one column.

    A time without a zone is UTC. Dates with slashes say whether the day or the month comes first only if some
    date of the same column can be read in one way alone.

    Args:
        cells: The cells as they came; "" where there is none.
        now: Dates over a day after this are no dates of a subscriber.
    """
    coded = as_array(cells.str.strip()).dictionary_encode()
    moments, verdicts = _read_distinct(as_column(coded.dictionary), now)
    places = coded.indices.to_numpy()
    return Times(
        moments=moments.take(places).reset_index(drop=True),
        verdicts=verdicts[places],
    )


def _read_distinct(texts: "pd.Series[str]", now: datetime) -> tuple["pd.Series[pd.Timestamp]", npt.NDArray[np.object_]]:
    moments = pd.Series(pd.NaT, index=texts.index, dtype=_MICROSECONDS)
    verdicts = np.full(len(texts), INVALID, dtype=object)
    verdicts[(texts == "").to_numpy()] = ABSENT
    for mask, dates in _by_shape(texts, verdicts):
        moments[mask] = dates.astype(_MICROSECONDS)
    sensible = moments.between(_EARLIEST, pd.Timestamp(now + timedelta(days=1)))
    moments = moments.where(sensible)
    verdicts[sensible.to_numpy()] = READ
    return moments, verdicts


def _by_shape(
    texts: "pd.Series[str]", verdicts: npt.NDArray[np.object_]
) -> list[tuple["pd.Series[bool]", "pd.Series[pd.Timestamp]"]]:
    """Read the cells of each shape; those that can be read two ways are marked instead."""
    found = []
    year_first = texts.str.match(YEAR_FIRST)
    found.append((year_first, _year_first(texts[year_first])))
    dotted = texts.str.match(_DOTTED)
    found.append((dotted, _day_or_month_first(texts[dotted], day_first=True)))
    year_last = texts.str.match(_YEAR_LAST)
    day_first = _day_comes_first(texts[year_last])
    if day_first is None:
        verdicts[year_last.to_numpy()] = AMBIGUOUS
    else:
        found.append((year_last, _day_or_month_first(texts[year_last], day_first=day_first)))
    return found


def _year_first(texts: "pd.Series[str]") -> "pd.Series[pd.Timestamp]":
    plain = texts.str.replace(r"^(\d{4})/(\d{1,2})/", r"\1-\2-", regex=True)
    plain = plain.str.replace(r" ?(?:UTC|GMT)$", "Z", regex=True)
    plain = plain.str.replace(r" ([+-]\d\d:?\d\d)$", r"\1", regex=True)
    return pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce")


def _day_or_month_first(texts: "pd.Series[str]", *, day_first: bool) -> "pd.Series[pd.Timestamp]":
    date = "%d-%m-%Y" if day_first else "%m-%d-%Y"
    plain = texts.str.replace(r"^(\d{1,2})[/.-](\d{1,2})[/.-]", r"\1-\2-", regex=True)
    read = pd.Series(pd.NaT, index=texts.index, dtype=_MICROSECONDS)
    for clock in ("", " %H:%M", " %H:%M:%S"):
        tried = pd.to_datetime(plain, format=date + clock, utc=True, errors="coerce")
        read = read.fillna(tried.astype(_MICROSECONDS))
    return read


def _day_comes_first(texts: "pd.Series[str]") -> bool | None:
    """Infer from the whole column which part is the day; None if nothing or too much speaks for it."""
    parts = texts.str.extract(_YEAR_LAST).astype("Int64")
    first, second = bool((parts[0] > 12).any()), bool((parts[1] > 12).any())
    return None if first == second else first
