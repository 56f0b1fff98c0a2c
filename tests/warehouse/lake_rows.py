"""Rows of the lake's tables that tell the truth, for tests that only read the lake."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from pressrun.engagement.parse import Event, parse
from pressrun.engagement.tables import event_table
from pressrun.warehouse import Lake

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def add_issues(lake: Lake, issues: Mapping[str, Mapping[str, str]], *, excluded: int = 0) -> None:
    """Add issues and their recipients: issue → who → state."""
    heads = [_issue_row(issue_id, len(states), excluded) for issue_id, states in issues.items()]
    with lake.table("incoming", pa.Table.from_pylist(heads)):
        lake.run("queries/mirror_insert_issue")
    for issue_id, states in issues.items():
        people = [_recipient_row(issue_id, who, state) for who, state in states.items()]
        with lake.table("incoming", pa.Table.from_pylist(people)):
            lake.run("queries/mirror_insert_recipients", {"issue_id": issue_id})


def _issue_row(issue_id: str, size: int, excluded: int) -> dict[str, object]:
    return {
        "issue_id": issue_id,
        "subject": f"About {issue_id}",
        "segment": "everyone",
        "content_hash": "h",
        "status": "finished",
        "fingerprint": issue_id,
        "count_candidates": size + excluded,
        "count_recipients": size,
        "frozen_at": NOW,
        "started_at": NOW,
        "finished_at": NOW,
    }


def _recipient_row(issue_id: str, who: str, state: str) -> dict[str, object]:
    return {
        "issue_id": issue_id,
        "recipient_id": f"{issue_id}-{who}",
        "subscriber_id": who,
        "address_key": f"{who}@{domain_of(who)}",
        "domain": domain_of(who),
        "batch_no": 1,
        "state": state,
        "detail": None,
    }


def domain_of(who: str) -> str:
    """Give one of two domains."""
    return "a.example" if who < "m" else "b.example"


def event(word: str, issue_id: str, who: str, after: float, **said: object) -> dict[str, object]:
    """Make one event of the webhook, some seconds after the issue was mailed; milliseconds are kept."""
    moment = (NOW + timedelta(seconds=after)).timestamp()
    return {
        "event": word,
        "email": f"{who}@{domain_of(who)}",
        "timestamp": moment,
        "useragent": FIREFOX,
        "pr_issue": issue_id,
        "pr_recipient": f"{issue_id}-{who}",
        **said,
    }


def add_events(lake: Lake, records: Iterable[Mapping[str, object]], load_id: int) -> None:
    """Add events as one load, by the queries that ingest uses."""
    events = [found for record in records if isinstance(found := parse(record), Event)]
    mark = {"load_id": load_id, "stream": "events", "file": "f", "sha256": "", "offset_from": 0, "offset_to": load_id}
    counts = {"read": len(events), "new": len(events), "duplicate": 0, "ignored": 0, "unreadable": 0, "now": NOW}
    with lake.transaction(), lake.table("incoming_events", event_table(events)):
        lake.run("queries/event_judge")
        lake.run("queries/event_insert", {"load_id": load_id})
        lake.run("queries/event_mark", {**mark, **counts})
