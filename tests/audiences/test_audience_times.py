"""Dates are read in one way or not at all."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from import_world import NOW

from pressrun.audiences.times import read_times

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/import_dates.yml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_documented_column_is_read_so(case: dict[str, Any]) -> None:
    """The cases are the documentation."""
    times = read_times(pd.Series([cell for cell, _ in case["cells"]], dtype="str"), NOW)

    read = [
        moment.isoformat() if verdict == "read" else verdict
        for moment, verdict in zip(times.moments, times.verdicts, strict=True)
    ]
    assert [expected for _, expected in case["cells"]] == read


@given(st.lists(st.text(max_size=20), min_size=1, max_size=10))
def test_any_cells_get_a_verdict_each(cells: list[str]) -> None:
    """Only what was read has a moment."""
    times = read_times(pd.Series(cells, dtype="str"), NOW)

    assert (times.verdicts == "read").tolist() == times.moments.notna().tolist()
