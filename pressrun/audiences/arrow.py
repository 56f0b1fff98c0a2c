"""Go from pandas to Arrow and back without copying text, which is where the time of a million rows goes."""

from collections.abc import Callable, Iterable

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def as_array(column: "pd.Series[str]") -> pa.Array:
    """Give a text column as one Arrow array."""
    array = pa.array(column, pa.string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def as_column(array: pa.Array | pa.ChunkedArray) -> "pd.Series[str]":
    """Give an Arrow array of text as a column, its pieces as they are; null becomes a missing value."""
    return pd.Series(array.to_pandas(), dtype="str")


def map_distinct(array: pa.Array, change: Callable[[str], str | None]) -> pa.Array:
    """Change each cell by looking at each distinct one only once.

    Args:
        array: Text; null stays null.
        change: Gives the new text, or None for null.
    """
    coded = array.dictionary_encode()
    changed = pa.array([change(value) for value in coded.dictionary.to_pylist()], pa.string())
    return changed.take(coded.indices)


def spaces_collapsed(array: pa.Array) -> pa.Array:
    """Write every run of blanks and line breaks as one blank, and none at the ends."""
    single = pc.replace_substring_regex(array, pattern="[\\s\u00a0\u2007\u202f\u3000]+", replacement=" ")
    return pc.utf8_trim_whitespace(single)


def choose_filled(arrays: Iterable[pa.Array], length: int) -> pa.Array:
    """Give for each row the first cell that is filled; "" where none is."""
    chosen = pa.array([""] * length, pa.string())
    for array in reversed(list(arrays)):
        chosen = pc.if_else(pc.not_equal(pc.utf8_trim_whitespace(array), ""), array, chosen)
    return chosen
