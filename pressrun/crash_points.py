"""Named points of the code path at which a test ends the process, to prove that any moment is a safe one.

In production nobody listens, and reaching a point costs one comparison. Names are `part.step.moment`; the crash
sweep (tests/proofs) finds them by running the code, so a point is added by reaching it and nothing else.
"""

from collections.abc import Callable

_listener: Callable[[str], None] | None = None


def listen(listener: Callable[[str], None] | None) -> None:
    """Let a test hear of every point that is reached; it may end the process. None: nobody listens."""
    global _listener
    _listener = listener


def reach(name: str) -> None:
    """Tell that the code has come to a named point."""
    if _listener is not None:
        _listener(name)
