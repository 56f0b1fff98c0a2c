"""Figures about a table as a whole, which its contract bounds; none of them needs to know a single person."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

#: Below so many people on either side, shares of them and growth tell nothing.
ENOUGH = 1_000
_CHANGING = re.compile(r"[\d\W_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the lake knew before an import; the defaults are those of an empty one."""

    people: int = 0
    domains: frozenset[str] = frozenset()
    #: (source, name of the file without digits) → rows of its last import.
    last_rows: Mapping[tuple[str, str], int] | None = None


def stem_of(file: str) -> str:
    """Give what stays the same in a file's name from one export to the next."""
    return _CHANGING.sub(" ", file.rpartition(".")[0] or file).strip().casefold()


def figures_of(
    *, quarantined: int, good: int, people: pd.DataFrame, files: Sequence[tuple[str, str, int]], known: Known
) -> dict[str, float | None]:
    """Give each figure that `contract.toml` names; None where there is nothing to compare with.

    Args:
        quarantined: Rows that break a rule.
        good: Rows that break none.
        people: One row for each person among them, with address_key, domain and consented_at.
        files: Source, name and rows of each file.
        known: What was there before.
    """
    read, count = quarantined + good, len(people)
    change = _change(files, known)
    return {
        "share_quarantined": quarantined / read if read else None,
        "share_repeated": (good - count) / good if good else None,
        "growth": change,
        "shrinking": None if not change else 1 / change,
        "share_new_domains": _share_of_new_domains(people, known),
        "share_undated": float(people["consented_at"].isna().mean()) if count else None,
        "count_keys_twice": float(people["address_key"].duplicated().sum()),
    }


def _change(files: Sequence[tuple[str, str, int]], known: Known) -> float | None:
    """Give the largest growth of any file that was imported before: 2 is twice as many rows."""
    last = known.last_rows or {}
    changes = [
        rows / before
        for source, name, rows in files
        if (before := last.get((source, stem_of(name)), 0)) >= ENOUGH and rows
    ]
    return max(changes, default=None)


def _share_of_new_domains(people: pd.DataFrame, known: Known) -> float | None:
    if known.people < ENOUGH or len(people) < ENOUGH:
        return None
    counts = people["domain"].value_counts()
    return float(counts[~counts.index.isin(known.domains)].sum() / len(people))
