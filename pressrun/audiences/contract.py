"""The contract every import is held to: `contract.toml`, checked by Great Expectations over all rows as they came.

The masks of `rules` part the rows; this says, in a form that can be read and versioned, what a table of
subscribers is, and refuses one that is not. Both must count the same, or neither is to be trusted.

Great Expectations is loaded on use, for that takes 4 to 6 seconds. What it calls unexpected values are people's
addresses, so none are asked for and only counts leave this file.
"""

import logging
import os
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import Any

import pandas as pd

from pressrun.audiences.rules import CONTROL_CHARACTERS, Judged
from pressrun.errors import PressrunError

GOOD = "good"
_COLUMNS = ("address", "address_key", "shape", "status", "dates", "name", "verdict")
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
#: Patterns that nobody wants to read in the contract, by the name they have in it.
_PATTERNS = {"control characters": CONTROL_CHARACTERS}


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One thing the contract says, and whether the table keeps it."""

    #: For people.
    title: str
    #: Great Expectations' own name of it.
    expectation: str
    kept: bool
    #: Rows that break it; None for what is said about the table as a whole.
    broken_by: int | None = None
    #: Share of rows that must keep it.
    mostly: float | None = None
    #: The figure that a clause about the table bounds: its value, None if it cannot be told; and in what.
    figure: str = ""
    found: float | None = None
    unit: str = ""
    warn_above: float | None = None
    at_most: float | None = None
    why: str = ""

    @property
    def warns(self) -> bool:
        """Say whether a table that keeps it should be looked at all the same."""
        return None not in (self.found, self.warn_above) and self.found > self.warn_above  # type: ignore[operator]


@cache
def declared() -> Mapping[str, Any]:
    """Give the contract as it is written."""
    return tomllib.loads(files(__package__).joinpath("contract.toml").read_text(encoding="utf-8"))


def version() -> str:
    """Give the version of the contract."""
    return str(declared()["version"])


def check_contract(frame: pd.DataFrame, judged: Judged, figures: Mapping[str, float | None]) -> tuple[Clause, ...]:
    """Hold the whole table against the contract.

    Args:
        frame: The rows of all tables of one import, as `normalise` gives them.
        judged: What the rules say about them.
        figures: What `table_figures` tells about the table.

    Raises:
        PressrunError: Great Expectations could not check, or counts differently from the rules.
    """
    checked = frame[[column for column in _COLUMNS if column in frame.columns]]
    checked = checked.assign(verdict=judged.reasons.fillna(GOOD))
    known = {name: value for name, value in figures.items() if value is not None}
    about_rows, about_table = _validate(checked, known)
    shape = about_rows[:2]
    clauses = [
        Clause(title=title, expectation=name, kept=kept)
        for title, (name, kept, _) in zip(
            ("There is at least one row", "All our columns are there"), shape, strict=True
        )
    ]
    for rule, (name, kept, count) in zip(declared()["rows"], about_rows[2:-1], strict=True):
        _assert_equal(rule["title"], count, judged, rule["rules"])
        clauses.append(Clause(title=rule["title"], expectation=name, kept=kept, broken_by=count, mostly=rule["mostly"]))
    _assert_equal("Every row keeps every rule", about_rows[-1][2], judged, list(judged.masks))
    return (*clauses, *_about_table(about_table, figures))


def _about_table(results: Mapping[str, tuple[str, bool, int]], figures: Mapping[str, float | None]) -> list[Clause]:
    clauses = []
    for rule in declared()["tables"]:
        name, kept, _ = results.get(rule["figure"], ("expect_column_values_to_be_between", True, 0))
        bounds = {key: rule.get(key) for key in ("warn_above", "at_most")}
        clauses.append(
            Clause(
                title=rule["title"],
                expectation=name,
                kept=kept,
                figure=rule["figure"],
                found=figures.get(rule["figure"]),
                unit=rule["unit"],
                why=rule["why"],
                **bounds,
            )
        )
    return clauses


def _validate(
    frame: pd.DataFrame, figures: Mapping[str, float]
) -> tuple[list[tuple[str, bool, int]], dict[str, tuple[str, bool, int]]]:
    """Run both suites."""
    about_rows, about_table = _suites()
    bounded = [rule["figure"] for rule in declared()["tables"] if "at_most" in rule]
    # a figure that cannot be told is nothing that Great Expectations could find out of bounds
    told = pd.DataFrame([{figure: figures.get(figure) for figure in bounded}], dtype="float64")
    return about_rows.run(frame), dict(zip(bounded, about_table.run(told), strict=True))


@dataclass(frozen=True, slots=True)
class _Suite:
    """A suite with the definition of the batch that it is run on."""

    suite: Any
    definition: Any
    #: Great Expectations keeps what it runs on in one place for all.
    alone: Lock = field(default_factory=Lock)

    def run(self, frame: pd.DataFrame) -> list[tuple[str, bool, int]]:
        """Hold a table against the suite, in the order of its expectations."""
        with self.alone:
            batch = self.definition.get_batch({"dataframe": frame})
            try:
                validated = batch.validate(self.suite, result_format=_COUNTS_ONLY)
            finally:
                # it would keep the table, which may be large, until the next one
                batch.datasource.get_execution_engine().batch_manager.reset_batch_cache()
        return [_read(result) for result in validated.results]


@cache
def _suites() -> tuple[_Suite, _Suite]:
    """Make the suites about rows and about the table, in a context that lives in memory only and tells nobody.

    Once in a process: to describe its own sources to itself takes Great Expectations a third of a small import's check.
    """
    gx, expectations, no_bars = _great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = no_bars
    context.variables.analytics_enabled = False
    rows = [
        expectations.ExpectTableRowCountToBeBetween(min_value=1),
        expectations.ExpectTableColumnsToMatchSet(column_set=list(_COLUMNS)),
        *(getattr(expectations, rule["expectation"])(**_arguments(rule)) for rule in declared()["rows"]),
        expectations.ExpectColumnValuesToBeInSet(column="verdict", value_set=[GOOD]),
    ]
    table = [
        expectations.ExpectColumnValuesToBeBetween(column=rule["figure"], max_value=rule["at_most"])
        for rule in declared()["tables"]
        if "at_most" in rule
    ]
    return _suite(gx, context, "rows", rows), _suite(gx, context, "table", table)


def _suite(gx: Any, context: Any, name: str, expectations: Sequence[Any]) -> _Suite:
    suite = gx.ExpectationSuite(name=f"subscribers-{name}-{version()}")
    for expectation in expectations:
        suite.add_expectation(expectation)
    source = context.data_sources.add_pandas(name)
    return _Suite(suite, source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all"))


def _great_expectations() -> tuple[Any, Any, Any]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        # on loading, it imports what Python 3.11 and its own dependencies call deprecated; nothing we can mend
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig
        from great_expectations.expectations import core
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    return gx, core, ProgressBarsConfig(globally=False)


def _arguments(rule: Mapping[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in rule.items() if key in ("column", "value_set", "mostly")}
    return {**given, **({"regex": _PATTERNS[rule["regex"]]} if "regex" in rule else {})}


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


def _assert_equal(title: str, count: int, judged: Judged, rules: Sequence[str]) -> None:
    mask = judged.masks[rules[0]].copy()
    for rule in rules[1:]:
        mask |= judged.masks[rule]
    if int(mask.sum()) != count:
        raise PressrunError(
            f"“{title}” is broken by {count:,} rows for Great Expectations and by {int(mask.sum()):,} "
            "for the rules. Nothing was changed; this is a mistake in Pressrun, please report it."
        )
