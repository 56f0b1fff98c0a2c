"""Fill a lake with one issue and its events, enough for every chart to have something to draw."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from pressrun.settings import Settings
from pressrun.warehouse import Lake, marts, open_lake
from tests.new_stores import new_lake

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_TIME = pa.timestamp("us", tz="UTC")
_PEOPLE = 120
EVIL = "<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1)) ![y](http://192.0.2.1/y.png)"


def fill(home: Path) -> Settings:
    """Make a lake with 120 subscribers, one issue that reached 110 of them, and what they did.

    Args:
        home: Where the stores are made.
    """
    settings = Settings(home=home, _env_file=None)  # type: ignore[call-arg]
    new_lake(home)
    with open_lake(settings) as lake:
        for name, table in _tables().items():
            _insert(lake, name, table)
        marts.rebuild_if_stale(lake, START + timedelta(days=1))
    return settings


def _insert(lake: Lake, name: str, table: pa.Table) -> None:
    with lake.transaction(), lake.table("incoming", table):
        # the name is one of our own tables, above
        lake._db.execute(f"insert into {name} by name select * from incoming")  # noqa: S608


def _tables() -> dict[str, pa.Table]:
    return {
        "raw_subscribers": pa.Table.from_pylist(
            [_subscriber(n) for n in range(_PEOPLE)],
            schema=pa.schema(
                [(name, pa.string()) for name in _SUBSCRIBER_TEXTS]
                + [("tags", pa.list_(pa.string()))]
                + [(name, _TIME) for name in ("consented_at", "subscribed_at", "ended_at", "created_at", "updated_at")]
            ),
        ),
        "issues": pa.Table.from_pylist([_issue()]),
        "recipients": pa.Table.from_pylist([_recipient(n) for n in range(110)]),
        "exclusions": pa.Table.from_pylist(
            [{"issue_id": "hello", "subscriber_id": f"s{n}", "reason": "unsubscribed"} for n in range(110, _PEOPLE)]
        ),
        "submissions": pa.Table.from_pylist([_submission(1, "accepted"), _submission(2, "in_doubt")]),
        "raw_events": pa.Table.from_pylist(
            [event for n in range(100) for event in _events(n)],
            schema=pa.schema(
                [(name, pa.string()) for name in _EVENT_TEXTS]
                + [("load_id", pa.int64()), ("is_machine_open", pa.bool_()), ("occurred_at", _TIME)]
            ),
        ),
    }


_SUBSCRIBER_TEXTS = (
    "subscriber_id", "address_key", "email", "domain", "name", "status", "source", "import_id", "attributes",
    "content_hash",
)  # fmt: skip
_EVENT_TEXTS = ("event_key", "event", "issue_id", "attempt_id", "recipient_id", "url", "user_agent", "raw")


def _subscriber(n: int) -> dict[str, object]:
    since = START - timedelta(days=400 - 3 * n)
    return {
        "subscriber_id": f"s{n}",
        "address_key": f"p{n}@d{n % 4}.example",
        "email": f"p{n}@d{n % 4}.example",
        "domain": f"d{n % 4}.example",
        "name": f"P {n}",
        "status": "active" if n < 110 else "unsubscribed",
        "source": ("own", "mailchimp", "substack")[n % 3],
        "import_id": "i1",
        "tags": [],
        "attributes": "{}",
        "content_hash": "x",
        "consented_at": since,
        "subscribed_at": since,
        "ended_at": None if n < 110 else START - timedelta(days=10),
        "created_at": since,
        "updated_at": since,
    }


def _issue() -> dict[str, object]:
    return {
        "issue_id": "hello",
        "subject": f"Hello {EVIL}",
        "segment": "everyone",
        "content_hash": "h",
        "status": "in_doubt",
        "fingerprint": "f",
        "count_candidates": _PEOPLE,
        "count_recipients": 110,
        "frozen_at": START,
        "started_at": START,
        "finished_at": START,
    }


def _recipient(n: int) -> dict[str, object]:
    return {
        "issue_id": "hello",
        "recipient_id": f"r{n}",
        "subscriber_id": f"s{n}",
        "address_key": f"p{n}@d{n % 4}.example",
        "domain": f"d{n % 4}.example",
        "batch_no": 1 if n < 100 else 2,
        "state": "submitted" if n < 100 else "in_doubt",
        "detail": "",
    }


def _submission(batch_no: int, state: str) -> dict[str, object]:
    return {
        "issue_id": "hello",
        "batch_no": batch_no,
        "attempt_id": f"a{batch_no}",
        "state": state,
        "answer": "" if state == "accepted" else EVIL,
        "count_recipients": 100 if batch_no == 1 else 10,
        "status_code": 202,
        "intent_at": START,
        "wire_at": START,
        "decided_at": START,
    }


def _events(n: int) -> list[dict[str, object]]:
    found = [_event(n, "delivered", 5)]
    if n % 2:
        found.append(_event(n, "open", 3600 * (1 + n % 20), user_agent="Mozilla/5.0 (X11) Firefox"))
    if n % 3 == 0:
        found.append(_event(n, "open", 60, user_agent="Mozilla/5.0", is_machine_open=True))
    if n % 5 == 0:
        url = EVIL if n == 5 else f"https://example.org/{n % 4}"
        found.append(_event(n, "click", 4000 * (1 + n % 9), url=url, user_agent="Mozilla/5.0 (X11) Firefox"))
    return found


def _event(n: int, event: str, after: int, **more: object) -> dict[str, object]:
    return {
        "event_key": f"{n}-{event}-{after}",
        "event": event,
        "issue_id": "hello",
        "attempt_id": "a1",
        "recipient_id": f"r{n}",
        "url": None,
        "user_agent": None,
        "raw": "{}",
        "load_id": 1,
        "is_machine_open": False,
        "occurred_at": START + timedelta(seconds=after),
        **more,
    }
