"""Spare Python its search for rubbish while a million small values pass by."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for rubbish less often: among many small values in no circle that takes a fifth of the time and more.

    Not for stretches that make large values in circles, as each POST does: those would pile up (1.9 GB, measured).
    """
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
