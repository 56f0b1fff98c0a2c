"""Hold the rows of one import against the rules and the contract, and make people of those that keep them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pandas as pd

from pressrun.audiences.contract import check_contract
from pressrun.audiences.findings import Checked, reasons_of
from pressrun.audiences.flagging import under_one_spelling, with_flags
from pressrun.audiences.kept_apart import hashes_of
from pressrun.audiences.merging import dedupe
from pressrun.audiences.normalising import NormalTable
from pressrun.audiences.rules import Judged, judge
from pressrun.audiences.table_figures import Known, figures_of
from pressrun.audiences.verdicts import refused_flags
from pressrun.settings import Settings

#: What the people of an import are made of; the rest of a row's columns only served to judge it.
_ABOUT_PEOPLE = (
    "file",
    "line",
    "address",
    "address_key",
    "domain",
    "flag",
    "name",
    "status",
    "tags",
    "consented_at",
    "subscribed_at",
    "changed_at",
    "ended_at",
    "row_hash",
)
#: What storing asks of rows, be they good or not.
_TO_STORE = ["file", "row", "status", "address_key", "ended_at"]


def check(
    tables: Sequence[NormalTable],
    settings: Settings,
    known: Known,
    *,
    now: datetime,
    before_contract: Callable[[], None],
) -> Checked:
    """Hold the rows of all tables against the rules and the contract.

    Args:
        tables: In our own columns.
        settings: Which flags refuse, and whether the DNS is asked.
        known: Whom the lake knows already.
        now: The present, aware.
        before_contract: Called when the rows are judged, for the contract takes its time.
    """
    frame = pd.concat([_with_evidence(number, table) for number, table in enumerate(tables)], ignore_index=True)
    frame = with_flags(frame, settings, now)
    judged = judge(frame, refused_flags(settings.refuse))
    # they are as large as all the rest, and nothing but people is made of them
    attributes = frame.pop("attributes")
    good = frame.loc[judged.good, list(_ABOUT_PEOPLE)].assign(attributes=attributes[judged.good])
    del attributes
    people = dedupe(under_one_spelling(good, settings))
    del good
    before_contract()
    clauses = check_contract(frame, judged, _figures(tables, judged, people, known))
    return Checked(
        tables=tables,
        frame=frame,
        judged=judged,
        people=people,
        clauses=clauses,
        told=reasons_of(tables, frame, judged),
    )


def without_cells(checked: Checked) -> Checked:
    """Let go of the cells of the tables, once the rows that were not taken are kept apart."""
    tables = [_without_cells(table) for table in checked.tables]
    return replace(checked, tables=tables, frame=checked.frame[_TO_STORE].copy())


def _without_cells(table: NormalTable) -> NormalTable:
    raw = table.recognised.table
    recognised = replace(table.recognised, table=replace(raw, frame=raw.frame.iloc[:0].copy()))
    return replace(table, recognised=recognised, frame=table.frame[["row"]].copy())


def _with_evidence(number: int, table: NormalTable) -> pd.DataFrame:
    """Number a table's rows by their file, and keep the hash of each as it came."""
    hashes = hashes_of(table.recognised.table.frame)
    return table.frame.assign(file=number, row_hash=hashes.iloc[table.frame["row"].to_numpy()].to_numpy())


def _figures(
    tables: Sequence[NormalTable], judged: Judged, people: pd.DataFrame, known: Known
) -> dict[str, float | None]:
    good = int(judged.good.sum())
    files = [(table.recognised.profile.source, table.recognised.table.name, len(table.frame)) for table in tables]
    return figures_of(quarantined=len(judged.good) - good, good=good, people=people, files=files, known=known)
