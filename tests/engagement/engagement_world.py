"""Stores of one test with a mailed issue in them, and a way to land events and ingest them."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from pressrun.engagement import IngestSummary, ingest
from pressrun.landing import ConsentAction, Landing, WebhookPost, encode_consent, encode_post
from pressrun.ledger import Ledger, issues, open_ledger, suppressions
from pressrun.ledger.issues import FrozenBatch, FrozenRecipient, IssueDraft
from pressrun.settings import Settings
from pressrun.warehouse import connect, open_lake
from pressrun.warehouse.sql import names_in

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ISSUE = "hello"
PEOPLE = ("ana", "bob", "cy", "dee")
_MARTS = tuple(name.removeprefix("models/") for name in names_in("models"))


@dataclass(frozen=True, kw_only=True)
class World:
    """Stores of one test."""

    settings: Settings
    ledger: Ledger

    @staticmethod
    def make(home: Path, mailed: Path) -> "World":
        """Copy stores in which one issue was mailed."""
        shutil.copytree(mailed, home)
        settings = Settings(home=home, _env_file=None)
        return World(settings=settings, ledger=open_ledger(settings))

    def land(self, *events: Mapping[str, object], at: datetime = NOW) -> None:
        """Land one webhook post."""
        self.land_body(json.dumps(events).encode(), at)

    def land_body(self, body: bytes, at: datetime = NOW) -> None:
        """Land one webhook post as bytes."""
        self._append("events", encode_post(WebhookPost(body=body, received_at=at)), at)

    def leave(self, recipient_id: str, action_id: str = "a1") -> None:
        """Land one press of an unsubscribe button."""
        action = ConsentAction(
            action_id=action_id, action="unsubscribe", recipient_id=recipient_id, source="one-click", acted_at=NOW
        )
        self._append("consent", encode_consent(action), NOW)

    def _append(self, stream: Any, line: bytes, at: datetime) -> None:
        Landing(self.settings.landing_dir).append(stream, line, at=at)

    def ingest(self) -> IngestSummary:
        """Ingest, and hold the sum that every ingest promises."""
        summary = ingest(self.settings, self.ledger, now=NOW)
        assert summary.read == summary.new + summary.duplicate + summary.ignored + summary.unreadable
        return summary

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Ask the lake."""
        with connect(self.settings) as db:
            return db.sql(question).fetchall()

    def events(self) -> list[str]:
        """Give the keys of all events that count."""
        return [key for (key,) in self.ask("select event_key from raw_events order by event_key")]

    def marts(self) -> dict[str, list[tuple[Any, ...]]]:
        """Give all marts."""
        with connect(self.settings) as db:
            return {name: db.sql(f"select * from {name} order by all").fetchall() for name in _MARTS}  # noqa: S608

    def snapshots(self) -> int:
        """Count what was ever committed to the lake."""
        return int(self.ask("select count(*) from ducklake_snapshots('lake')")[0][0])

    def suppressed(self) -> dict[str, str]:
        """Give who must not be mailed and why, and hold that lake and ledger agree."""
        there = {key: row.reason for key, row in suppressions.every(self.ledger).items()}
        assert there == dict(self.ask("select address_key, reason from suppressions"))
        return there


def event(word: str = "click", who: str = "ana", *, after: float = 60, **said: object) -> dict[str, object]:
    """Make one event about the mail to one person, some seconds after the issue was mailed."""
    return {
        "event": word,
        "email": f"{who}@example.org",
        "timestamp": int((NOW + timedelta(seconds=after)).timestamp()),
        "sg_event_id": f"{word}-{who}-{after}-{said.get('url', '')}",
        "sg_message_id": f"m-{who}",
        "pr_issue": ISSUE,
        "pr_batch": "1",
        "pr_attempt": "a1",
        "pr_recipient": who,
        **said,
    }


def mail_an_issue(settings: Settings) -> None:
    """Freeze an issue for a few people, and bring it to the lake as one that was mailed."""
    ledger = open_ledger(settings)
    draft = IssueDraft(issue_id=ISSUE, subject="s", segment="everyone", content_hash="h", shared=b"{}")
    issues.start(ledger, draft, NOW)
    people = [
        FrozenRecipient(recipient_id=who, subscriber_id=who, address=address, address_key=address)
        for who in PEOPLE
        for address in [f"{who}@example.org"]
    ]
    issues.add_batches(ledger, ISSUE, [FrozenBatch(batch_no=1, recipients=people, slots=b"s", sha256="h")])
    issues.freeze(ledger, ISSUE, candidates=len(people), now=NOW)
    ledger.close()
    with open_lake(settings) as lake:
        for name, rows in {"issue": [_ISSUE_ROW], "recipients": [_recipient_row(who) for who in PEOPLE]}.items():
            with lake.table("incoming", pa.Table.from_pylist(rows)):
                lake.run(f"queries/mirror_insert_{name}", {"issue_id": ISSUE} if name == "recipients" else None)


_ISSUE_ROW = {
    "issue_id": ISSUE,
    "subject": "s",
    "segment": "everyone",
    "content_hash": "h",
    "status": "finished",
    "fingerprint": "f",
    "count_candidates": len(PEOPLE),
    "count_recipients": len(PEOPLE),
    "frozen_at": NOW,
    "started_at": NOW,
    "finished_at": NOW,
}


def _recipient_row(who: str) -> dict[str, object]:
    return {
        "issue_id": ISSUE,
        "recipient_id": who,
        "subscriber_id": who,
        "address_key": f"{who}@example.org",
        "domain": "example.org",
        "batch_no": 1,
        "state": "submitted",
        "detail": None,
    }
