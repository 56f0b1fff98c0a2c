"""How fast mails may go out, as the owner set it, and when each batch is due by that. Pure.

Limits hold for every stretch of time of their length, not for hours by the clock; the ramp of a warm-up goes by
days in UTC. What has been posted before counts, whichever issue it was.
"""

import heapq
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple

_WINDOWS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LIMIT = re.compile(
    r"(?:(?P<lane>[a-z0-9.+-]+\.[a-z]{2,})\s+)?(?P<count>\d+)\s*(?P<unit>requests|recipients)?\s*/\s*(?P<per>[smhd])"
)
_WARM_UP = re.compile(r"(?P<start>\d+)(?:\s*/\s*d)?\s*x\s*(?P<factor>\d+(?:\.\d+)?)\s+for\s+(?P<days>\d+)\s*d(?:ays)?")
_DAY = timedelta(days=1)


class Posted(NamedTuple):
    """One request that went out, or is planned to."""

    at: datetime
    lane: str
    recipients: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """At most so many in any stretch of time."""

    #: The first domain of a mailbox provider; empty for all mail together.
    lane: str
    unit: Literal["requests", "recipients"]
    count: int
    window: timedelta

    def holds_for(self, lane: str) -> bool:
        """Tell whether a batch of a lane counts against it."""
        return self.lane in ("", lane)

    def weight(self, count: int) -> int:
        """Give how much of it one request of so many recipients takes."""
        return 1 if self.unit == "requests" else count


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmUp:
    """A new sender's ramp: so many recipients on the first day, then more by a factor, for some days."""

    start: int
    factor: float
    days: int

    def allowed(self, day: int) -> int | None:
        """Give how many recipients a day may have, counted from 0; None when the ramp is over."""
        return None if day >= self.days else int(self.start * self.factor**day)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """All limits together."""

    limits: tuple[Limit, ...] = ()
    warm_up: WarmUp | None = None
    #: Domain → the lane it goes by.
    lanes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_free(self) -> bool:
        """Tell whether nothing limits anything."""
        return not self.limits and self.warm_up is None

    def lane_of(self, domain: str) -> str:
        """Give the lane of a recipient's domain; empty where no provider has a pace of its own."""
        return self.lanes.get(domain, "")

    def batch_size(self, lane: str, largest: int) -> int:
        """Give how many recipients of a lane fit one request, so that a request alone breaks no limit."""
        bounds = [limit.count for limit in self.limits if limit.holds_for(lane) and limit.unit == "recipients"]
        return max(1, min([largest, *bounds, *([self.warm_up.start] if self.warm_up else [])]))

    def memory(self) -> timedelta:
        """Give how far back what was posted still counts."""
        return max([_DAY if self.warm_up else timedelta(0), *(limit.window for limit in self.limits)])


def pace_of(limits: str, warm_up: str) -> Pace:
    """Read a pace as it is written in the settings.

    Args:
        limits: Separated by commas, such as `5 requests/s, 50000/h, gmail.com+googlemail.com 2000/h`.
        warm_up: Such as `200 x 1.5 for 21 days`; empty for none.

    Raises:
        ValueError: It cannot be read; the message shows what was written and an example.
    """
    read = [_limit_of(part.strip()) for part in limits.split(",") if part.strip()]
    lanes = {domain: names[0] for names, _ in read for domain in names}
    return Pace(limits=tuple(limit for _, limit in read), warm_up=_warm_up_of(warm_up), lanes=lanes)


def plan(
    waiting: Sequence[tuple[int, str, int]],
    pace: Pace,
    *,
    start: datetime,
    posted: Iterable[Posted] = (),
    first_day: date | None = None,
) -> dict[int, datetime]:
    """Say when each batch is due, so that no limit is broken.

    Args:
        waiting: Number, lane and recipients of each batch, in the order in which they should go.
        pace: The limits.
        start: When the first may go.
        posted: What went out before, as far back as the limits remember.
        first_day: The first day of the warm-up; None: the day of the start.

    Returns:
        Number of the batch → the time before which it must not be posted.
    """
    road = _Road(pace, start, posted, first_day or start.astimezone(UTC).date())
    lanes: dict[str, deque[tuple[int, int]]] = {}
    for number, lane, count in waiting:
        lanes.setdefault(lane, deque()).append((number, count))
    heads = [(road.earliest(lane, queue[0][1]), queue[0][0], lane) for lane, queue in lanes.items()]
    heapq.heapify(heads)
    due: dict[int, datetime] = {}
    while heads:
        _, number, lane = heapq.heappop(heads)
        count = lanes[lane].popleft()[1]
        at = road.earliest(lane, count)  # another lane may have taken the room since
        road.take(Posted(at, lane, count))
        due[number] = at
        if lanes[lane]:
            number, count = lanes[lane][0]
            heapq.heappush(heads, (road.earliest(lane, count), number, lane))
    return due


