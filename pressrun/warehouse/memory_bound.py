"""Bound what the whole process may take while something runs whose values no other limit counts.

DuckDB's own limit counts the blocks that it hands out. A single value that one function builds, such as
`replace(replace(text, 'a', text), 'a', text)`, is built beside them: 4 GB were seen with a limit of 300 MB.
The kernel counts everything, and whoever asks for more is told that there is none.
"""

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: The stack of a thread that DuckDB may start.
_THREAD = 16 << 20
_lock = threading.Lock()
_inside = 0
#: The limits that the first one found, while there are any inside that are bounded.
_before: tuple[int, int] | None = None


@contextmanager
def no_more_than(more: int) -> Iterator[None]:
    """Let the process take no more than some bytes on top of what it has; where the system cannot, nothing is bounded.

    Threads that run meanwhile are bounded with it. Several may be inside at once: each adds what it may take to what
    the process has when it comes, so that nobody fails for what others took before. The last one to leave gives back
    the limit that the first one found.

    Args:
        more: Bytes.
    """
    _enter(more)
    try:
        yield
    finally:
        _leave()


def _enter(more: int) -> None:
    global _inside, _before
    with _lock:
        present = _present()
        found = resource.getrlimit(resource.RLIMIT_DATA)
        bound = (present or 0) + more + _THREAD * (os.cpu_count() or 1)
        own = found if _before is None else _before
        # what is inside already may have been allowed more than is wanted now, and keeps it
        held = 0 if _before is None else found[0]
        if present is not None and bound > held and (own[0] == resource.RLIM_INFINITY or bound < own[0]):
            # a system that has no such limit says so
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_DATA, (bound, own[1]))
                _before = own
        _inside += 1


def _leave() -> None:
    global _inside, _before
    with _lock:
        _inside -= 1
        if not _inside and _before is not None:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_DATA, _before)
            _before = None


def _present() -> int | None:
    """Give the bytes of data that the process has (proc_pid_statm(5)); None where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[5]) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        return None
