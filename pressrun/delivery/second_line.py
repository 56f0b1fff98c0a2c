"""Tell SendGrid who left, so that it drops what it had accepted before and not delivered yet."""

from datetime import datetime

import structlog

from pressrun.delivery.provider import Provider
from pressrun.ledger import Ledger, suppressions

log = structlog.get_logger("pressrun.delivery")


def tell(ledger: Ledger, provider: Provider, group: int, now: datetime) -> int:
    """Put every suppressed address on the list of an unsubscribe group; what fails is tried again the next time.

    Returns:
        How many addresses SendGrid was told.
    """
    told = 0
    while keys := suppressions.untold(ledger):
        if not provider.suppress(group, keys):
            log.warning("SendGrid did not take suppressions; the next ingest tries again", group=group, n=len(keys))
            break
        suppressions.told(ledger, keys, now)
        told += len(keys)
    return told
