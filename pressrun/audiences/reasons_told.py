"""Say of one quarantined row what exactly is wrong with it, in its own words."""

import re
from collections.abc import Mapping

from pressrun.audiences.addresses import DOMAIN_INVALID, INVALID, address_key
from pressrun.audiences.normalising import TOO_LONG, TOO_SHORT, NormalTable
from pressrun.audiences.rules import REASONS
from pressrun.audiences.signs import sign_columns
from pressrun.audiences.times import YEAR_FIRST

_LONGEST = 120
_YEAR_FIRST = re.compile(YEAR_FIRST)

#: Reasons whose detail tells nothing about the person.
_TELLING = frozenset({INVALID, DOMAIN_INVALID, "status_unknown", "date_invalid", "date_ambiguous"})


def told_to_anybody(reason: str, detail: str) -> str:
    """Give the detail where it is about a word or a date, and never if an address might be in it."""
    return "" if reason not in _TELLING or "@" in detail.replace("@-sign", "") else detail


def detail(table: NormalTable, place: int, cells: Mapping[str, str], reason: str) -> str:
    """Say what exactly is wrong with one row.

    Args:
        table: The row's table.
        place: The row's place in it.
        cells: The row's own cells.
        reason: Why it was quarantined.
    """
    source = table.recognised.table
    width, given = len(source.frame.columns), int(source.cells[place])
    if reason == TOO_LONG:
        return f"{given} cells, {width} columns; beyond them: {_shown(' | '.join(source.extra[place]))}"
    if reason == TOO_SHORT:
        return f"{given} cells, {width} columns"
    if reason in (INVALID, DOMAIN_INVALID):
        return _what_is_wrong(cells[table.recognised.address])
    seen = {c: cells[c] for c in _columns_behind(table, reason)}
    if reason.startswith("date_"):
        # a date that begins with its year is at fault only if no other one is
        seen = {c: cell for c, cell in seen.items() if not _YEAR_FIRST.match(cell) and cell} or seen
    return "; ".join(f"{c}: {_shown(cell)}" for c, cell in seen.items()) or REASONS[reason]


def _columns_behind(table: NormalTable, reason: str) -> list[str]:
    """Give the source's columns that a reason is about."""
    recognised, profile = table.recognised, table.recognised.profile
    if reason == "status_unknown":
        return [*sign_columns(recognised), *recognised.columns(profile.must_be_filled)]
    if reason.startswith("date_"):
        return recognised.columns([*profile.consented, *profile.subscribed])
    if reason.startswith("name_"):
        return recognised.columns([*profile.name, *profile.first_name, *profile.last_name])
    return []


def _what_is_wrong(address: str) -> str:
    try:
        address_key(address)
    except ValueError as error:
        return str(error)
    return ""


def _shown(cell: str) -> str:
    """Show a cell with its invisible characters written out, in reasonable length."""
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cell)
    return f"“{text}”" if len(text) <= _LONGEST else f"“{text[:_LONGEST]}…”"
