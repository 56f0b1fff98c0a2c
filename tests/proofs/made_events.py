"""Make the events that the webhook tells of."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def unsubscribing(address: str) -> list[dict[str, Any]]:
    """Make the post that tells of one unsubscribe at SendGrid."""
    now = int(datetime.now(UTC).timestamp())
    return [{"event": "unsubscribe", "email": address, "timestamp": now, "sg_event_id": f"u-{address}"}]


def events_of(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the events of one accepted request: two for each person, in no order."""
    stamp = int(datetime.fromisoformat(line["accepted_at"]).timestamp())
    found = [
        {
            "event": word,
            "email": one["email"],
            "timestamp": stamp + at,
            "sg_event_id": f"{word[0]}-{line['n']}-{one['recipient']}",
            "sg_message_id": f"{line['x_message_id']}.{one['recipient']}",
            "pr_issue": line["issue"],
            "pr_batch": line["batch"],
            "pr_attempt": line["attempt"],
            "pr_recipient": one["recipient"],
        }
        for one in line["recipients"]
        for at, word in enumerate(("processed", "delivered"))
    ]
    random.Random(line["n"]).shuffle(found)
    return found
