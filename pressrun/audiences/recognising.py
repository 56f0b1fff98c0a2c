"""Say which service a table comes from, and why, and which of its columns mean what."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pressrun.audiences.addresses import keys_of
from pressrun.audiences.arrow import as_array
from pressrun.audiences.profile import ADDRESS_NAMES, Profile, plain_name
from pressrun.audiences.profiles import all_profiles
from pressrun.audiences.tables import RawTable
from pressrun.errors import InputError

_FALL_BACK = "own"
#: Rows looked at to find a column of addresses by what is in it.
_SAMPLE = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """A table, what it was taken for, and where its address is."""

    table: RawTable
    profile: Profile
    #: For people: by what it was recognised.
    why: str
    #: The source's column that holds the address.
    address: str
    notes: tuple[str, ...] = ()

    def columns(self, names: Sequence[str]) -> list[str]:
        """Give the table's columns that go by these plain names, in the order of the names."""
        return [
            column
            for name in names
            for column in self.table.frame.columns
            if plain_name(column.partition(" (")[0] if _is_second(column) else column) == name
        ]


def recognise(table: RawTable, source: str = "auto") -> Recognised:
    """Recognise one table by its columns.

    Args:
        table: The table.
        source: A profile's source to take it for, or `auto`.

    Raises:
        InputError: Nothing in it can be an address, or the source is not known.
    """
    columns = frozenset(plain_name(column) for column in table.frame.columns)
    if source == "auto":
        profile, why = _by_columns(columns)
    else:
        profile, why = _by_word(source), f"you said so (--source {source})"
    address, note = _address_column(table, profile)
    notes = (*table.notes, note) if note else table.notes
    return Recognised(table=table, profile=profile, why=why, address=address, notes=notes)


def _by_columns(columns: frozenset[str]) -> tuple[Profile, str]:
    profiles = all_profiles()
    best = max(profiles.values(), key=lambda profile: len(profile.mark_in(columns)))
    mark = best.mark_in(columns)
    if not mark:
        return profiles[_FALL_BACK], "no other service's columns were found"
    return best, f"it has the columns {', '.join(sorted(mark))}"


def _by_word(source: str) -> Profile:
    profiles = all_profiles()
    if source not in profiles:
        raise InputError(
            f"No source is called {source!r}. Known: auto, {', '.join(profiles)}. "
            "Nothing was changed; leave --source away to have it recognised."
        )
    return profiles[source]


def _address_column(table: RawTable, profile: Profile) -> tuple[str, str]:
    """Find the address by the column's name, else by what is in the columns."""
    by_name = {plain_name(column): column for column in reversed(table.frame.columns)}
    named = [by_name[name] for name in (*profile.address, *ADDRESS_NAMES) if name in by_name]
    if named:
        return named[0], ""
    holding = [column for column in table.frame.columns if _holds_addresses(table.frame[column])]
    if len(holding) == 1:
        return holding[0], f"The address was found in “{holding[0]}” by what is in it."
    seen = ", ".join(map(str, table.frame.columns)) or "none"
    raise InputError(
        f"{table.path.name}: no column could be recognised as the address. Columns seen: {seen}. "
        "Nothing was changed; name the column with the addresses “email” and import it again."
    )


def _holds_addresses(column: "pd.Series[str]") -> bool:
    """Say whether at least nine in ten filled cells are addresses."""
    filled = column[column.str.strip() != ""].head(_SAMPLE)
    if filled.empty:
        return False
    keys, _ = keys_of(as_array(filled))
    return bool(len(keys) - keys.null_count >= 0.9 * len(keys))


def _is_second(column: str) -> bool:
    """Say whether a column's name was made by numbering the second of a name: `Tags (2)`."""
    return column.endswith(")") and column.rpartition(" (")[2][:-1].isdigit()
