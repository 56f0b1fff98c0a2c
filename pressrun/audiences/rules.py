"""The rules a row must keep: one mask each, and for people what it means and what to do.

A row that breaks several is quarantined once, with the first of them as its reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pressrun.audiences.addresses import DOMAIN_INVALID, INVALID, MISSING
from pressrun.audiences.normalising import TOO_LONG, TOO_SHORT
from pressrun.audiences.statuses import RANKING, UNKNOWN
from pressrun.audiences.times import AMBIGUOUS
from pressrun.audiences.times import INVALID as DATE_INVALID
from pressrun.audiences.verdicts import FLAGS

Mask = npt.NDArray[np.bool_]

#: Characters that no name has: control characters, and marks that turn the direction of the text around it.
CONTROL_CHARACTERS = "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"

#: Reason code → what is wrong with the row, and what to do about it. The order decides which one is named.
REASONS: Mapping[str, str] = {
    TOO_LONG: "It has more cells than the header; a cell with the delimiter in it needs quotes around it.",
    TOO_SHORT: "It ends before the address.",
    MISSING: "There is no address.",
    INVALID: "The address is none: a character is missing or not allowed.",
    DOMAIN_INVALID: "The part after the @ is not the name of a domain.",
    "status_unknown": "The word for the status is not one we know, and is not guessed at.",
    "date_invalid": "A date does not exist, lies in the future or before 1990, or is no date.",
    "date_ambiguous": "A date can be read with the day or the month first; write it as YYYY-MM-DD.",
    "name_with_control_characters": "The name holds invisible control characters.",
    # reasons only where PRESSRUN_REFUSE says so
    **FLAGS,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What the rules say about all rows of one import."""

    #: Reason code → one boolean for each row.
    masks: Mapping[str, Mask]
    #: For each row its reason; missing where it is good.
    reasons: "pd.Series[str]"

    @property
    def good(self) -> Mask:
        """Tell the rows that break no rule."""
        return self.reasons.isna().to_numpy()

    def counts(self) -> dict[str, int]:
        """Count the rows by the one reason each was quarantined for, the most frequent first."""
        return {str(reason): int(count) for reason, count in self.reasons.value_counts().items()}


def judge(frame: pd.DataFrame, refused: Collection[str] = ()) -> Judged:
    """Hold every row against every rule.

    Args:
        frame: The rows of all tables of one import, as `normalise` gives them; with flags, if any of them refuses.
        refused: Flags of addresses that keep a row out.
    """
    masks = _masks(frame) | {flag: (frame["flag"] == flag).to_numpy(dtype=bool) for flag in FLAGS if flag in refused}
    reasons = np.full(len(frame), None, dtype=object)
    for code in reversed([code for code in REASONS if code in masks]):
        reasons[masks[code]] = code
    return Judged(masks=masks, reasons=pd.Series(reasons, dtype="str"))


def _masks(frame: pd.DataFrame) -> dict[str, Mask]:
    problem, shape, dates = frame["address_problem"], frame["shape"], frame["dates"]
    masks = {
        TOO_LONG: shape == TOO_LONG,
        TOO_SHORT: shape == TOO_SHORT,
        MISSING: problem == MISSING,
        INVALID: problem == INVALID,
        DOMAIN_INVALID: problem == DOMAIN_INVALID,
        "status_unknown": frame["status"] == UNKNOWN,
        "date_invalid": dates == DATE_INVALID,
        "date_ambiguous": dates == AMBIGUOUS,
        "name_with_control_characters": frame["name"].str.contains(CONTROL_CHARACTERS, regex=True),
    }
    return {code: mask.fillna(False).to_numpy(dtype=bool) for code, mask in masks.items()}


def known_statuses() -> list[str]:
    """Give the statuses a good row can have."""
    return [status for status in RANKING if status != UNKNOWN]
