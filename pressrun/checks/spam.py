"""Let SpamAssassin score a mail where it is installed; without its network tests, in bounded time."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass

from pressrun.issues.findings import Finding, warning

#: Points from which a person should look; servers refuse from 5 on.
_SUSPECT = 3.0
_SECONDS = 30.0
_STATUS = re.compile(r"^X-Spam-Status: \w+, score=(-?[0-9.]+).*?tests=(.*?)(?:\s+autolearn=|\n\S|\Z)", re.M | re.S)
#: They complain of what only a mail that has travelled can have.
_OF_TRAVELLERS = frozenset({"NO_RECEIVED", "NO_RELAYS", "ALL_TRUSTED", "NONE"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What SpamAssassin says of one mail."""

    points: float
    tests: tuple[str, ...]


def is_installed() -> bool:
    """Tell whether there is a SpamAssassin to ask."""
    return shutil.which("spamassassin") is not None


def score_of(message: bytes, *, program: str = "spamassassin", seconds: float = _SECONDS) -> Score | None:
    """Score one message; None if there was no answer in time, or none that can be read.

    Args:
        message: The whole mail, as it would travel.
        program: The program to ask.
        seconds: How long it may take.
    """
    try:
        done = subprocess.run(  # noqa: S603  # a program the owner installed, with arguments of ours
            [program, "--local", "--nocreate-prefs"],
            input=message,
            capture_output=True,
            timeout=seconds,
            check=False,
            env={"PATH": os.defpath + ":/usr/local/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _STATUS.search(done.stdout.decode("utf-8", "replace").replace("\r\n", "\n"))
    if found is None:
        return None
    tests = tuple(test for test in re.split(r"[,\s]+", found[2]) if test and test.upper() not in _OF_TRAVELLERS)
    return Score(points=float(found[1]), tests=tests)


def judge_score(score: Score | None) -> list[Finding]:
    """Give what a person should know of a score."""
    if score is None:
        return [warning("spam-unchecked", "SpamAssassin gave no score that can be read.", "mail")]
    if score.points < _SUSPECT:
        return []
    problem = f"SpamAssassin gives {score.points:g} points: {', '.join(score.tests)}."
    return [warning("spam-score", problem, "mail")]
