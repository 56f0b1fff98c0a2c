"""What preflight finds: a rule, how bad it is, where it is, and what to do."""

from dataclasses import dataclass
from typing import Literal


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
        """Give the public shape."""
        return {"rule": self.rule, "severity": self.severity, "message": self.message, "where": self.where}


def error(rule: str, message: str, where: str) -> Finding:
    """Make a finding that keeps the issue from being sent."""
    return Finding(rule=rule, severity="error", message=message, where=where)


def warning(rule: str, message: str, where: str) -> Finding:
    """Make a finding that a person should look at."""
    return Finding(rule=rule, severity="warning", message=message, where=where)
