"""Settle attempts in doubt from SendGrid's own events: one event proves the whole request."""

from datetime import datetime

import pyarrow as pa

from pressrun.ledger import Ledger, attempts
from pressrun.ledger.attempts import Settlement
from pressrun.settings import Settings
from pressrun.warehouse import read_lake


def settle(settings: Settings, ledger: Ledger, now: datetime) -> Settlement:
    """Accept every attempt in doubt of which an event is in the lake; safe to repeat at any time."""
    candidates = attempts.unsettled(ledger)
    if not candidates or not settings.catalog_path.exists():
        return Settlement()
    with read_lake(settings) as lake, lake.table("unsettled_attempts", pa.table({"attempt_id": candidates})):
        seen = [attempt_id for (attempt_id,) in lake.rows("queries/attempts_with_events")]
    return attempts.settle_by_events(ledger, seen, now) if seen else Settlement()
