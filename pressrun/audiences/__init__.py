"""Subscriber tables → subscribers → candidates for the audience of one issue.

What reads tables is loaded on first use: the receiver and the sender need addresses and tokens from here, and
should not wait for pandas.
"""

from typing import TYPE_CHECKING, Any

from pressrun.audiences.selection import Chooser, candidates, exclusion_reason

if TYPE_CHECKING:
    from pressrun.audiences.importing import import_tables
    from pressrun.audiences.summary import ImportSummary

__all__ = ["Chooser", "ImportSummary", "candidates", "exclusion_reason", "import_tables"]


def __getattr__(name: str) -> Any:
    if name not in ("ImportSummary", "import_tables"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pressrun.audiences import importing

    return getattr(importing, name)
