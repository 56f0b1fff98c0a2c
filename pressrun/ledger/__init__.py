"""The ledger: what was promised. The only part of Pressrun that knows SQLAlchemy.

It must be right this second, after any kill: SQLite in WAL mode with synchronous=FULL on one machine,
PostgreSQL when several machines send.
"""

from pressrun.ledger import (
    attempts,
    batches,
    decisions,
    identity,
    issues,
    preflights,
    recipients,
    suppressions,
)
from pressrun.ledger.store import Ledger, open_ledger

__all__ = [
    "Ledger",
    "attempts",
    "batches",
    "decisions",
    "identity",
    "issues",
    "open_ledger",
    "preflights",
    "recipients",
    "settling",
    "suppressions",
]
