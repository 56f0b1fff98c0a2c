"""Compare an issue with those that went out before."""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from pressrun.issues.findings import Finding, warning

#: A smaller audience may change by this many without a word, and any by this share.
_FEW, _SHARE = 20, 0.2


def judge_repeat(issue_id: str, subject: str, earlier: Mapping[str, str], where: str) -> Iterator[Finding]:
    """Find a subject that readers have had before.

    Args:
        issue_id: The issue.
        subject: As nobody in particular would read it.
        earlier: Issue id → subject of issues with an audience.
        where: The place of the subject.
    """
    same = [other for other, its in earlier.items() if other != issue_id and _plain(its) == _plain(subject)]
    if same and _plain(subject):
        yield warning("subject-repeat", f"Issue {same[-1]} had this subject too.", where)


def judge_audience(recipients: int, last: tuple[str, int] | None, where: str) -> Iterator[Finding]:
    """Find an audience nobody expects.

    Args:
        recipients: How many would get the issue.
        last: Id and recipients of the last issue that went to the same segment.
        where: The place of the segment.
    """
    if not recipients:
        yield warning("audience-empty", "Nobody would get this issue: its segment gives no recipient.", where)
    elif last is not None:
        issue_id, before = last
        change = recipients - before
        if abs(change) > _FEW and abs(change) > before * _SHARE:
            problem = f"{recipients:,} would get this issue, {abs(change):,} {'more' if change > 0 else 'fewer'} than"
            yield warning("audience-drift", f"{problem} the {before:,} of issue {issue_id}.", where)


def _plain(text: str) -> str:
    """Write a subject as a reader would compare it: without the issue's number, signs and capitals."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded))
