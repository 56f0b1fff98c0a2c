"""Decisions of a person: each is carried out and kept with who and why."""

from datetime import datetime

from pressrun.audiences.addresses import address_key, masked
from pressrun.engagement.suppressing import refresh_copy
from pressrun.errors import InputError
from pressrun.ledger import Ledger, attempts, decisions, identity, issues, schedules, settling, suppressions
from pressrun.ledger.decisions import Decision
from pressrun.ledger.suppressions import Suppression
from pressrun.settings import Settings
from pressrun.warehouse import open_lake


def pause(ledger: Ledger, issue_id: str, *, who: str, why: str, now: datetime) -> None:
    """Hold an issue before its next POST."""
    issues.require(ledger, issue_id)
    issues.pause(ledger, issue_id, now)
    _keep(ledger, "pause", issue_id, who, why, now)


def resume(ledger: Ledger, issue_id: str, *, who: str, why: str, now: datetime) -> None:
    """Let a paused issue go on with the next send."""
    issues.require(ledger, issue_id)
    issues.resume(ledger, issue_id)
    _keep(ledger, "resume", issue_id, who, why, now)


def cancel(ledger: Ledger, issue_id: str, *, who: str, why: str, now: datetime) -> int:
    """Give up what was not posted yet, for good; an issue that only waits for its time is taken off the schedule.

    Returns:
        How many recipients are abandoned by it.
    """
    waited = schedules.forget(ledger, issue_id)
    if waited and issues.find(ledger, issue_id) is None:
        _keep(ledger, "unschedule", issue_id, who, why, now)
        return 0
    issues.require(ledger, issue_id)
    abandoned = issues.cancel(ledger, issue_id, now)
    _keep(ledger, "cancel", issue_id, who, why, now)
    return abandoned


def suppress(ledger: Ledger, address: str, *, who: str, why: str, now: datetime) -> bool:
    """Never mail an address again.

    Returns:
        False if it was blocked already.
    """
    key = _key(address)
    row = Suppression(address_key=key, reason="blocked", source=f"person:{who}"[:64], suppressed_at=now)
    new = suppressions.add(ledger, [row])
    _keep(ledger, "suppress", key, who, why, now)
    return new > 0


def unsuppress(settings: Settings, ledger: Ledger, address: str, *, who: str, why: str, now: datetime) -> int:
    """Take an address off the suppressions; only do so when its owner asked for it.

    What an import said of the person's end is taken back too, or the next issue would leave them out for it.

    Returns:
        How many reasons were taken off.

    Raises:
        InputError: The address is not suppressed; nothing was changed.
        StoreBusyError: Another writer kept the lake; nothing was changed.
    """
    key = _key(address)
    with open_lake(settings) as lake:
        if key not in suppressions.every(ledger):
            raise InputError(f"{masked(key)} is not suppressed; nothing was changed.")
        _keep(ledger, "unsuppress", key, who, why, now)
        released = suppressions.release(ledger, key)
        with lake.transaction():
            lake.run("queries/subscriber_reactivate", {"address_key": key, "now": now})
        refresh_copy(lake, ledger)
    return released


def arm(ledger: Ledger, settings: Settings, *, who: str, why: str, now: datetime) -> str:
    """Make this copy of the stores the one that may send.

    Returns:
        The id of the instance.
    """
    armed = identity.arm(ledger, settings, now)
    _keep(ledger, "arm", armed.instance_id, who, why, now)
    return armed.instance_id


def settle(
    settings: Settings,
    ledger: Ledger,
    issue_id: str | None,
    batch_no: int | None,
    verdict: str | None,
    *,
    who: str,
    why: str,
    now: datetime,
) -> str:
    """Decide one batch in doubt on a person's word.

    Returns:
        A sentence about what follows.

    Raises:
        InputError: Something is missing, or the batch is not in doubt; nothing was changed.
        HeldElsewhereError: A sender is at work; decide when it has ended.
    """
    if issue_id is None or batch_no is None or verdict not in ("accepted", "not-accepted"):
        raise InputError(
            "To decide a batch yourself, name all three: `pressrun settle ISSUE --batch N --as accepted|not-accepted`. "
            "Nothing was changed."
        )
    issues.require(ledger, issue_id)
    with identity.sender_lock(ledger, settings, f"settling batch {batch_no} of issue {issue_id}") as epoch:
        attempts.recover(ledger, now, epoch)
        attempt_id = settling.by_person(ledger, issue_id, batch_no, accepted=verdict == "accepted", who=who, now=now)
        about = f"{issue_id}/{batch_no}/{attempt_id}"
        _keep(ledger, f"settle {verdict}", about, who, why, now)
    if verdict == "accepted":
        return f"Batch {batch_no} of issue {issue_id} counts as accepted."
    return f"Batch {batch_no} of issue {issue_id} counts as not accepted; `pressrun send {issue_id}` posts it again."


def said(what: str, about: str, result: object) -> str:
    """Tell a person what their decision did."""
    sentences = {
        "pause": f"Issue {about} is paused: no POST begins any more. `pressrun resume {about}` lets it go on.",
        "resume": f"Issue {about} may go on: `pressrun send {about}`.",
        "cancel": f"Issue {about} is cancelled: {result} recipients will not get it.",
        "suppress": "The address will not be mailed." if result else "The address was blocked already.",
        "unsuppress": f"The address may be mailed again; {result} reasons were taken off.",
    }
    return sentences[what]


def _key(address: str) -> str:
    try:
        return address_key(address)
    except ValueError as error:
        raise InputError(f"That is no e-mail address ({error}); nothing was changed.") from error


def _keep(ledger: Ledger, decision: str, about: str, who: str, why: str, now: datetime) -> None:
    decisions.store(
        ledger,
        Decision(decision=decision, about=about, decided_by=who[:64], reason=why, decided_at=now),
    )
