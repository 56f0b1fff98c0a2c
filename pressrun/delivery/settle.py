"""Settle attempts in doubt from SendGrid's own events: one event proves the whole request."""

from contextlib import suppress
from datetime import datetime

import pyarrow as pa

from pressrun.crash_points import reach
from pressrun.errors import HeldElsewhereError
from pressrun.ledger import Ledger, attempts, identity, settling
from pressrun.ledger.settling import Settlement
from pressrun.settings import Settings
from pressrun.warehouse import read_lake


def settle(settings: Settings, ledger: Ledger, now: datetime) -> Settlement:
    """Accept every attempt in doubt of which an event is in the lake; safe to repeat at any time."""
    _judge_leftovers(settings, ledger, now)
    candidates = settling.unsettled(ledger)
    if not candidates or not settings.catalog_path.exists():
        return Settlement()
    with read_lake(settings) as lake, lake.table("unsettled_attempts", pa.table({"attempt_id": candidates})):
        seen = [attempt_id for (attempt_id,) in lake.rows("queries/attempts_with_events")]
    reach("settle.before")
    settlement = settling.by_events(ledger, seen, now) if seen else Settlement()
    reach("settle.stored")
    return settlement


def _judge_leftovers(settings: Settings, ledger: Ledger, now: datetime) -> None:
    """Judge what a dead sender left open, unless a living one is at work, which judges for itself."""
    if not attempts.any_open(ledger):
        return
    with (
        suppress(HeldElsewhereError),
        identity.sender_lock(ledger, settings, "settling what a dead sender left open"),
    ):
        attempts.recover(ledger, now)
