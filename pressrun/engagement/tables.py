"""Turn parsed events into Arrow tables for the lake."""

from collections.abc import Sequence

import pyarrow as pa

from pressrun.engagement.parse import Event, Ignored, Unreadable

_TEXTS = (
    "event_key", "sg_event_id", "event", "issue_id", "batch_no", "attempt_id", "recipient_id", "address_key", "domain",
    "sg_message_id", "kind", "reason", "url", "url_position", "user_agent", "ip", "raw",
)  # fmt: skip


def event_table(events: Sequence[Event]) -> pa.Table:
    """Give one row for each event, in the order they were read."""
    columns = {name: pa.array([getattr(event, name) for event in events], pa.string()) for name in _TEXTS}
    return pa.table(
        {
            **columns,
            "is_machine_open": pa.array([event.is_machine_open for event in events], pa.bool_()),
            "occurred_at": pa.array([event.occurred_at for event in events], pa.timestamp("us", tz="UTC")),
        }
    )


def aside_table(aside: Sequence[tuple[Ignored | Unreadable, int]]) -> pa.Table:
    """Give one row for each thing that was set aside."""
    return pa.table(
        {
            "outcome": pa.array(
                ["unreadable" if isinstance(found, Unreadable) else "ignored" for found, _ in aside], pa.string()
            ),
            "reason": pa.array([found.reason for found, _ in aside], pa.string()),
            "raw": pa.array([found.raw for found, _ in aside], pa.string()),
            "line_offset": pa.array([offset for _, offset in aside], pa.int64()),
        }
    )
