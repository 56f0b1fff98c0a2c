"""Send an issue to single addresses, to look at it in a mail program; no audience, no batch, nothing stored."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from pressrun.audiences.addresses import address_key
from pressrun.audiences.tokens import Minter
from pressrun.delivery.freeze import suppressed_now
from pressrun.delivery.outcomes import judge, words_of
from pressrun.delivery.packing import person_of
from pressrun.delivery.preview import STAND_IN
from pressrun.delivery.provider import Provider
from pressrun.errors import InputError, RefusedError
from pressrun.issues import RenderedIssue, SlotRenderer, fill
from pressrun.ledger import Ledger
from pressrun.settings import Settings
from pressrun.warehouse import read_lake


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialMail:
    """What became of one trial mail."""

    email: str
    #: accepted, refused or in_doubt.
    state: str
    #: SendGrid's words, where it refused.
    said: str = ""


def send_trials(
    settings: Settings,
    ledger: Ledger,
    rendered: RenderedIssue,
    emails: Sequence[str],
    provider: Provider,
    gone: frozenset[str] = frozenset(),
) -> list[TrialMail]:
    """Post the issue to some addresses, each as that subscriber would get it, or a stand-in.

    Raises:
        InputError: One of them is no address; nothing was posted.
        RefusedError: One of them is suppressed; nothing was posted.
    """
    keys = [_key(email) for email in emails]
    suppressed = suppressed_now(settings, ledger, gone)
    refused = [email for email, key in zip(emails, keys, strict=True) if key in suppressed]
    if refused:
        raise RefusedError(
            f"{len(refused)} of these addresses are suppressed ({suppressed[_key(refused[0])]}); nothing was "
            "posted. Test with another address."
        )
    return [
        _posted(provider, email, _request(settings, rendered, email, key))
        for email, key in zip(emails, keys, strict=True)
    ]


def request_to(
    sender: tuple[str, str], email: str, parts: tuple[str, str, str], link: str | None, arguments: Mapping[str, str]
) -> bytes:
    """Build a request to one address that is in no audience.

    Args:
        sender: Address and name of the sender.
        email: The address.
        parts: Subject, HTML and text.
        link: The unsubscribe link; None for a mail that nobody subscribed to.
        arguments: The custom args.
    """
    subject, html, text = parts
    headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if link else {}
    content: dict[str, Any] = {
        "from": {"email": sender[0], "name": sender[1]},
        "personalizations": [
            {
                "to": [{"email": email}],
                "headers": headers,
                "custom_args": dict(arguments),
            }
        ],
        "subject": subject,
        "content": [{"type": "text/plain", "value": text}, {"type": "text/html", "value": html}],
        "tracking_settings": {"subscription_tracking": {"enable": False}},
    }
    return orjson.dumps(content)


def _request(settings: Settings, rendered: RenderedIssue, email: str, key: str) -> bytes:
    row = {**_subscriber(settings, key), "email": email}
    slots = SlotRenderer(rendered.slots, nonce=rendered.nonce).render_many([person_of(row)])[0]
    link = f"{settings.public_url.rstrip('/')}/u/{Minter(settings.signing_key).mint(secrets.token_urlsafe(16))}"
    subject, html, text = fill(rendered, {**slots, rendered.unsubscribe_tag: link})
    sender = rendered.from_email, rendered.from_name
    return request_to(sender, email, (f"[Test] {subject}", html, text), link, {"pr_test": rendered.issue_id})


def _subscriber(settings: Settings, key: str) -> dict[str, Any]:
    if not settings.catalog_path.exists():
        return STAND_IN
    with read_lake(settings) as lake:
        found: list[dict[str, Any]] = lake.arrow("queries/subscriber_to_preview", {"address_key": key}).to_pylist()
    return found[0] if found else STAND_IN


def _posted(provider: Provider, email: str, request: bytes) -> TrialMail:
    answer = provider.post(request, lambda: None)
    state = judge(answer).outcome.state
    return TrialMail(email=email, state=state, said="" if state == "accepted" else words_of(answer))


def _key(email: str) -> str:
    try:
        return address_key(email)
    except ValueError as error:
        raise InputError(f"{email!r} is no e-mail address ({error}); nothing was posted.") from error
