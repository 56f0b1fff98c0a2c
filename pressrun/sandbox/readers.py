"""Imagine what the readers of one request do in a day. Pure: the same seed gives the same day.

Figures: time to open after XCampaign's published statistics (median 6 h 25 min, a quarter within the hour);
scanner bursts after the one published sample (two thirds begin 20 to 60 s after delivery and take all links within
a second or two); machine opens as Apple's privacy proxy makes them.
"""

import base64
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pressrun.sandbox.log import Accepted

Event = dict[str, Any]

MPP = "Mozilla/5.0"
_PEOPLE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
)
_SCANNER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """How readers behave, as shares of those it can happen to."""

    hard_bounce: float = 0.010
    blocked: float = 0.005
    deferred: float = 0.020
    machine_open: float = 0.30
    opens: float = 0.42
    clicks: float = 0.22
    scanned: float = 0.04
    complains: float = 0.0006
    unsubscribes: float = 0.002


def day_of(
    line: Accepted,
    links: Sequence[str],
    *,
    seed: int,
    hours: float,
    start: int,
    suppressed: Mapping[str, str],
    habits: Habits,
) -> Iterator[list[Event]]:
    """Give, for each recipient of one accepted request, what happens to their mail.

    Args:
        line: The request.
        links: Targets in the mail, in order.
        seed: Makes it repeatable.
        hours: How long the day is.
        start: Epoch seconds of the acceptance.
        suppressed: Address → SendGrid's reason for dropping it.
        habits: How readers behave.
    """
    for index, person in enumerate(line.recipients):
        address = person["email"]
        chance = random.Random(f"{seed}/{line.issue}/{address}")  # noqa: S311 - repeatable, not secret
        reader = _Reader(line, index, person, chance, start, start + int(hours * 3600))
        yield reader.live(links, suppressed.get(address.lower()), habits)


class _Reader:
    """One recipient's day."""

    def __init__(
        self,
        line: Accepted,
        index: int,
        person: Mapping[str, str],
        chance: random.Random,
        start: int,
        end: int,
    ) -> None:
        self._line = line
        self._index = index
        self._person = person
        self._chance = chance
        self._start = start
        self._end = end
        self._events: list[Event] = []

    def live(self, links: Sequence[str], dropped: str | None, habits: Habits) -> list[Event]:
        if dropped:
            self._happen("dropped", 1, reason=dropped)
            return self._events
        self._happen("processed", 1, send_at=0)
        fate = self._chance.random()
        if fate < habits.hard_bounce:
            self._bounce(
                "bounce",
                "550 5.1.1 The email account that you tried to reach does not exist.",
                "Invalid Address",
            )
        elif fate < habits.hard_bounce + habits.blocked:
            self._bounce("blocked", "421 4.7.0 Message temporarily rejected.", "Reputation")
        else:
            self._arrive(links, habits)
        return self._events

    def _arrive(self, links: Sequence[str], habits: Habits) -> None:
        if self._chance.random() < habits.deferred:
            attempt = self._chance.choice(("1", 1))
            self._happen("deferred", 30, response="450 4.2.1 Try again later", attempt=attempt)
        arrived = self._chance.randint(3, 90)
        self._happen("delivered", arrived, response="250 2.0.0 OK", ip="203.0.113.9", tls=1)
        if self._chance.random() < habits.scanned:
            self._scan(arrived, links)
        if self._chance.random() < habits.machine_open:
            self._open(arrived + self._chance.randint(20, 900), MPP, machine=True)
        if self._chance.random() < habits.opens:
            self._read(arrived, links, habits)
        if self._chance.random() < habits.complains:
            self._happen("spamreport", arrived + self._chance.randint(600, 40_000))

    def _read(self, arrived: int, links: Sequence[str], habits: Habits) -> None:
        opened = arrived + int(3600 * math.exp(self._chance.gauss(math.log(6.42), 2.88)))
        if self._start + opened >= self._end:
            return
        agent = self._chance.choice(_PEOPLE)
        self._open(opened, agent, machine=False)
        if links and self._chance.random() < habits.clicks:
            for link in self._chance.sample(range(len(links)), k=min(len(links), self._chance.choice((1, 1, 2)))):
                opened += self._chance.randint(8, 240)
                self._click(opened, links, link, agent)
        if self._chance.random() < habits.unsubscribes / habits.opens:
            self._happen("unsubscribe", opened + self._chance.randint(10, 90), useragent=agent)

    def _scan(self, arrived: int, links: Sequence[str]) -> None:
        begun = arrived + self._chance.randint(20, 60)
        for at in range(len(links)):
            self._click(begun + at // 6, links, at, _SCANNER)

    def _bounce(self, kind: str, reason: str, classification: str) -> None:
        status = reason.split()[1]
        self._happen("bounce", 8, type=kind, reason=reason, status=status, bounce_classification=classification)

    def _open(self, after: int, agent: str, *, machine: bool) -> None:
        self._happen("open", after, useragent=agent, ip=self._ip(), sg_machine_open=machine, sg_content_type="html")

    def _click(self, after: int, links: Sequence[str], at: int, agent: str) -> None:
        place = {"index": at, "type": "html"}
        self._happen("click", after, url=links[at], url_offset=place, useragent=agent, ip=self._ip())

    def _happen(self, event: str, after: int, **more: Any) -> None:
        line = self._line
        self._events.append(
            {
                "email": self._person["email"],
                "timestamp": self._start + after,
                "event": event,
                "sg_event_id": self._event_id(),
                "sg_message_id": f"{line.x_message_id}.recvd-5b4f7c9d8-x7k2p-1-{line.n:X}-{self._index}.0",
                "category": self._chance.choice(([line.issue], line.issue)),
                "pr_issue": line.issue,
                "pr_batch": line.batch,
                "pr_attempt": line.attempt,
                "pr_recipient": self._person["recipient"],
                **more,
            }
        )

    def _event_id(self) -> str:
        return base64.urlsafe_b64encode(self._chance.randbytes(16)).rstrip(b"=").decode("ascii")

    def _ip(self) -> str:
        return f"198.51.100.{self._chance.randint(1, 254)}"


def noisy(events: Sequence[Event], *, seed: int, repeated: float) -> list[Event]:
    """Add what a real event feed adds: copies, changed ids, lost ids, other order, other things.

    Args:
        events: What happened.
        seed: Makes it repeatable.
        repeated: Share of events that come again.
    """
    chance = random.Random(f"{seed}/noise/{len(events)}")  # noqa: S311 - repeatable, not secret
    sent = list(events)
    for event in events:
        # what an event lacks, its copies lack too, or they would be other events
        if event["event"] == "unsubscribe" and chance.random() < 0.5:
            event.pop("sg_event_id")
        if event["event"] == "bounce" and chance.random() < 0.1:
            for name in ("pr_issue", "pr_batch", "pr_attempt", "pr_recipient", "sg_message_id"):
                event.pop(name, None)
        if chance.random() < repeated:
            copy = dict(event)
            if chance.random() < 0.2:
                copy["sg_event_id"] = base64.urlsafe_b64encode(chance.randbytes(16)).rstrip(b"=").decode("ascii")
            sent.append(copy)
    if sent:
        sent.append(
            {
                "event": "account_status_change",
                "type": "compliance_suspend",
                "timestamp": 1_600_000_000,
                "sg_event_id": "ZXhhbXBsZQ==",
            }
        )
    chance.shuffle(sent)
    return sent
