"""What a worker does at once when an answer was lost, as the issue's policy says."""

from datetime import datetime, timedelta

from pressrun.delivery.provider import Provider
from pressrun.ledger import Ledger, settling
from pressrun.ledger.attempts import Fence
from pressrun.policies import Policy

#: How long a fenced request waits at SendGrid, so that it can be cancelled in the meantime.
FENCE_WAIT = timedelta(minutes=25)
#: SendGrid takes no cancel later than this before the time of a request.
CANCEL_BEFORE = timedelta(minutes=10)


def open_fence(provider: Provider, now: datetime) -> Fence | None:
    """Open a fence for one attempt, if SendGrid gives one."""
    fence_id = provider.open_fence()
    return None if fence_id is None else Fence(fence_id=fence_id, send_at=now + FENCE_WAIT)


def fields_of(fence: Fence | None) -> dict[str, object]:
    """Give the fields of a request that put it behind its fence."""
    return {} if fence is None else {"batch_id": fence.fence_id, "send_at": int(fence.send_at.timestamp())}


def answer_lost(
    ledger: Ledger, provider: Provider, attempt_id: str, policy: Policy, fence: Fence | None, now: datetime
) -> bool:
    """Do what the policy says about an attempt that has just fallen into doubt.

    Returns:
        Whether its batch is to be posted again at once.
    """
    if policy.kind == "resend_now":
        return settling.as_not_accepted(ledger, attempt_id, "policy resend_now", now)
    if policy.kind == "never":
        settling.give_up(ledger, attempt_id, "policy never", now)
    elif fence is not None and cancelled(provider, fence, now):
        return settling.as_not_accepted(ledger, attempt_id, "fence", now)
    return False


def after_crash(ledger: Ledger, provider: Provider, issue_id: str, policy: Policy, now: datetime) -> int:
    """Do the same for what a dead sender left in doubt, before anything else is posted.

    Returns:
        How many batches are to be posted again.
    """
    freed = 0
    for attempt in settling.in_doubt(ledger, issue_id):
        fence = None
        if attempt.fence_id is not None and attempt.send_at is not None:
            fence = Fence(fence_id=attempt.fence_id, send_at=attempt.send_at)
        freed += answer_lost(ledger, provider, attempt.attempt_id, policy, fence, now)
    return freed


def cancelled(provider: Provider, fence: Fence, now: datetime) -> bool:
    """Cancel what may wait behind a fence, while there is time for it."""
    return fence.send_at - now >= CANCEL_BEFORE and provider.cancel(fence.fence_id)
