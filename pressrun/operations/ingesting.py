"""Bring what has landed into the lake, and draw the conclusions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pressrun import delivery, engagement
from pressrun.delivery import Settled, second_line
from pressrun.delivery.canary import post_canary
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.delivery.watch import watch
from pressrun.engagement import IngestSummary
from pressrun.ledger import Ledger, canaries, identity, issues
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
    _tell_sendgrid(settings, ledger, now)
    return Ingested(summary=summary, settlement=settle_from_lake(settings, ledger, now))


#: A canary whose own fate is unknown is followed by another after this long.
_NEXT_CANARY = timedelta(minutes=30)


def send_canaries(settings: Settings, ledger: Ledger, settled: Settled, now: datetime) -> int:
    """Mail the owner where only that can show whether events still arrive.

    Returns:
        How many mails SendGrid accepted; 0 where no key is set.
    """
    wanted = sorted({one.attempt.issue_id for one in settled.waiting if one.canary_wanted})
    fresh = [name for name in wanted if not canaries.posted_after(ledger, name, now - _NEXT_CANARY)]
    if not fresh or settings.sendgrid_api_key is None or not _may_post(settings, ledger):
        return 0
    provider = SendGridProvider(settings.sendgrid_api_key, settings.sendgrid_api_host)
    return sum(post_canary(settings, ledger, issues.require(ledger, name), provider, now) for name in fresh)


def _may_post(settings: Settings, ledger: Ledger) -> bool:
    """Tell whether anything may go to SendGrid: not from a copy that was moved, and not beside a stop file."""
    return identity.is_armed(ledger, settings) and not delivery.stop_file(settings).exists()


def _tell_sendgrid(settings: Settings, ledger: Ledger, now: datetime) -> None:
    if settings.sendgrid_group is not None and settings.sendgrid_api_key is not None and _may_post(settings, ledger):
        provider = SendGridProvider(settings.sendgrid_api_key, settings.sendgrid_api_host)
        second_line.tell(ledger, provider, settings.sendgrid_group, now)


def settle_from_lake(settings: Settings, ledger: Ledger, now: datetime) -> Settled:
    """Settle what the lake's events prove and what policies decide, and show it in the lake."""
    settlement = delivery.settle(settings, ledger, now)
    named = tuple(f"Who got it twice: {who.write_twice(settings, ledger, found)}" for found in settlement.twice)
    seen = tuple(watch(settings, ledger, now))
    settlement = replace(settlement, alarms=settlement.alarms + named + seen)
    send_canaries(settings, ledger, settlement, now)
    if settlement.changed:
        copy_to_lake(settings, ledger)
    return settlement
