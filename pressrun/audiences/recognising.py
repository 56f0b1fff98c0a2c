"""Say which service a table comes from, and why, and which of its columns mean what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from pressrun.audiences.addresses import keys_of
from pressrun.audiences.arrow import as_array
from pressrun.audiences.guessing import guess, told
from pressrun.audiences.meanings import find_columns, open_to_meanings
from pressrun.audiences.profile import ADDRESS_NAMES, Profile, plain_name
from pressrun.audiences.profiles import all_profiles
from pressrun.audiences.tables import RawTable
from pressrun.errors import InputError

_FALL_BACK = "own"
#: Rows looked at to find a column of addresses by what is in it.
_SAMPLE = 1_000
#: Stands for the present where guesses need one: no date of a subscriber is later.
_LATEST = datetime.max.replace(year=2100, tzinfo=ZoneInfo("UTC"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """A table, what it was taken for, and where its address is."""

    table: RawTable
    #: The service's, opened to the meanings below.
    profile: Profile
    #: For people: by what it was recognised.
    why: str
    #: The source's column that holds the address.
    address: str
    notes: tuple[str, ...] = ()
    #: Column → meaning, as a person said (`--map`).
    said: Mapping[str, str] = field(default_factory=dict)
    #: Column → meaning, as guessed from what is in it.
    guessed: Mapping[str, str] = field(default_factory=dict)
    #: Zone of the times that name none, as a person said (`--timezone`); None: UTC.
    timezone: str | None = None

    def plain(self, column: str) -> str:
        """Give the name by which the profile knows a column: `=meaning` where one was said or guessed."""
        meaning = self.said.get(column) or self.guessed.get(column)
        if meaning is not None:
            return f"={meaning}"
        return plain_name(column.rpartition(" (")[0] if _is_second(column) else column)

    def columns(self, names: Sequence[str]) -> list[str]:
        """Give the table's columns that go by these plain names, in the order of the names."""
        by_plain: dict[str, list[str]] = {}
        for column in self.table.frame.columns:
            by_plain.setdefault(self.plain(column), []).append(column)
        return [column for name in dict.fromkeys(names) for column in by_plain.get(name, ())]

    def clear_columns(self) -> list[str]:
        """Give the columns that may hold a status, if every word in them is one."""
        frame, words = self.table.frame, {"", *self.profile.words}
        columns = self.columns(self.profile.perhaps_status)
        return [column for column in columns if set(frame[column].str.strip().str.casefold()) <= words]


def recognise(
    table: RawTable,
    source: str = "auto",
    *,
    said: Mapping[str, str] | None = None,
    timezone: str | None = None,
) -> Recognised:
    """Recognise one table by its columns.

    Args:
        table: The table.
        source: A profile's source to take it for, or `auto`.
        said: What a person said about columns, as `meanings_said` gives it; those the table has not are left alone.
        timezone: Name of the zone of times that name none (IANA), or None for UTC.

    Raises:
        InputError: Nothing in it can be an address, it has to be asked about, or source or zone are not known.
    """
    found = find_columns(said or {}, list(table.frame.columns))
    _refuse_unknown_zone(timezone)
    profile, why = _profile(table, source, found)
    guessed = _guessed(table, profile, found)
    if profile.asks_zone and timezone is None:
        raise InputError(
            f"{table.name}: {profile.title} writes times in the zone of the account. Nothing was changed; name it, "
            "such as --timezone Europe/Berlin (or UTC)."
        )
    address, note = _address_column(table, profile, found)
    return Recognised(
        table=table,
        profile=open_to_meanings(profile),
        why=why,
        address=address,
        notes=tuple(filter(None, (*table.notes, note, profile.caution, *told(guessed)))),
        said=found,
        guessed={column: meaning for column, meaning in guessed.items() if column != address},
        timezone=timezone,
    )


