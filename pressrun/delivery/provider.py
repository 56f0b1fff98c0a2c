"""What delivery asks of a provider, and what a provider answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one POST came to, as far as this side of the connection can tell."""

    #: False only if not a single byte of the request can have left.
    left: bool
    #: The status of a complete status line, else None.
    status: int | None = None
    #: Names in lower case.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Whether the headers were read to their end.
    headers_complete: bool = False
    body: bytes = b""
    #: What broke, in a word or two; never the request.
    error: str = ""


class Provider(Protocol):
    """Somewhere to post batches."""

    #: Whether posting the same attempt twice is harmless. SendGrid takes no key, so: no.
    supports_idempotency: bool

    def open_fence(self) -> str | None:
        """Get an id by which an accepted request can be cancelled before its time; None if there is none to get."""
        ...

    def cancel(self, fence_id: str) -> bool:
        """Cancel what was posted under an id, and make sure that it is cancelled."""
        ...

    def suppress(self, group: int, addresses: Sequence[str]) -> int | None:
        """Put addresses on the provider's own list of those who left a group; gives the status, 201 if it did."""
        ...

    def post(self, request: bytes, before_first_byte: Callable[[], None]) -> Answer:
        """Post one request on a fresh connection.

        Args:
            request: The body, as JSON that SendGrid's mail/send takes.
            before_first_byte: Called once connected; what it raises ends the attempt before any byte leaves.
        """
        ...
