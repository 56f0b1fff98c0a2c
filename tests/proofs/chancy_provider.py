"""A provider in memory that does anything a provider may do, as chance says; what it accepted is the truth."""

import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from pressrun.delivery.provider import Answer
from pressrun.delivery.sendgrid_provider import RequestTooLargeError
from tests.proofs.checker import Accepted

#: What may become of a request, and how likely it is in rough weather; calm weather accepts.
WEATHER: Mapping[str, int] = {
    "accept": 40,
    "accept_lost": 6,
    "lost": 6,
    "accept_5xx": 4,
    "5xx": 4,
    "accept_cut": 2,
    "cut": 2,
    "accept_odd": 2,
    "odd": 2,
    "429": 4,
    "429_until": 4,
    "413": 2,
    "too_large": 2,
    "unreachable": 6,
    "stopped_before": 2,
    "403": 1,
}
_REFUSED = {"429": 429, "413": 413, "403": 403}


class Gone(Exception):
    """The connection breaks while it is made; nothing has left."""


@dataclass(kw_only=True)
class ChancyProvider:
    """Decides each request by chance, or by a word set for the next one."""

    chance: random.Random
    clock: Callable[[], float]
    #: Numbers what happens, so that an order can be told whatever the clock says.
    moment: Callable[[], float]
    bad: Collection[str] = ()
    names: bool = True
    stormy: bool = True
    #: What to do with the next request, instead of leaving it to chance.
    next_word: str = ""
    #: Called once connected, before the last look, and when the last look is over.
    on_connect: Callable[[], None] = lambda: None
    on_wire: Callable[[], None] = lambda: None
    supports_idempotency: bool = False
    accepted: list[Accepted] = field(default_factory=list)
    #: Accepted, but its answer never came through; person → how often.
    unanswered: Counter[str] = field(default_factory=Counter)
    #: Attempts of which that is known.
    lost: set[str] = field(default_factory=set)
    posts: int = 0
    _fences: dict[str, str] = field(default_factory=dict)
    #: Attempt → the time before which nothing of it is delivered, and so no event comes.
    _send_at: dict[str, float] = field(default_factory=dict)

    def open_fence(self) -> str | None:
        """Give an id of a fence."""
        return f"fence-{self.chance.getrandbits(64):x}"

    def cancel(self, fence_id: str) -> bool:
        """Take an accepted request back, unless cancelling fails."""
        if self.stormy and self.chance.random() < 0.2:
            return False
        taken_back = self._fences.pop(fence_id, None)
        for request in [request for request in self.accepted if request.attempt == taken_back]:
            self.accepted.remove(request)
            self.unanswered.subtract(request.people)
        return True

    def eventful(self) -> list[str]:
        """Give the attempts of which events may come by now."""
        now = self.clock()
        return [one.attempt for one in self.accepted if self._send_at.get(one.attempt, now) <= now]

    def post(self, request: bytes, before_first_byte: Callable[[], None]) -> Answer:
        """Post one request; see `Provider.post`."""
        word = self._word()
        if word == "too_large":
            raise RequestTooLargeError("99 bytes")
        if word == "unreachable":
            return Answer(left=False, error="ConnectionRefusedError")
        self.on_connect()
        started_at = self.moment()
        before_first_byte()
        self.posts += 1
        self.on_wire()
        return self._answer(word, orjson.loads(request), started_at)

    def _word(self) -> str:
        if self.next_word:
            word, self.next_word = self.next_word, ""
            return word
        return self.chance.choices(list(WEATHER), list(WEATHER.values()))[0] if self.stormy else "accept"

    def _answer(self, word: str, request: Mapping[str, Any], started_at: float) -> Answer:
        people = request["personalizations"]
        if word == "429_until":
            headers = {"x-ratelimit-reset": str(self.clock() + self.chance.randint(-5, 90))}
            return Answer(left=True, status=429, headers=headers, headers_complete=True)
        if word in _REFUSED and not (word == "413" and len(people) == 1):
            return Answer(left=True, status=_REFUSED[word], headers_complete=True)
        refused = self._refusal(people)
        if refused is not None:
            return _broken(word, self.chance) or refused
        if word in ("lost", "5xx", "cut", "odd"):
            return _broken(word, self.chance) or self._thanks()
        self._accept(request, started_at, answered=not word.startswith("accept_"))
        return _broken(word.removeprefix("accept_"), self.chance) or self._thanks()

    def _thanks(self) -> Answer:
        headers = {"x-message-id": f"m{self.posts}"}
        return Answer(left=True, status=202, headers=headers, headers_complete=True)

    def _accept(self, request: Mapping[str, Any], started_at: float, *, answered: bool) -> None:
        people = request["personalizations"]
        who = tuple(person["custom_args"]["pr_recipient"] for person in people)
        attempt = people[0]["custom_args"]["pr_attempt"]
        self.accepted.append(Accepted(attempt=attempt, started_at=started_at, people=who))
        if "batch_id" in request:
            self._fences[request["batch_id"]] = attempt
            self._send_at[attempt] = float(request["send_at"])
        if not answered:
            self.lose(attempt)

    def lose(self, attempt: str) -> None:
        """Note that the answer of an accepted attempt is lost, on the way or with the sender that had it."""
        if attempt in self.lost:
            return
        self.lost.add(attempt)
        for request in self.accepted:
            if request.attempt == attempt:
                self.unanswered.update(request.people)

    def last_event_at(self) -> float:
        """Give the time by which events of all accepted attempts may have come."""
        return max((self._send_at.get(one.attempt, 0.0) for one in self.accepted), default=0.0)

    def _refusal(self, people: Collection[Mapping[str, Any]]) -> Answer | None:
        hit = [at for at, one in enumerate(people) if one["custom_args"]["pr_recipient"] in self.bad]
        if not hit:
            return None
        fields = [f"personalizations.{at}.to.0.email" for at in hit] if self.names else [None]
        errors = [{"field": field, "message": "Does not contain a valid address.", "help": None} for field in fields]
        return Answer(left=True, status=400, headers_complete=True, body=orjson.dumps({"errors": errors}))


def _broken(word: str, chance: random.Random) -> Answer | None:
    """Break the answer, whatever was decided about the request."""
    if word == "lost":
        return Answer(left=True, error=chance.choice(["RemoteDisconnected", "TimeoutError", "ConnectionResetError"]))
    if word == "5xx":
        return Answer(left=True, status=chance.choice([500, 502, 503, 504]), headers_complete=True)
    if word == "cut":
        return Answer(left=True, status=chance.choice([400, 413, 429]), headers_complete=False)
    if word == "odd":
        return Answer(left=True, status=chance.choice([102, 200, 204, 302, 408]), headers_complete=True)
    return None
