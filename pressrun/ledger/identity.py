"""Which installation a ledger belongs to, who sends for it, and in which epoch.

The sender's lock is held by the kernel, beside the ledger file, or by PostgreSQL for the sender's connection:
it ends when the process ends, never because time has passed. Each start of a sender begins a new epoch, and
every write of a sender repeats its epoch, so that a forgotten one cannot write any more.
"""

import fcntl
import hashlib
import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import IntegrityError

from pressrun.errors import HeldElsewhereError, RefusedError, StoppedError
from pressrun.ledger.birth import born
from pressrun.ledger.schema import instance
from pressrun.ledger.store import Ledger
from pressrun.settings import Settings

#: Any fixed number does: it names the sender's lock among PostgreSQL's advisory locks.
_ADVISORY_LOCK = 7_467_001
#: Tries of 50 ms each: however many only look, one of them meets a free moment.
_TRIES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """The installation a ledger belongs to."""

    instance_id: str
    fingerprint: str
    epoch: int
    created_at: datetime
    armed_at: datetime


def identify(ledger: Ledger, settings: Settings, now: datetime) -> Instance:
    """Give the ledger's instance, made on the first call."""
    found = _read(ledger)
    if found is None:
        with suppress(IntegrityError):  # another process was first; its row is as good
            _create(ledger, fingerprint(settings), now)
        found = _read(ledger)
    if found is None:
        raise StoppedError("The ledger lost the row that names its instance; restore it from a backup.")
    return found


def require_armed(ledger: Ledger, settings: Settings, now: datetime) -> None:
    """Refuse to send from a copy that was moved or restored until a person says yes.

    Raises:
        RefusedError: The ledger was written on another machine or in another place.
    """
    found = identify(ledger, settings, now)
    if found.fingerprint != fingerprint(settings):
        raise RefusedError(
            f"This copy of instance {found.instance_id} was moved or restored: it was armed on "
            f"{found.armed_at:%Y-%m-%d %H:%M} UTC elsewhere. Nothing was submitted. If no other copy is in "
            "use, run `pressrun arm` and try again."
        )


def is_armed(ledger: Ledger, settings: Settings) -> bool:
    """Tell whether this copy may post and decide; a new ledger may."""
    found = _read(ledger)
    return found is None or found.fingerprint == fingerprint(settings)


def arm(ledger: Ledger, settings: Settings, now: datetime) -> Instance:
    """Make this copy the one that may send."""
    identify(ledger, settings, now)
    with ledger.write() as connection:
        connection.execute(update(instance).values(fingerprint=fingerprint(settings), armed_at=now))
    return identify(ledger, settings, now)


def fingerprint(settings: Settings) -> str:
    """Tell this copy on this machine apart from any other; a restored file was made at another time."""
    address = settings.ledger_address
    if not address.startswith("sqlite:///"):
        parts = [_machine()]
    else:
        path = Path(address.removeprefix("sqlite:///")).absolute()
        parts = [_machine(), str(path), str(path.stat().st_ino), born(path)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@contextmanager
def sender_lock(ledger: Ledger, settings: Settings, holder: str) -> Iterator[int]:
    """Be the one sender of this ledger, and give the new epoch.

    Args:
        ledger: The ledger.
        settings: Where its lock file is.
        holder: Shown to whoever is refused, for example `issue hello, process 4711`.

    Raises:
        HeldElsewhereError: Another sender is at work; the message names it.
    """
    lock = _postgresql_lock(ledger) if ledger.dialect == "postgresql" else _file_lock(settings, holder)
    with lock:
        yield _next_epoch(ledger)


def sender_alive(ledger: Ledger, settings: Settings) -> bool:
    """Tell whether a sender holds the lock at this moment."""
    lock = _postgresql_probe(ledger) if ledger.dialect == "postgresql" else _file_probe(settings)
    try:
        with lock:
            return False
    except HeldElsewhereError:
        return True


_EPOCH = select(instance.c.epoch)


def require_epoch(connection: Connection, epoch: int) -> None:
    """Stop a sender that was replaced.

    Raises:
        StoppedError: A newer sender has started; this one must not write.
    """
    current = connection.scalar(_EPOCH)
    if current != epoch:
        raise StoppedError(
            f"A newer sender has started (epoch {current}, this one is {epoch}). This one stopped before its "
            "next POST; what it had submitted is stored."
        )


def _machine() -> str:
    path = Path("/etc/machine-id")
    return path.read_text().strip() if path.exists() else socket.gethostname()


def _read(ledger: Ledger) -> Instance | None:
    columns = [instance.c[name] for name in ("instance_id", "fingerprint", "epoch", "created_at", "armed_at")]
    with ledger.read() as connection:
        row = connection.execute(select(*columns)).one_or_none()
    return None if row is None else Instance(**row._mapping)


def _create(ledger: Ledger, mark: str, now: datetime) -> None:
    with ledger.write() as connection:
        connection.execute(
            instance.insert().values(
                only_row=1,
                instance_id=str(uuid.uuid4()),
                fingerprint=mark,
                epoch=0,
                created_at=now,
                armed_at=now,
            )
        )


def _next_epoch(ledger: Ledger) -> int:
    with ledger.write() as connection:
        connection.execute(update(instance).values(epoch=instance.c.epoch + 1))
        return int(connection.execute(select(instance.c.epoch)).scalar_one())


@contextmanager
def _file_lock(settings: Settings, holder: str) -> Iterator[None]:
    handle = os.open(settings.home / "sender.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(handle):
            raise HeldElsewhereError(_busy(os.pread(handle, 500, 0).decode(errors="replace")))
        os.ftruncate(handle, 0)
        os.pwrite(handle, holder.encode(), 0)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    """Take the lock; a few tries, because someone who only looks holds it for a moment."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


@contextmanager
def _file_probe(settings: Settings) -> Iterator[None]:
    """Share the lock for a moment: two who only look never take each other for a sender."""
    handle = os.open(settings.home / "sender.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise HeldElsewhereError(_busy("")) from None
    finally:
        os.close(handle)


@contextmanager
def _postgresql_lock(ledger: Ledger) -> Iterator[None]:
    with ledger.session() as connection:
        if not _taken_in(connection):
            raise HeldElsewhereError(_busy("another connection to this PostgreSQL"))
        try:
            yield
        finally:
            # the connection goes back to its pool, and the lock would go on with it
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})


def _taken_in(connection: Connection) -> bool:
    for _ in range(_TRIES):
        if connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": _ADVISORY_LOCK}):
            return True
        time.sleep(0.05)
    return False


@contextmanager
def _postgresql_probe(ledger: Ledger) -> Iterator[None]:
    """Share the lock until the transaction ends; two who only look never take each other for a sender."""
    with ledger.read() as connection:
        if not connection.scalar(text("select pg_try_advisory_xact_lock_shared(:key)"), {"key": _ADVISORY_LOCK}):
            raise HeldElsewhereError(_busy(""))
        yield


def _busy(holder: str) -> str:
    return (
        f"Another sender is at work: {holder or 'it has just started'}. Nothing was submitted by this one; "
        "run it again when the other has ended."
    )
