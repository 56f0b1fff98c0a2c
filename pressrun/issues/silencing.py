"""Leave out findings that the writer silenced with a reason: `silence: {rule: reason}` in the front matter."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pressrun.issues.findings import Finding, error
from pressrun.issues.rule_book import rules
from pressrun.issues.written import WrittenIssue

KEY = "silence"


@dataclass(frozen=True, kw_only=True, slots=True)
class Silenced:
    """A finding that keeps nothing from being sent, because somebody said why."""

    finding: Finding
    reason: str

    def as_json(self) -> dict[str, str]:
        """Give the public shape."""
        return {**self.finding.as_json(), "silenced": self.reason}


def silence_of(written: WrittenIssue) -> dict[str, str]:
    """Give rule → reason of one issue; what cannot be obeyed is left out."""
    told = written.meta.get(KEY)
    if not isinstance(told, Mapping):
        return {}
    return {str(rule): " ".join(str(why).split()) for rule, why in told.items() if not _problem(str(rule), why)}


def judge_silence(written: WrittenIssue) -> Iterator[Finding]:
    """Give what is wrong with the wish for silence."""
    told, where = written.meta.get(KEY), written.where_key(KEY)
    if told is None:
        return
    if not isinstance(told, Mapping):
        yield error(KEY, "`silence` must be lines of `rule: reason`.", where)
        return
    for rule, why in told.items():
        if problem := _problem(str(rule), why):
            yield error(KEY, problem, where)


def apply_silence(
    findings: Iterable[Finding], silence: Mapping[str, str]
) -> tuple[tuple[Finding, ...], tuple[Silenced, ...]]:
    """Divide findings into those that stand and those that were silenced.

    Args:
        findings: All of them.
        silence: Rule → reason, as `silence_of` gives it.
    """
    found = tuple(findings)
    stands = tuple(one for one in found if one.rule not in silence)
    left_out = tuple(Silenced(finding=one, reason=silence[one.rule]) for one in found if one.rule in silence)
    return stands, left_out


def _problem(rule: str, why: object) -> str:
    book = rules()
    if rule not in book:
        near = difflib.get_close_matches(rule, book, n=1, cutoff=0.6)
        return f"`silence` names {rule!r}, which is no rule{f'; did you mean {near[0]}?' if near else '.'}"
    if book[rule].guards:
        return f"The rule {rule} cannot be silenced: it guards readers or the law."
    if not isinstance(why, str) or not why.strip():
        return f"`silence` gives no reason for {rule}; write `{rule}: why this is all right`."
    return ""
