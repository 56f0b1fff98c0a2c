"""Write down what was accepted, durably and before the answer leaves: the truth of every test."""

import os
import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """One accepted request."""

    n: int
    received_at: str
    accepted_at: str
    x_message_id: str
    issue: str
    batch: str
    attempt: str
    #: Each recipient's `recipient` (custom argument pr_recipient) and `email`.
    recipients: list[dict[str, str]]
    #: SendGrid's batch_id, if the request named one.
    batch_id: str | None = None


class AcceptLog:
    """The accept log and the kept bodies of one sandbox, over restarts."""

    def __init__(self, folder: Path, keep_bodies: int) -> None:
        (folder / "requests").mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._keep = keep_bodies
        self._lock = threading.Lock()
        self._path = folder / "accepted.ndjson"
        fates = folder / "requests.ndjson"
        self._handle, self._fates = _opened(self._path), _opened(fates)
        # fates are not durable and come in any order: only the highest number of both is surely the last
        self._arrived = max(_last_number(self._path), _last_number(fates))

    def close(self) -> None:
        """Let go of the files."""
        os.close(self._handle)
        os.close(self._fates)

    def next_number(self) -> int:
        """Number the requests from 1, over restarts."""
        with self._lock:
            self._arrived += 1
            return self._arrived

    def accept(self, number: int, received_at: str, request: Mapping[str, Any], body: bytes) -> Accepted:
        """Write one accepted request and return once it would survive a crash."""
        people = request["personalizations"]
        first = people[0].get("custom_args") or {}
        line = Accepted(
            n=number,
            received_at=received_at,
            accepted_at=now(),
            x_message_id=secrets.token_urlsafe(16),
            issue=first.get("pr_issue", ""),
            batch=first.get("pr_batch", ""),
            attempt=first.get("pr_attempt", ""),
            recipients=[_person(one) for one in people],
            batch_id=request.get("batch_id"),
        )
        with self._lock:
            os.write(self._handle, orjson.dumps(line) + b"\n")
            os.fsync(self._handle)
        self._keep_body(number, body)
        return line

    def note(self, number: int, fate: str, attempt: str = "") -> None:
        """Write down what became of a request; not durable."""
        record = {"n": number, "at": now(), "fate": fate, "attempt": attempt}
        with self._lock:
            os.write(self._fates, orjson.dumps(record) + b"\n")

    def accepted(self) -> Iterator[Accepted]:
        """Give all accepted requests, oldest first."""
        with self._path.open("rb") as file:
            for raw in file:
                yield Accepted(**orjson.loads(raw))

    def body_of(self, number: int) -> dict[str, Any] | None:
        """Give one whole request, if it is kept."""
        path = self._body_path(number)
        if not path.exists():
            return None
        record: dict[str, Any] = orjson.loads(path.read_bytes())
        return record

    def summary(self) -> dict[str, Any]:
        """Count what was accepted; unique recipients by issue are what a send is checked against."""
        unique: dict[str, set[str]] = {}
        total: Counter[str] = Counter()
        requests = 0
        for line in self.accepted():
            requests += 1
            total[line.issue] += len(line.recipients)
            unique.setdefault(line.issue, set()).update(one["recipient"] for one in line.recipients)
        return {
            "requests": self._arrived,
            "accepted": requests,
            "recipients": sum(total.values()),
            "unique_recipients": {issue: len(people) for issue, people in unique.items()},
            "mails": dict(total),
        }

    def _keep_body(self, number: int, body: bytes) -> None:
        self._body_path(number).write_bytes(body)
        self._body_path(number - self._keep).unlink(missing_ok=True)

    def _body_path(self, number: int) -> Path:
        return self._folder / "requests" / f"{number:07d}.json"


def now() -> str:
    """Give the time as the log writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _person(one: Mapping[str, Any]) -> dict[str, str]:
    arguments = one.get("custom_args") or {}
    return {"recipient": arguments.get("pr_recipient", ""), "email": one["to"][0]["email"]}


def _opened(path: Path) -> int:
    """Open a file of lines for appending, without the half line a kill left: its request was never answered."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    content = path.read_bytes()
    os.ftruncate(handle, content.rfind(b"\n") + 1)
    return handle


def _last_number(path: Path) -> int:
    with path.open("rb") as lines:
        return max((orjson.loads(line)["n"] for line in lines), default=0)