def _profile(table: RawTable, source: str, said: Mapping[str, str]) -> tuple[Profile, str]:
    if source != "auto":
        profile, why = _by_word(source), f"you said so (--source {source})"
    elif not table.has_header and len(table.frame.columns) == 1:
        bare = next(profile for profile in all_profiles().values() if profile.is_bare)
        return bare, "it holds one address a line and no header"
    else:
        profile, why = _by_columns(table)
    if not table.has_header and len(table.frame.columns) > 1 and "email" not in said.values():
        raise InputError(
            f"{table.name} has no header: its first row holds an address. Nothing was changed; put a first line above "
            'it that names the columns, such as email,name, or say what they are: --map "column 1=email" '
            f'--map "column 2=name" (it has {len(table.frame.columns)}).'
        )
    return profile, why


def _by_columns(table: RawTable) -> tuple[Profile, str]:
    columns = frozenset(plain_name(column) for column in table.frame.columns)
    profiles = all_profiles()
    best = max(profiles.values(), key=lambda profile: len(profile.mark_in(columns)))
    mark = best.mark_in(columns)
    if not mark:
        _ask_if_suspected(table)
        return profiles[_FALL_BACK], "no other service's columns were found"
    if best.evidence == "C":
        raise _question(table, best, f"has the columns {', '.join(sorted(mark))}")
    return best, f"it has the columns {', '.join(sorted(mark))}"


def _ask_if_suspected(table: RawTable) -> None:
    words = set(re.findall(r"[a-z]+", table.name.lower()))
    for profile in all_profiles().values():
        if words & set(profile.hints):
            raise _question(table, profile, "has its name")


def _question(table: RawTable, profile: Profile, sign: str) -> InputError:
    return InputError(
        f"{table.name} {sign}, so it may come from {profile.title}, whose exports are not documented. Nothing was "
        f"changed; say --source {profile.source} if it does, or --source {_FALL_BACK} if not."
    )


def _by_word(source: str) -> Profile:
    profiles = all_profiles()
    if source not in profiles:
        raise InputError(
            f"No source is called {source!r}. Known: auto, {', '.join(profiles)}. "
            "Nothing was changed; leave --source away to have it recognised."
        )
    return profiles[source]


def _guessed(table: RawTable, profile: Profile, said: Mapping[str, str]) -> dict[str, str]:
    """Guess in tables of services that are not known; what a person said is not guessed at."""
    if profile.source != _FALL_BACK:
        return {}
    frame = table.frame.drop(columns=list(said))
    named = {plain_name(column) for column in frame.columns}
    dates = {*profile.subscribed, *profile.consented}
    has_date = bool(named & dates) or bool({"subscribed_at", "consented_at"} & set(said.values()))
    known = frozenset((*dates, *profile.changed, *profile.filled_means, *profile.left_out))
    return guess(frame, known, has_date=has_date, now=_LATEST)


def _refuse_unknown_zone(timezone: str | None) -> None:
    try:
        ZoneInfo(timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"There is no time zone {timezone!r}. Nothing was changed; write it as in Europe/Berlin, or UTC."
        ) from None


def _address_column(table: RawTable, profile: Profile, said: Mapping[str, str]) -> tuple[str, str]:
    """Find the address by a person's word, by the column's name, else by what is in the columns."""
    spoken = [column for column, meaning in said.items() if meaning == "email"]
    if spoken:
        return spoken[0], ""
    free = [column for column in table.frame.columns if column not in said]
    by_name = {plain_name(column): column for column in reversed(free)}
    named = [by_name[name] for name in (*profile.address, *ADDRESS_NAMES) if name in by_name]
    if named:
        return named[0], ""
    holding = [column for column in free if _holds_addresses(table.frame[column])]
    if len(holding) == 1:
        return holding[0], f"The address was found in “{holding[0]}” by what is in it."
    seen = ", ".join(map(str, table.frame.columns)) or "none"
    raise InputError(
        f"{table.name}: no column could be recognised as the address. Columns seen: {seen}. Nothing was changed; "
        f'say which one it is: --map "{(holding or free or ["COLUMN"])[0]}=email".'
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
