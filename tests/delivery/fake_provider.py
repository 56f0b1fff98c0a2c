"""A provider in memory that can accept, refuse, be busy, lose its answer, or die; its log is the truth."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import orjson

from pressrun.delivery.provider import Answer
from pressrun.delivery.sendgrid_provider import RequestTooLargeError


class Killed(BaseException):
    """The process ends here; nobody may catch it."""


class FakeProvider:
    """Accept every request, except where its script says otherwise."""

    supports_idempotency = False

    def __init__(
        self,
        script: Mapping[int, str] | Callable[[int], str] | None = None,
        *,
        bad: Collection[str] = (),
        names: bool = True,
        at_most: int = 1000,
    ) -> None:
        """Make it.

        Args:
            script: What to do with the n-th try, counted from 1: a word of `_answer`, or a status code.
            bad: Local parts of addresses that make a request a 400.
            names: Whether a 400 names the positions.
            at_most: More recipients than this are a 413.
        """
        self._script = script if callable(script) else dict(script or {}).get
        self._bad, self._names, self._at_most = bad, names, at_most
        #: Recipient ids of each accepted request; what a checker goes by.
        self.accepted: list[list[str]] = []
        #: Attempt ids of the accepted requests.
        self.attempts: list[str] = []
        #: Fence ids of the accepted requests, empty for those without.
        self.fences: list[str] = []
        self.cancelled: list[str] = []
        self.gives_fences, self.count_fences = True, 0
        self.suppressed: list[tuple[int, str]] = []
        self.takes_suppressions = True
        self.count_tries = 0
        self.count_posts = 0
        #: Called after connecting and before the last look.
        self.on_connect: Callable[[], None] = lambda: None
        #: Called after the last look, when the request is on its way.
        self.on_wire: Callable[[], None] = lambda: None

    def open_fence(self) -> str | None:
        """Give an id, as often as it is asked."""
        self.count_fences += 1
        return f"fence{self.count_fences}" if self.gives_fences else None

    def cancel(self, fence_id: str) -> bool:
        """Cancel what was accepted under an id, up to ten of them; its mails will never go out."""
        if len(self.cancelled) == 10:
            return False
        self.cancelled.append(fence_id)
        at = self.fences.index(fence_id) if fence_id in self.fences else None
        if at is not None:
            for log in (self.accepted, self.attempts, self.fences):
                log.pop(at)
        return True

    def suppress(self, group: int, addresses: Sequence[str]) -> int | None:
        """Put addresses on the list of a group, unless it is told to fail, or one of them is bad."""
        if not self.takes_suppressions:
            return 503
        if any(address.partition("@")[0] in self._bad for address in addresses):
            return 400
        self.suppressed += [(group, address) for address in addresses]
        return 201

    def post(self, request: bytes, before_first_byte: Callable[[], None]) -> Answer:
        """Post one request; see `Provider.post`."""
        self.count_tries += 1
        step = str(self._script(self.count_tries) or "accept")
        if step == "too_large":
            raise RequestTooLargeError("99 bytes")
        if step == "unreachable":
            return Answer(left=False, error="ConnectionRefusedError")
        self.on_connect()
        before_first_byte()
        self.count_posts += 1
        self.on_wire()
        return self._answer(step, orjson.loads(request))

    def _answer(self, step: str, request: Mapping[str, Any]) -> Answer:
        if step in ("drop", "die_dropping"):
            return _lost(step == "die_dropping")
        if step.isdigit():
            return _status(int(step))
        refused = self._refusal(request)
        if refused is not None:
            return refused
        people = request["personalizations"]
        self.accepted.append([person["custom_args"]["pr_recipient"] for person in people])
        self.attempts.append(people[0]["custom_args"]["pr_attempt"])
        self.fences.append(request.get("batch_id", ""))
        if step in ("lose", "die_accepting"):
            return _lost(step == "die_accepting")
        return Answer(left=True, status=202, headers={"x-message-id": f"m{self.count_posts}"}, headers_complete=True)

    def _refusal(self, request: Mapping[str, Any]) -> Answer | None:
        people = request["personalizations"]
        if len(people) > self._at_most:
            return _status(413, b"<html>413</html>")
        bad = [at for at, p in enumerate(people) if p["to"][0]["email"].partition("@")[0] in self._bad]
        if not bad:
            return None
        fields = [f"personalizations.{at}.to" for at in bad] if self._names else [None]
        errors = [{"field": field, "message": "not a valid address", "help": None} for field in fields]
        return _status(400, orjson.dumps({"errors": errors}))


def _lost(dying: bool) -> Answer:
    if dying:
        raise Killed
    return Answer(left=True, error="RemoteDisconnected")


def _status(code: int, body: bytes = b"") -> Answer:
    return Answer(left=True, status=code, headers_complete=True, body=body)
