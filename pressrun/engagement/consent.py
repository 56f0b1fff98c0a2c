"""Load the consent actions that people took at the receiver."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import pyarrow as pa

from pressrun.landing import ConsentAction, LandedLine, Landing, decode_consent
from pressrun.warehouse import Lake


def load(lake: Lake, landing: Landing, now: datetime) -> None:
    """Bring what has landed since the last time into the lake, one transaction for each file."""
    marks = dict(lake.rows("queries/event_marks", {"stream": "consent"}))
    for file, lines in groupby(landing.lines("consent", marks), key=lambda line: line.file):
        _load_file(lake, file, list(lines), now)


def _load_file(lake: Lake, file: str, lines: Sequence[LandedLine], now: datetime) -> None:
    load_id = lake.value("queries/event_next_load")
    actions = [action for line in lines if (action := _read(line)) is not None]
    with lake.transaction(), lake.table("incoming_consent", _table(actions)):
        fresh = lake.value("queries/consent_fresh")
        lake.run("queries/consent_insert", {"load_id": load_id})
        lake.run(
            "queries/event_mark",
            {
                "load_id": load_id,
                "stream": "consent",
                "file": file,
                "sha256": hashlib.sha256(b"\n".join(line.content for line in lines)).hexdigest(),
                "offset_from": lines[0].start,
                "offset_to": lines[-1].end,
                "read": len(lines),
                "new": fresh,
                "duplicate": len(actions) - fresh,
                "ignored": 0,
                "unreadable": len(lines) - len(actions),
                "now": now,
            },
        )


def _read(line: LandedLine) -> ConsentAction | None:
    """Read one line; half a line that a kill left was never acknowledged to anyone."""
    try:
        return decode_consent(line.content)
    except ValueError:
        return None


def _table(actions: Sequence[ConsentAction]) -> pa.Table:
    names = ("action_id", "action", "recipient_id", "source")
    columns = {name: pa.array([getattr(action, name) for action in actions], pa.string()) for name in names}
    times = pa.array([action.acted_at for action in actions], pa.timestamp("us", tz="UTC"))
    return pa.table({**columns, "acted_at": times})
