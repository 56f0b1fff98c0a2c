"""What each rule of preflight means and how to mend what it finds; the texts are in `rules.toml`."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_FILE = Path(__file__).with_name("rules.toml")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of preflight."""

    severity: Literal["error", "warning", "either"]
    means: str
    #: What to do about a finding, in a sentence.
    fix: str
    #: Whether it guards readers or the law, and so cannot be silenced.
    guards: bool = False


@functools.cache
def rules() -> Mapping[str, Rule]:
    """Give all rules by id, in the order of the file."""
    record = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {name: Rule(**fields) for name, fields in record.items()}


def fix_of(rule: str) -> str:
    """Say how to mend what a rule finds; empty for a rule the book does not know."""
    found = rules().get(rule)
    return found.fix if found else ""
