"""Tell SendGrid who left, so that it drops what it had accepted before and not delivered yet."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from pressrun.delivery.provider import Provider
from pressrun.ledger import Ledger, suppressions

log = structlog.get_logger("pressrun.delivery")
_TAKEN, _REFUSED = 201, 400


def tell(ledger: Ledger, provider: Provider, group: int, now: datetime) -> int:
    """Put every suppressed address on the list of an unsubscribe group; what fails is tried again the next time.

    Returns:
        How many addresses SendGrid was told.
    """
    told = 0
    while keys := suppressions.untold(ledger):
        taken = _tell_some(ledger, provider, group, keys, now)
        if taken is None:
            log.warning("SendGrid did not take suppressions; the next ingest tries again", group=group, n=len(keys))
            break
        told += taken
    return told


def _tell_some(ledger: Ledger, provider: Provider, group: int, keys: Sequence[str], now: datetime) -> int | None:
    """Tell of some addresses, in halves where SendGrid refuses, so that a bad one costs only itself.

    Returns:
        How many it took; None if it takes none at all at the moment.
    """
    status = provider.suppress(group, keys)
    if status == _TAKEN or (status == _REFUSED and len(keys) == 1):
        # an address that SendGrid does not take for one gets no mail there either
        suppressions.told(ledger, keys, now)
        return len(keys) if status == _TAKEN else 0
    if status != _REFUSED:
        return None
    halves = keys[: len(keys) // 2], keys[len(keys) // 2 :]
    taken = [_tell_some(ledger, provider, group, half, now) for half in halves]
    return None if None in taken else sum(one or 0 for one in taken)