def earliest(
    pace: Pace, lane: str, count: int, *, now: datetime, posted: Iterable[Posted], first_day: date | None
) -> datetime:
    """Say when one more request may go, after what really went out."""
    return _Road(pace, now, posted, first_day or now.astimezone(UTC).date()).earliest(lane, count)


class _Road:
    """What is on its way, and how much room that leaves at any time after."""

    def __init__(self, pace: Pace, start: datetime, posted: Iterable[Posted], first_day: date) -> None:
        self._pace = pace
        self._now = start
        self._first_day = first_day
        self._taken: list[tuple[Limit, deque[Posted]]] = [(limit, deque()) for limit in pace.limits]
        self._of_day: dict[date, int] = {}
        for one in sorted(posted):
            self._note(one)

    def earliest(self, lane: str, count: int) -> datetime:
        """Give the first moment from now on at which a request breaks no limit."""
        at = self._now
        while True:
            later = max(
                [at, *(self._room(limit, taken, count, at) for limit, taken in self._taken if limit.holds_for(lane))]
            )
            later = self._after_ramp(later, count)
            if later == at:
                return at
            at = later

    def take(self, one: Posted) -> None:
        """Put a request on its way; requests come in the order of their times."""
        self._now = max(self._now, one.at)
        self._note(one)

    def _note(self, one: Posted) -> None:
        for limit, taken in self._taken:
            if limit.holds_for(one.lane):
                while taken and taken[0].at <= self._now - limit.window:
                    taken.popleft()
                taken.append(one)
        day = one.at.astimezone(UTC).date()
        self._of_day[day] = self._of_day.get(day, 0) + one.recipients

    def _room(self, limit: Limit, taken: Iterable[Posted], count: int, at: datetime) -> datetime:
        """Give when a limit has room for a request, at a time or after."""
        inside = [one for one in taken if one.at > at - limit.window]
        total = sum(limit.weight(one.recipients) for one in inside)
        for one in inside:
            if total + limit.weight(count) <= limit.count:
                break
            total -= limit.weight(one.recipients)
            at = one.at + limit.window
        return at

    def _after_ramp(self, at: datetime, count: int) -> datetime:
        """Give when the warm-up has room for a request, at a time or on a later day."""
        ramp = self._pace.warm_up
        while ramp is not None:
            day = at.astimezone(UTC).date()
            allowed = ramp.allowed((day - self._first_day).days)
            if allowed is None or self._of_day.get(day, 0) + count <= allowed:
                break
            at = datetime.combine(day + _DAY, time(), UTC)
        return at


def _limit_of(text: str) -> tuple[list[str], Limit]:
    found = _LIMIT.fullmatch(text.lower())
    if found is None or int(found["count"]) == 0:
        raise ValueError(f"{text!r} is no limit; write it like `5 requests/s`, `50000/h` or `gmail.com 2000/h`")
    names = found["lane"].split("+") if found["lane"] else []
    unit: Literal["requests", "recipients"] = "requests" if found["unit"] == "requests" else "recipients"
    limit = Limit(lane=names[0] if names else "", unit=unit, count=int(found["count"]), window=_WINDOWS[found["per"]])
    return names, limit


def _warm_up_of(text: str) -> WarmUp | None:
    if not text.strip():
        return None
    found = _WARM_UP.fullmatch(text.strip().lower())
    if found is None or int(found["start"]) == 0 or float(found["factor"]) < 1:
        raise ValueError(f"{text!r} is no warm-up; write it like `200 x 1.5 for 21 days`, with a factor of 1 or more")
    return WarmUp(start=int(found["start"]), factor=float(found["factor"]), days=int(found["days"]))
