"""The contract says in public what the rules do row by row, and both count the same."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from import_world import NOW, SAMPLE

from pressrun.audiences.contract import check_contract, declared
from pressrun.audiences.normalising import normalise
from pressrun.audiences.recognising import recognise
from pressrun.audiences.rules import REASONS, Judged, judge
from pressrun.audiences.tables import read_table
from pressrun.audiences.verdicts import FLAGS
from pressrun.errors import PressrunError


@pytest.fixture(scope="module")
def sample() -> tuple[pd.DataFrame, Judged]:
    """Give the sample's rows and what the rules say about them."""
    frame = normalise(recognise(read_table(SAMPLE / "subscribers.csv")), NOW).frame
    return frame, judge(frame)


def test_the_contract_counts_what_the_rules_count(sample: tuple[pd.DataFrame, Judged]) -> None:
    """Its clauses are broken by the very rows that the masks mark."""
    frame, judged = sample

    clauses = check_contract(frame, judged, {})

    assert all(clause.kept for clause in clauses)
    masks = {"status_unknown": "Every status is one we know", "address_missing": "Every row has an address"}
    for rule, title in masks.items():
        (clause,) = [clause for clause in clauses if clause.title == title]
        assert 0 < int(judged.masks[rule].sum()) == clause.broken_by


@pytest.mark.parametrize("rule", [code for code in REASONS if code not in FLAGS])
def test_a_rule_that_counts_otherwise_stops_the_import(sample: tuple[pd.DataFrame, Judged], rule: str) -> None:
    """Two counts that differ are a mistake in one of them, and then neither is trusted."""
    frame, judged = sample
    # a row that nothing else is wrong with
    other = judged.masks[rule] | (np.arange(len(frame)) == int(judged.good.argmax()))
    wrong = dataclasses.replace(judged, masks={**judged.masks, rule: other})

    with pytest.raises(PressrunError, match="for Great Expectations and by"):
        check_contract(frame, wrong, {})


BOUNDED = [rule for rule in declared()["tables"] if "at_most" in rule]


@pytest.mark.parametrize("rule", BOUNDED, ids=lambda rule: str(rule["figure"]))
def test_a_figure_beyond_its_bound_refuses_the_table(sample: tuple[pd.DataFrame, Judged], rule: dict[str, Any]) -> None:
    """At the bound it is kept, above it not; a figure that cannot be told keeps its rule."""
    figures = (rule["at_most"], rule["at_most"] * 1.01 + 0.01, None)

    kept = [
        clause.kept
        for found in figures
        for clause in check_contract(*sample, {rule["figure"]: found})
        if clause.figure == rule["figure"]
    ]

    assert [True, False, True] == kept


def test_a_check_that_could_not_run_is_no_mere_failure(sample: tuple[pd.DataFrame, Judged]) -> None:
    """Great Expectations reports its own exceptions as broken expectations; here they stop the import."""
    frame, judged = sample

    with pytest.raises(PressrunError, match="could not check"):
        check_contract(frame.drop(columns=["status"]), judged, {})


def test_each_row_is_quarantined_for_one_reason_the_first_that_applies(
    sample: tuple[pd.DataFrame, Judged],
) -> None:
    """Reasons add up to the rows, though a row may break several rules."""
    _, judged = sample

    assert int((~judged.good).sum()) == sum(judged.counts().values())
    for row in np.flatnonzero(~judged.good):
        assert judged.reasons[row] == next(code for code in REASONS if judged.masks[code][row])
