"""What preflight finds: a rule, how bad it is, where it is, and what to do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pressrun.issues.rule_book import fix_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One mistake, or something to look at."""

    rule: str
    #: An error keeps the issue from being sent; a warning does not.
    severity: Literal["error", "warning"]
    message: str
    #: `file:line`, or the part of the mail.
    where: str

    def as_json(self) -> dict[str, str]:
        """Give the public shape; `fix` is what to do, from the rule book."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message,
            "where": self.where,
            "fix": fix_of(self.rule),
        }


def error(rule: str, message: str, where: str) -> Finding:
    """Make a finding that keeps the issue from being sent."""
    return Finding(rule=rule, severity="error", message=message, where=where)


def warning(rule: str, message: str, where: str) -> Finding:
    """Make a finding that a person should look at."""
    return Finding(rule=rule, severity="warning", message=message, where=where)


def in_order(findings: Iterable[Finding], file: str) -> tuple[Finding, ...]:
    """Order findings as an author walks through the file, each once."""

    def line(finding: Finding) -> int:
        found = re.fullmatch(rf"{re.escape(file)}:(\d+)", finding.where)
        return int(found[1]) if found else 10**9

    return tuple(sorted(dict.fromkeys(findings), key=lambda one: (line(one), one.rule)))
