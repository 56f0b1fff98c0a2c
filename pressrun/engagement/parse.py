"""Read one event of SendGrid's webhook: it is an event, ignored, or unreadable. Pure.

Provider words become ours by the table below; an unknown one is kept as `unknown`, and the raw record always is.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from pressrun.audiences.addresses import address_key, domain_of
from pressrun.landing import json_of

#: SendGrid's word → ours.
WORDS = {
    "processed": "processed",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounce",
    "blocked": "bounce",
    "dropped": "dropped",
    "open": "open",
    "click": "click",
    "spamreport": "complaint",
    "unsubscribe": "unsubscribe",
    "group_unsubscribe": "unsubscribe",
    "group_resubscribe": "resubscribe",
}
#: What counts even without our ids: it says that an address must not be mailed, or that mail to it came back.
_ABOUT_AN_ADDRESS = frozenset({"bounce", "dropped", "complaint", "unsubscribe"})
#: Fields that together tell two events apart, whatever their ids say. User agent and address of the reader are
#: in it, so that a scanner and a person who follow one link in one second stay two.
_CONTENT = (
    "event", "sg_message_id", "email", "timestamp", "url", "url_offset", "attempt", "reason", "response", "status",
    "type", "useragent", "ip", "pr_attempt", "pr_recipient",
)  # fmt: skip
#: A bounce without a type that says one of these is for good.
_FOR_GOOD = frozenset({"Invalid Address"})
_MILLISECONDS = 10_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event that counts."""

    #: Tells it apart from every other event: a hash of its content.
    event_key: str
    sg_event_id: str | None
    event: str
    issue_id: str | None
    batch_no: str | None
    attempt_id: str | None
    recipient_id: str | None
    address_key: str | None
    domain: str | None
    sg_message_id: str | None
    #: For a bounce: `hard` or `blocked`.
    kind: str | None
    reason: str | None
    url: str | None
    url_position: str | None
    user_agent: str | None
    ip: str | None
    raw: str
    is_machine_open: bool
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """One event that is not about us."""

    reason: str
    raw: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreadable:
    """Something that is no event."""

    reason: str
    raw: str


def parse_body(body: bytes) -> Iterator[Event | Ignored | Unreadable]:
    """Read one webhook body; what cannot be read as an array of events is one unreadable thing."""
    try:
        records = json_of(body)
    except ValueError as error:
        yield Unreadable(reason=f"not JSON: {str(error)[:100]}", raw=body.decode("utf-8", "replace"))
        return
    if not isinstance(records, list):
        yield Unreadable(reason="not an array of events", raw=body.decode("utf-8", "replace"))
        return
    for record in records:
        yield parse(record)


def parse(record: Any) -> Event | Ignored | Unreadable:
    """Read one event."""
    try:
        raw = orjson.dumps(record).decode("utf-8", "replace")
    except orjson.JSONEncodeError:
        return Unreadable(reason="nested too deep", raw="(too deep to write again; the landing zone has it)")
    if not isinstance(record, dict):
        return Unreadable(reason="not an object", raw=raw)
    name = record.get("event")
    if not isinstance(name, str) or not name:
        return Unreadable(reason="no event name", raw=raw)
    occurred_at = _time(record.get("timestamp"))
    if occurred_at is None:
        return Unreadable(reason="no usable timestamp", raw=raw)
    word = WORDS.get(name.lower(), "unknown")  # an example of SendGrid's says "Processed"
    if not _is_ours(record) and word not in _ABOUT_AN_ADDRESS:
        return Ignored(reason="not one of our mails" if word != "unknown" else f"{name}: not about a mail", raw=raw)
    return _event(record, word, raw, occurred_at)


def _is_ours(record: Mapping[str, Any]) -> bool:
    issue, recipient = record.get("pr_issue"), record.get("pr_recipient")
    return bool(issue and recipient) and isinstance(issue, str) and isinstance(recipient, str)


def _event(record: Mapping[str, Any], word: str, raw: str, occurred_at: datetime) -> Event:
    key = _address_key(record.get("email"))
    return Event(
        event_key=content_key(record),
        sg_event_id=_text(record, "sg_event_id"),
        event=word,
        issue_id=_text(record, "pr_issue"),
        batch_no=_text(record, "pr_batch"),
        attempt_id=_text(record, "pr_attempt"),
        recipient_id=_text(record, "pr_recipient"),
        address_key=key,
        domain=None if key is None else domain_of(key),
        sg_message_id=_text(record, "sg_message_id"),
        kind=_kind(record, word),
        reason=_text(record, "reason") or _text(record, "response"),
        url=_text(record, "url"),
        url_position=_position(record.get("url_offset")),
        user_agent=_text(record, "useragent"),
        ip=_text(record, "ip"),
        raw=raw,
        is_machine_open=record.get("sg_machine_open") is True,
        occurred_at=occurred_at,
    )


def content_key(record: Mapping[str, Any]) -> str:
    """Hash what an event says, so that a copy under another id is known for one."""
    said = list(map(record.get, _CONTENT))
    said[2] = str(said[2]).strip().lower()
    said[6] = None if said[6] is None else str(said[6])
    return hashlib.blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _time(value: object) -> datetime | None:
    """Read a Unix time in seconds; one documented example is in milliseconds."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,13}", value):
        value = int(value)
    # truth values are no numbers here, although Python says so
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return None
    seconds = value / 1000 if value > _MILLISECONDS else value
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _text(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    if value is None or isinstance(value, dict | list):
        return None
    text = value if isinstance(value, str) else str(value)
    return text.replace("\0", "\ufffd") if "\0" in text else text


def _address_key(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return address_key(value)
    except ValueError:
        return None


def _kind(record: Mapping[str, Any], word: str) -> str | None:
    """Tell a bounce that is for good (`hard`) from one that may pass (`blocked`).

    SendGrid says so in `type`; where it is missing, as in its own test events, the SMTP status does.
    """
    if word != "bounce":
        return None
    said = record.get("type")
    if str(record.get("event")).lower() != "bounce" or said not in (None, "bounce"):
        return "blocked"
    if said == "bounce" or record.get("bounce_classification") in _FOR_GOOD:
        return "hard"
    status = str(record.get("status") or record.get("reason") or "")
    return "hard" if status.startswith("5") else "blocked"


def _position(value: object) -> str | None:
    if not isinstance(value, dict):
        return None
    return f"{value.get('type', 'html')}:{value.get('index', '')}"
