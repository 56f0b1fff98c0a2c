"""Read from a table's columns, and from its file's name, what each row says about being mailed."""

import re
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from pressrun.audiences.arrow import as_array
from pressrun.audiences.profile import Profile
from pressrun.audiences.recognising import Recognised
from pressrun.audiences.statuses import NO, RANKING, UNKNOWN, YES, rank
from pressrun.errors import InputError

#: A sign that says nothing; behind every status.
_SILENT = len(RANKING)
Ranks = npt.NDArray[np.int8]


def statuses_of(recognised: Recognised) -> "pd.Series[str]":
    """Give each row the most restrictive status that any of its signs names; `unknown` where one is not known.

    Raises:
        InputError: Nothing tells the status, neither a column nor the file's name, and the service would.
    """
    ranks = np.full(len(recognised.table.frame), _SILENT, dtype=np.int8)
    for sign in _signs(recognised):
        ranks = np.minimum(ranks, sign)
    by_file = _said_by_file(recognised)
    ranks[ranks == _SILENT] = rank(by_file or recognised.profile.silence or UNKNOWN)
    if by_file is not None:
        ranks = np.minimum(ranks, np.int8(rank(by_file)))
    return pd.Series(np.array(RANKING, dtype=object)[ranks], dtype="str")


def sign_columns(recognised: Recognised) -> list[str]:
    """Give the columns that say something about being mailed."""
    profile = recognised.profile
    named = [*profile.status, *profile.yes_means, *profile.no_means, *profile.filled_means]
    return [*recognised.columns(named), *recognised.clear_columns()]


def ending_columns(recognised: Recognised) -> list[str]:
    """Give the columns that tell since when somebody must not be mailed."""
    return recognised.columns([*recognised.profile.filled_means, *recognised.profile.ended])


def _signs(recognised: Recognised) -> Iterator[Ranks]:
    profile, frame = recognised.profile, recognised.table.frame
    for column in [*recognised.columns(profile.status), *recognised.clear_columns()]:
        yield _ranks(frame[column], lambda word: profile.words.get(word, UNKNOWN))
    for name, status in profile.yes_means.items():
        for column in recognised.columns([name]):
            yield _ranks(frame[column], _yes_or_no(status, None))
    for name, status in profile.no_means.items():
        for column in recognised.columns([name]):
            yield _ranks(frame[column], _yes_or_no(None, status))
    for name, status in profile.filled_means.items():
        for column in recognised.columns([name]):
            yield _ranks(frame[column], _always(status))
    for column in recognised.columns(profile.must_be_filled):
        yield np.where(frame[column].str.strip() == "", rank(UNKNOWN), _SILENT).astype(np.int8)


def _ranks(column: "pd.Series[str]", meaning: Callable[[str], str | None]) -> Ranks:
    """Rank each cell by what its word means; a blank one says nothing."""
    coded = as_array(column).dictionary_encode()
    ranks = [_rank_of(cell, meaning) for cell in coded.dictionary.to_pylist()]
    by_code: Ranks = np.array([*ranks, _SILENT], dtype=np.int8)
    cells: Ranks = by_code[coded.indices.to_numpy()]
    return cells


def _rank_of(cell: str, meaning: Callable[[str], str | None]) -> int:
    word = " ".join(cell.casefold().split())
    status = meaning(word) if word else None
    return _SILENT if status is None else rank(status)


def _yes_or_no(yes: str | None, no: str | None) -> Callable[[str], str | None]:
    return lambda word: yes if word in YES else no if word in NO else UNKNOWN


def _always(status: str) -> Callable[[str], str | None]:
    return lambda word: status


def _said_by_file(recognised: Recognised) -> str | None:
    """Give the status that a file's name, or else its columns, give to all its rows."""
    profile, name = recognised.profile, recognised.table.name
    for word in re.findall(r"[a-z]+", name.rpartition("/")[2].lower()):
        if word in profile.file_names:
            return profile.file_names[word]
    if profile.silence is not None or recognised.columns(profile.status) or recognised.clear_columns():
        return None
    for column, status in profile.filled_means.items():
        if recognised.columns([column]):
            return status
    raise _nothing_tells(name, profile)


def _nothing_tells(name: str, profile: Profile) -> InputError:
    if profile.file_names:
        return InputError(
            f"{name} comes from {profile.title}, which tells the status by the file's name, and this name tells none. "
            f"Nothing was changed; give it back its name, with one of {', '.join(profile.file_names)} in it."
        )
    return InputError(
        f"{name} comes from {profile.title} and no column says who may be mailed. Nothing was changed; export it "
        "again with the status, or say --source own if everybody in it may be."
    )
