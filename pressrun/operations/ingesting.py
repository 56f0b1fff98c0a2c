"""Bring what has landed into the lake, and draw the conclusions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from pressrun import delivery, engagement
from pressrun.delivery import Settled
from pressrun.engagement import IngestSummary
from pressrun.ledger import Ledger
from pressrun.operations import who
from pressrun.operations.sending import copy_to_lake
from pressrun.settings import Settings
from pressrun.warehouse import open_lake


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """What one ingest did."""

    summary: IngestSummary
    settlement: Settled


def ingest_events(
    settings: Settings, ledger: Ledger, *, now: datetime, progress: Callable[[int], None] | None = None
) -> Ingested:
    """Load landed events and consent, suppress, rebuild the marts, settle what was in doubt.

    Safe to run at any time and again: nothing is counted twice.

    Raises:
        StoreBusyError: Another writer kept the lake; nothing was changed.
    """
    with open_lake(settings) as lake:
        delivery.mirror(settings, ledger, lake)
    summary = engagement.ingest(settings, ledger, now=now, progress=progress)
    return Ingested(summary=summary, settlement=settle_from_lake(settings, ledger, now))


def settle_from_lake(settings: Settings, ledger: Ledger, now: datetime) -> Settled:
    """Settle what the lake's events prove and what policies decide, and show it in the lake."""
    settlement = delivery.settle(settings, ledger, now)
    named = tuple(f"Who got it twice: {who.write_twice(settings, ledger, found)}" for found in settlement.twice)
    settlement = replace(settlement, alarms=settlement.alarms + named)
    if settlement.changed:
        copy_to_lake(settings, ledger)
    return settlement
