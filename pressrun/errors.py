"""Every error Pressrun raises on purpose, and the exit status each one means.

PressrunError              1  something unexpected
├── InputError             2  the input or the call is wrong; nothing was changed
├── RefusedError           3  preflight or a guard said no; nothing was submitted
├── StoppedError           4  stopped, and safe to run again
│   ├── HeldElsewhereError 4  another process holds the sender's or the writer's lock
│   └── StoreBusyError     4  a store could not be written within its bound
└── ProviderError          4  SendGrid's answer to one POST
    ├── ProviderBusyError      not accepted, try again later
    ├── ProviderRefusedError   not accepted, trying the same again will not help
    └── OutcomeInDoubtError    perhaps accepted: do not repeat
"""


class PressrunError(Exception):
    """Something unexpected happened."""

    exit_status = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class InputError(PressrunError):
    """The input or the call is wrong; nothing was changed."""

    exit_status = 2


class RefusedError(PressrunError):
    """Preflight or a guard said no; nothing was submitted."""

    exit_status = 3


class StoppedError(PressrunError):
    """The work stopped and is safe to run again."""

    exit_status = 4


class HeldElsewhereError(StoppedError):
    """Another process holds the lock."""


class StoreBusyError(StoppedError):
    """A store could not be written within its bound."""


class ProviderError(PressrunError):
    """SendGrid did not accept a POST for certain."""

    exit_status = 4


class ProviderBusyError(ProviderError):
    """Not accepted; try again later."""


class ProviderRefusedError(ProviderError):
    """Not accepted; trying the same again will not help."""


class OutcomeInDoubtError(ProviderError):
    """Perhaps accepted; it must not be repeated before it is settled."""
