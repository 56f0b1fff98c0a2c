"""Ask SendGrid, before anything goes out, whether its events will find us: no doubt is ever settled without them.

Facts: `GET /v3/user/webhooks/event/settings/all` lists the event webhooks of an account with what each posts, where,
and by which key it is signed; a key that may only send mail gets 403 there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pressrun.checks.around import is_loopback
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.delivery.settle import with_events
from pressrun.issues.findings import Finding, error, warning
from pressrun.ledger import Ledger, canaries
from pressrun.settings import Settings
from pressrun.warehouse import read_lake

#: Without these nobody can tell what became of a mail.
NEEDED = ("processed", "delivered", "dropped", "bounce")
#: Without these somebody who left or complained is heard late, or figures are missing.
WANTED = ("deferred", "spam_report", "unsubscribe", "group_unsubscribe", "open", "click")
_PLACE = "SendGrid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What was found about the account at SendGrid."""

    findings: tuple[Finding, ...] = ()
    #: Why it was not asked; empty if it was.
    skipped: str = ""


def look_at_account(settings: Settings, ledger: Ledger) -> Account:
    """Judge the event webhooks of the account, and the last canary.

    Args:
        settings: The key and the host to ask, where the receiver is, and the keys it knows.
        ledger: Knows the canaries.
    """
    host = urlsplit(settings.sendgrid_api_host).hostname or ""
    if settings.sendgrid_api_key is None:
        return Account(skipped="whether SendGrid's events will arrive: SENDGRID_API_KEY is not set")
    if is_loopback(host):
        return Account(skipped="whether SendGrid's events will arrive: a sandbox on this machine may do as it likes")
    listed = SendGridProvider(settings.sendgrid_api_key, settings.sendgrid_api_host).webhooks()
    return Account(findings=(*judge_webhooks(listed, settings), *_judge_canary(settings, ledger)))


def judge_webhooks(listed: Sequence[Mapping[str, Any]] | str, settings: Settings) -> Iterator[Finding]:
    """Say what of the webhooks keeps events from us. Pure.

    Args:
        listed: The webhooks as SendGrid lists them, or why it does not.
        settings: Where the receiver is, and the keys it knows.
    """
    if isinstance(listed, str):
        yield warning("webhook", f"SendGrid does not tell how its event webhook is set ({listed}).", _PLACE)
        return
    switched_on = [one for one in listed if one.get("enabled") is True]
    if not switched_on:
        yield error("webhook", "SendGrid's event webhook is switched off, so no event would ever arrive.", _PLACE)
        return
    ours = urlsplit(settings.public_url).hostname
    here = [one for one in switched_on if urlsplit(str(one.get("url", ""))).hostname == ours]
    if not here:
        others = ", ".join(sorted({urlsplit(str(one.get("url", ""))).hostname or "nowhere" for one in switched_on}))
        yield warning("webhook", f"SendGrid posts its events to {others} and not to {ours}.", _PLACE)
    judged = [tuple(_judge(one, settings.webhook_public_keys)) for one in here or switched_on]
    # one that reaches us is enough; the others are somebody else's
    yield from min(judged, key=lambda found: (sum(one.severity == "error" for one in found), len(found)))


def _judge(webhook: Mapping[str, Any], known_keys: Sequence[str]) -> Iterator[Finding]:
    missing = [kind for kind in NEEDED if webhook.get(kind) is not True]
    if missing:
        yield error("webhook", f"SendGrid's event webhook leaves out {', '.join(missing)}.", _PLACE)
    unheard = [kind for kind in WANTED if webhook.get(kind) is not True]
    if unheard:
        yield warning("webhook", f"SendGrid's event webhook leaves out {', '.join(unheard)}.", _PLACE)
    key = "".join(str(webhook.get("public_key") or "").split())
    if not key:
        yield error("webhook", "SendGrid's event webhook is not signed: anybody could post events.", _PLACE)
    elif not known_keys:
        yield error(
            "webhook", "SENDGRID_WEBHOOK_PUBLIC_KEY is not set here; the receiver takes no events without it.", _PLACE
        )
    elif key not in known_keys:
        yield error(
            "webhook",
            "SendGrid signs its events with a key that is not in SENDGRID_WEBHOOK_PUBLIC_KEY; the receiver would "
            "refuse them.",
            _PLACE,
        )


def _judge_canary(settings: Settings, ledger: Ledger) -> Iterator[Finding]:
    """Refuse while the last mail that should show whether events arrive has not shown it."""
    last = canaries.last_accepted(ledger)
    if last is None or _has_come_back(settings, *last):
        return
    yield error(
        "canary",
        f"The mail to the owner of {last[1]:%Y-%m-%d %H:%M} UTC has shown no event, nor has any other mail since.",
        _PLACE,
    )


def _has_come_back(settings: Settings, canary_id: str, accepted_at: datetime) -> bool:
    """Tell whether the canary, or anything posted after it, shows an event."""
    if not settings.catalog_path.exists():
        return False
    with read_lake(settings) as lake:
        return bool(with_events(lake, [canary_id]) or lake.value("queries/event_any_since", {"since": accepted_at}))
