"""End a send politely: open attempts are ended and stored, no new one is begun."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Set once this process is told to end; every worker in it looks before each claim and each first byte.
told_to_stop = threading.Event()


@contextmanager
def on_sigterm() -> Iterator[None]:
    """Take SIGTERM as the wish to end politely; outside of the main thread nothing is changed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        told_to_stop.set()

    usual = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)
