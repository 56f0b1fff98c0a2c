"""Addresses we must not mail, each with its reason and time."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import sqlite

from pressrun.ledger.schema import cursors, suppressions
from pressrun.ledger.store import Ledger

#: The strongest first: it is the one shown where only one fits.
STRENGTH = ("complained", "bounced", "blocked", "unsubscribed")
_AT_ONCE = 500
_LANDING = "landing/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Suppression:
    """One address that must not be mailed."""

    address_key: str
    #: unsubscribed, bounced, complained or blocked.
    reason: str
    #: Where we know it from: an import, an event, a link, a person.
    source: str
    suppressed_at: datetime


_NAMES = ("address_key", "reason", "source", "suppressed_at")
_ALL = select(*(suppressions.c[name] for name in _NAMES))


def add(
    ledger: Ledger,
    rows: Iterable[Suppression],
    *,
    cursor: tuple[str, int] | None = None,
    marks: Mapping[tuple[str, str], int] | None = None,
) -> int:
    """Suppress addresses; those suppressed for the same reason already stay as they are.

    Args:
        ledger: The ledger.
        rows: What to suppress.
        cursor: Name and position of the stream they came from, stored in the same transaction.
        marks: (stream, landing file) → offset up to which its consent is now in the ledger; stored likewise,
            so that a sender knows from where on it must read the landing zone itself.

    Returns:
        How many are new.
    """
    wanted = list(rows)
    with ledger.write() as connection:
        new = _insert_missing(connection, ledger.dialect, wanted)
        if cursor is not None:
            _move(connection, *cursor)
        for (stream, file), offset in (marks or {}).items():
            _move(connection, f"{_LANDING}{stream}/{file}", offset)
    return new


def every(ledger: Ledger) -> dict[str, Suppression]:
    """Give each suppressed address once, with its strongest reason."""
    with ledger.read() as connection:
        rows = connection.execute(_ALL).all()
    strongest: dict[str, Suppression] = {}
    for row in rows:
        found = Suppression(**row._mapping)
        known = strongest.get(found.address_key)
        if known is None or _rank(found) < _rank(known):
            strongest[found.address_key] = found
    return strongest


def of_address(ledger: Ledger, address_key: str) -> list[Suppression]:
    """Give every reason for which one address is suppressed, the strongest first."""
    with ledger.read() as connection:
        rows = connection.execute(_ALL.where(suppressions.c.address_key == address_key)).all()
    return sorted((Suppression(**row._mapping) for row in rows), key=_rank)


def of_source(ledger: Ledger, source: str) -> list[Suppression]:
    """Give the suppressions that we know from one source."""
    with ledger.read() as connection:
        return [Suppression(**row._mapping) for row in connection.execute(_ALL.where(suppressions.c.source == source))]


def sources(ledger: Ledger, beginning: str) -> list[str]:
    """Give the sources that begin with some words, each once."""
    source = suppressions.c.source
    with ledger.read() as connection:
        return list(connection.scalars(select(source).where(source.startswith(beginning, autoescape=True)).distinct()))


def move(ledger: Ledger, source: str, to: str, said: Set[tuple[str, str]]) -> int:
    """Let suppressions rest on another source, as far as it says the same.

    Args:
        ledger: The ledger.
        source: What they rest on.
        to: What says the same.
        said: Address key and reason of all that it says.

    Returns:
        How many rest on it now.
    """
    moved = 0
    with ledger.write() as connection:
        found = connection.execute(_ALL.where(suppressions.c.source == source)).all()
        for reason in STRENGTH:
            keys = [row.address_key for row in found if row.reason == reason and (row.address_key, reason) in said]
            for at in range(0, len(keys), _AT_ONCE):
                some = suppressions.c.address_key.in_(keys[at : at + _AT_ONCE])
                which = (suppressions.c.reason == reason, suppressions.c.source == source, some)
                moved += connection.execute(update(suppressions).where(*which).values(source=to)).rowcount
    return moved


def take_back(ledger: Ledger, source: str, others: Sequence[Suppression]) -> int:
    """Forget what one source said, and keep what others say of the same addresses, in one transaction.

    Returns:
        How many suppressions nobody else speaks for.
    """
    with ledger.write() as connection:
        gone = connection.execute(delete(suppressions).where(suppressions.c.source == source)).rowcount
        kept = _insert_missing(connection, ledger.dialect, others)
    return gone - kept


def untold(ledger: Ledger, *, at_most: int = 1000) -> list[str]:
    """Give addresses that SendGrid does not know yet as suppressed by us."""
    query = select(suppressions.c.address_key).where(suppressions.c.told_at.is_(None)).distinct().limit(at_most)
    with ledger.read() as connection:
        return list(connection.scalars(query))


def told(ledger: Ledger, address_keys: Sequence[str], now: datetime) -> None:
    """Note that SendGrid was told of some addresses."""
    with ledger.write() as connection:
        for at in range(0, len(address_keys), _AT_ONCE):
            some = suppressions.c.address_key.in_(address_keys[at : at + _AT_ONCE])
            connection.execute(update(suppressions).where(some, suppressions.c.told_at.is_(None)).values(told_at=now))


def release(ledger: Ledger, address_key: str) -> int:
    """Take an address off the suppressions, on a person's decision.

    Returns:
        How many reasons were taken off.
    """
    with ledger.write() as connection:
        return connection.execute(delete(suppressions).where(suppressions.c.address_key == address_key)).rowcount


def position(ledger: Ledger, name: str) -> int:
    """Give how far a stream was applied to the ledger; 0 if it never was."""
    with ledger.read() as connection:
        return connection.scalar(select(cursors.c.position).where(cursors.c.name == name)) or 0


def marks(ledger: Ledger, stream: str) -> dict[str, int]:
    """Give, for each landing file of a stream, the offset up to which its consent is in the ledger."""
    prefix = f"{_LANDING}{stream}/"
    query = select(cursors.c.name, cursors.c.position).where(cursors.c.name.startswith(prefix, autoescape=True))
    with ledger.read() as connection:
        return {row.name.removeprefix(prefix): row.position for row in connection.execute(query)}


def _rank(suppression: Suppression) -> int:
    return STRENGTH.index(suppression.reason)


def _insert_missing(connection: Connection, dialect: str, rows: Sequence[Suppression]) -> int:
    """Insert what is not there; both databases spell it the same way, from different modules."""
    if not rows:
        return 0
    insert: Any = sqlite.insert
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # it brings all its drivers along, which most never need

        insert = postgresql.insert
    # compiled once for all rows; psycopg does not tell how many were inserted, so they are counted
    statement = insert(suppressions).on_conflict_do_nothing().returning(suppressions.c.address_key)
    return len(connection.scalars(statement, [{name: getattr(row, name) for name in _NAMES} for row in rows]).all())


def _move(connection: Connection, name: str, position: int) -> None:
    moved = connection.execute(update(cursors).where(cursors.c.name == name).values(position=position))
    if moved.rowcount == 0:
        connection.execute(cursors.insert().values(name=name, position=position))
