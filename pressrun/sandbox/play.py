"""Play a day of readers: imagine it, add noise, sign it, post it, and keep the truth of it."""

import asyncio
import contextlib
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import orjson

from pressrun.sandbox.config import SandboxConfig
from pressrun.sandbox.faults import Faults
from pressrun.sandbox.log import Accepted, AcceptLog
from pressrun.sandbox.readers import Event, Habits, day_of, noisy
from pressrun.sandbox.signing import Signer

#: SendGrid posts at 768 kB at the latest.
_POST_BYTES = 700_000
_AT_ONCE = 4
_TRIES = 6
_HREF = re.compile(r'<a\b(?![^>]*clicktracking="?off)[^>]*?\bhref="(https?://[^"]+)"', re.IGNORECASE)
_DROP_REASON = {
    "bounce": "Bounced Address",
    "spamreport": "Spam Reporting Address",
    "unsubscribe": "Unsubscribed Address",
}
_LOOPBACK = re.compile(r"https?://(127\.0\.0\.1|localhost)[:/]")


class Player:
    """Plays the accepted requests that were not played yet; one play at a time."""

    def __init__(self, config: SandboxConfig, log: AcceptLog, signer: Signer, faults: Faults) -> None:
        self._config = config
        self._log = log
        self._signer = signer
        self._faults = faults
        self._lock = asyncio.Lock()
        self._played_path = config.data_dir / "played.json"
        self._suppressed_path = config.data_dir / "suppressed.json"
        self._guard = threading.Lock()

    async def play(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Play one day.

        Args:
            wanted: `hours`, `seed`, `issue`, `repeated` (share of events that come again), `habits` (shares by
                name, see `Habits`), `one_click` (share of unsubscribes made by one-click POST).

        Returns:
            What was posted, and the truth behind it.
        """
        if self._config.webhook_url is None:
            raise ValueError("this sandbox was started without --webhook")
        async with self._lock:
            day = await asyncio.to_thread(self._imagine, wanted)
            sent = noisy(day.events, seed=day.seed, repeated=float(wanted.get("repeated", 0.08)))
            failed, posts = await self._post_all(sent)
            clicked = await self._one_click(day.one_click)
            self._remember(day)
        return {
            "requests": len(day.requests),
            "posts": posts,
            "failed_posts": failed,
            "events": len(sent),
            "unique_events": len(day.events),
            "one_click_unsubscribes": clicked,
            "unique_by_issue": day.truth(),
        }

    def suppressed(self) -> dict[str, str]:
        """Give the addresses SendGrid would not mail, with its reason."""
        return dict(_read(self._suppressed_path, {}))

    def suppress(self, address: str, reason: str) -> None:
        """Put an address on SendGrid's suppression lists."""
        with self._guard:
            known = self.suppressed()
            known.setdefault(address.lower(), reason)
            self._suppressed_path.write_bytes(orjson.dumps(known))

    def release(self, address: str) -> None:
        """Take an address off SendGrid's suppression lists."""
        with self._guard:
            known = self.suppressed()
            known.pop(address.lower(), None)
            self._suppressed_path.write_bytes(orjson.dumps(known))

    def _imagine(self, wanted: Mapping[str, Any]) -> "_Day":
        seed = int(wanted.get("seed", self._config.seed))
        habits = Habits(**dict(wanted.get("habits", {})))
        day = _Day(seed=seed, one_click_share=float(wanted.get("one_click", 0.4)))
        played = set(_read(self._played_path, []))
        for line in self._log.accepted():
            if line.n in played or wanted.get("issue") not in (None, line.issue):
                continue
            day.requests.append(line.n)
            body = self._log.body_of(line.n)
            lives = day_of(
                line,
                _links(body),
                seed=seed,
                hours=float(wanted.get("hours", 24)),
                start=int(datetime.fromisoformat(line.accepted_at).timestamp()),
                suppressed=self.suppressed(),
                habits=habits,
            )
            day.take(line, self._spoiled(line.n, lives), _unsubscribe_links(body))
        return day

    def _spoiled(self, number: int, lives: Iterator[list[Event]]) -> Iterator[list[Event]]:
        """Lose or repeat events, as the fault script says."""
        rule = self._faults.of_events(number)
        for life in lives:
            if rule is None:
                yield life
            elif rule.fault == "events_repeated":
                yield [*life, *(dict(event) for event in life * int(rule.settings.get("times_each", 1)))]
            elif rule.fault == "events_lost":
                share = float(rule.settings.get("lost", 1.0))
                yield [event for at, event in enumerate(life) if (at * 7919 + number) % 1000 >= share * 1000]
            else:
                delay = int(rule.settings.get("seconds", 86_400))
                yield [{**event, "timestamp": event["timestamp"] + delay} for event in life]

    async def _post_all(self, events: Sequence[Event]) -> tuple[int, int]:
        bodies = list(_bodies(events))
        gate = asyncio.Semaphore(_AT_ONCE)
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:

            async def post(body: bytes) -> bool:
                async with gate:
                    return await self._post(client, body)

            done = await asyncio.gather(*(post(body) for body in bodies))
        return done.count(False), len(bodies)

    async def _post(self, client: httpx.AsyncClient, body: bytes) -> bool:
        """Post until it is taken, at growing intervals; give up after some."""
        for number in range(_TRIES):
            headers = {
                **self._signer.headers(body, int(time.time())),
                "User-Agent": "SendGrid Event API",
                "Content-Type": "application/json;charset=utf-8",
            }
            try:
                answer = await client.post(str(self._config.webhook_url), content=body, headers=headers)
                if answer.is_success:
                    return True
            except httpx.HTTPError:
                pass  # a receiver that is down is what the next try is for
            await asyncio.sleep(0.2 * 2**number)
        return False

    async def _one_click(self, links: Sequence[str]) -> int:
        """Unsubscribe as mail programs do: POST to the header's own link, on this machine only."""
        done = 0
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            for link in links:
                if not _LOOPBACK.match(link):
                    continue
                # mail programs do not try again, and what was posted must be remembered whatever happens here
                with contextlib.suppress(httpx.HTTPError):
                    answer = await client.post(link, data={"List-Unsubscribe": "One-Click"})
                    done += answer.is_success
        return done

    def _remember(self, day: "_Day") -> None:
        played = [*_read(self._played_path, []), *day.requests]
        self._played_path.write_bytes(orjson.dumps(played))
        for address, reason in day.suppressed:
            self.suppress(address, reason)


class _Day:
    """What was imagined, and the truth of it by issue."""

    def __init__(self, *, seed: int, one_click_share: float) -> None:
        self.seed = seed
        self.requests: list[int] = []
        self.events: list[Event] = []
        self.one_click: list[str] = []
        self.suppressed: list[tuple[str, str]] = []
        self._share = one_click_share
        self._truth: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def take(self, line: Accepted, lives: Iterator[list[Event]], unsubscribe: Mapping[str, str]) -> None:
        """Add the lives of one request's recipients."""
        for number, life in enumerate(lives):
            for event in life:
                link = unsubscribe.get(event["pr_recipient"])
                if event["event"] == "unsubscribe" and link and number % 100 < self._share * 100:
                    self.one_click.append(link)
                else:
                    self._add(line, event)

    def truth(self) -> dict[str, dict[str, int]]:
        """Count unique recipients by issue and event."""
        return {
            issue: {name: len(people) for name, people in sorted(kinds.items())} for issue, kinds in self._truth.items()
        }

    def _add(self, line: Accepted, event: Event) -> None:
        self.events.append(event)
        name = event["event"]
        kinds = self._truth[line.issue]
        kinds[name].add(event["pr_recipient"])
        if name == "open":
            kinds["open_machine" if event["sg_machine_open"] else "open_person"].add(event["pr_recipient"])
        if name in _DROP_REASON and event.get("type") != "blocked":
            self.suppressed.append((event["email"], _DROP_REASON[name]))


def _bodies(events: Sequence[Event]) -> Iterator[bytes]:
    """Write events as SendGrid posts them: an array whose events are parted by a comma and CRLF."""
    pieces: list[bytes] = []
    size = 0
    for event in events:
        piece = orjson.dumps(event)
        if pieces and size + len(piece) > _POST_BYTES:
            yield b"[" + b",\r\n".join(pieces) + b"]\r\n"
            pieces, size = [], 0
        pieces.append(piece)
        size += len(piece) + 3
    if pieces:
        yield b"[" + b",\r\n".join(pieces) + b"]\r\n"


def _links(body: Mapping[str, Any] | None) -> list[str]:
    if body is None or not (body.get("tracking_settings") or {}).get("click_tracking", {}).get("enable", True):
        return []
    html = next((part["value"] for part in body["content"] if part["type"] == "text/html"), "")
    return [unescape(link) for link in _HREF.findall(html)]


def _unsubscribe_links(body: Mapping[str, Any] | None) -> dict[str, str]:
    people = body["personalizations"] if body else []
    return {
        one["custom_args"].get("pr_recipient", ""): str((one.get("headers") or {}).get("List-Unsubscribe", "")).strip(
            "<>"
        )
        for one in people
        if one.get("custom_args")
    }


def _read(path: Path, default: Any) -> Any:
    return orjson.loads(path.read_bytes()) if path.exists() else default
