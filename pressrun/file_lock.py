"""Let one process write at a time, by a lock that the kernel frees when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pressrun.errors import StoreBusyError


@contextmanager
def one_writer(path: Path, *, wait: float, busy: str) -> Iterator[None]:
    """Hold the lock on a file.

    Args:
        path: The file; made if need be, readable by its owner only.
        wait: Seconds to wait for another holder.
        busy: What to tell if it keeps the lock.

    Raises:
        StoreBusyError: Another process kept the lock; nothing was changed.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, wait, busy)
        yield
    finally:
        os.close(handle)


def _take(handle: int, wait: float, busy: str) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreBusyError(busy) from None
            time.sleep(0.05)
        else:
            return
