"""The contract every import is held to, declared with Great Expectations over all rows as they came.

The masks of `rules` part the rows; this says, in a form that can be read and versioned, what a table of
subscribers is, and refuses one that is not. Both must count the same, or neither is to be trusted.

Great Expectations is loaded on use, for that takes 4 to 6 seconds. What it calls unexpected values are people's
addresses, so none are asked for and only counts leave this file.
"""

import logging
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pressrun.audiences.addresses import DOMAIN_INVALID, INVALID, MISSING
from pressrun.audiences.normalising import TOO_LONG, TOO_SHORT, WHOLE
from pressrun.audiences.rules import CONTROL_CHARACTERS, Judged, known_statuses
from pressrun.audiences.times import ABSENT, READ
from pressrun.errors import PressrunError

VERSION = "1"
#: Share of the rows that must keep each rule, and that must keep all of them.
MOSTLY = 0.5
GOOD = "good"

_COLUMNS = ("address", "address_key", "shape", "status", "dates", "name", "verdict")
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One thing the contract says, and whether the table keeps it."""

    #: For people.
    title: str
    #: Great Expectations' own name of it.
    expectation: str
    kept: bool
    #: Rows that break it; None for what is said about the table as a whole.
    broken_by: int | None
    #: Share of rows that must keep it.
    mostly: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """One clause about rows: the expectation, and the rules whose masks count the same rows."""

    title: str
    kind: str
    arguments: Mapping[str, Any]
    rules: tuple[str, ...]


_ROWS = (
    _Row(
        title="Every row has as many cells as the header",
        kind="ExpectColumnValuesToBeInSet",
        arguments={"column": "shape", "value_set": [WHOLE]},
        rules=(TOO_LONG, TOO_SHORT),
    ),
    _Row(
        title="Every row has an address",
        kind="ExpectColumnValuesToNotBeNull",
        arguments={"column": "address"},
        rules=(MISSING,),
    ),
    _Row(
        title="Every address can be mailed, as far as its form tells",
        kind="ExpectColumnValuesToNotBeNull",
        arguments={"column": "address_key"},
        rules=(MISSING, INVALID, DOMAIN_INVALID),
    ),
    _Row(
        title="Every status is one we know",
        kind="ExpectColumnValuesToBeInSet",
        arguments={"column": "status", "value_set": known_statuses()},
        rules=("status_unknown",),
    ),
    _Row(
        title="Every date can be read in one way, and lies between 1990 and now",
        kind="ExpectColumnValuesToBeInSet",
        arguments={"column": "dates", "value_set": [ABSENT, READ]},
        rules=("date_invalid", "date_ambiguous"),
    ),
    _Row(
        title="No name holds control characters",
        kind="ExpectColumnValuesToNotMatchRegex",
        arguments={"column": "name", "regex": CONTROL_CHARACTERS},
        rules=("name_with_control_characters",),
    ),
)


def check_contract(frame: pd.DataFrame, judged: Judged) -> tuple[Clause, ...]:
    """Hold the whole table against the contract.

    Args:
        frame: The rows of all tables of one import, as `normalise` gives them.
        judged: What the rules say about them.

    Raises:
        PressrunError: Great Expectations could not check, or counts differently from the rules.
    """
    checked = frame[[column for column in _COLUMNS if column in frame.columns]]
    checked = checked.assign(verdict=judged.reasons.fillna(GOOD))
    results = [_read(result) for result in _validate(checked)]
    table, rows, overall = results[:2], results[2:-1], results[-1]
    clauses = [
        Clause(title=title, expectation=name, kept=kept, broken_by=None, mostly=None)
        for title, (name, kept, _) in zip(
            ("There is at least one row", "All our columns are there"), table, strict=True
        )
    ]
    for declared, (name, kept, count) in zip(_ROWS, rows, strict=True):
        _assert_equal(declared, count, judged)
        clauses.append(Clause(title=declared.title, expectation=name, kept=kept, broken_by=count, mostly=MOSTLY))
    name, kept, count = overall
    title = "At least half of the rows keep every rule"
    return (*clauses, Clause(title=title, expectation=name, kept=kept, broken_by=count, mostly=MOSTLY))


def _validate(frame: pd.DataFrame) -> list[Any]:
    """Run the suite in a context that lives in memory only and tells nobody."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        # on loading, it imports what Python 3.11 and its own dependencies call deprecated; nothing we can mend
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig
        from great_expectations.expectations import core
    expectations: Any = core
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.variables.analytics_enabled = False
    suite = gx.ExpectationSuite(name=f"subscribers-{VERSION}")
    suite.add_expectation(expectations.ExpectTableRowCountToBeBetween(min_value=1))
    suite.add_expectation(expectations.ExpectTableColumnsToMatchSet(column_set=list(_COLUMNS)))
    for row in _ROWS:
        suite.add_expectation(getattr(expectations, row.kind)(mostly=MOSTLY, **row.arguments))
    suite.add_expectation(expectations.ExpectColumnValuesToBeInSet(column="verdict", value_set=[GOOD], mostly=MOSTLY))
    source = context.data_sources.add_pandas("import")
    batch = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    validated = batch.get_batch({"dataframe": frame}).validate(suite, result_format=_COUNTS_ONLY)
    return list(validated.results)


def _read(result: Any) -> tuple[str, bool, int]:
    """Take from one result its name, whether it is kept, and how many rows break it.

    Raises:
        PressrunError: It could not be checked, which Great Expectations reports as a mere failure.
    """
    name = str(result.expectation_config.type)
    raised = result.exception_info or {}
    problems = [raised] if "raised_exception" in raised else list(raised.values())
    for problem in problems:
        if problem.get("raised_exception"):
            raise PressrunError(
                f"Great Expectations could not check {name}: {problem.get('exception_message')}. Nothing was changed."
            )
    return name, bool(result.success), int(result.result.get("unexpected_count", 0))


def _assert_equal(declared: _Row, count: int, judged: Judged) -> None:
    mask = judged.masks[declared.rules[0]].copy()
    for rule in declared.rules[1:]:
        mask |= judged.masks[rule]
    if int(mask.sum()) != count:
        raise PressrunError(
            f"“{declared.title}” is broken by {count:,} rows for Great Expectations and by {int(mask.sum()):,} "
            "for the rules. Nothing was changed; this is a mistake in Pressrun, please report it."
        )
