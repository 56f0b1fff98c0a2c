"""What one landed line says: a webhook post as received, or a person's consent action."""

import base64
import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import orjson

Action = Literal["unsubscribe"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookPost:
    """One verified POST of the event webhook."""

    #: The body as received, to the byte.
    body: bytes
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentAction:
    """One thing a person decided at the receiver."""

    action_id: str
    action: Action
    recipient_id: str
    #: Where it came from: `one-click` (RFC 8058) or `page`.
    source: str
    acted_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Beat:
    """One thing the receiver notes about itself, so that one can tell later whether it missed anything."""

    at: datetime
    #: `alive`, `started`, or `refused`: a webhook POST that got no 2xx.
    what: str


def encode_beat(beat: Beat) -> bytes:
    """Write a beat as one line."""
    return orjson.dumps({"v": 1, "at": beat.at, "what": beat.what})


def decode_beat(line: bytes) -> Beat:
    """Read a beat back.

    Raises:
        ValueError: The line is torn or damaged.
    """
    record = orjson.loads(line)
    try:
        return Beat(at=datetime.fromisoformat(record["at"]), what=str(record["what"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a beat: {error!r}") from error


def encode_post(post: WebhookPost) -> bytes:
    """Write a webhook post as one line; bytes that are not UTF-8 travel as base64."""
    return orjson.dumps({"v": 1, "received_at": post.received_at, "sum": _sum(post.body), **_body_field(post.body)})


def decode_post(line: bytes) -> WebhookPost:
    """Read a webhook post back.

    Raises:
        ValueError: The line is torn or damaged.
    """
    record = orjson.loads(line)
    if not isinstance(record, dict):
        raise ValueError("not a landed post")
    try:
        body = record["body"].encode() if "body" in record else base64.b64decode(record["body_b64"])
        post = WebhookPost(body=body, received_at=datetime.fromisoformat(record["received_at"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a landed post: {error!r}") from error
    if record.get("sum") != _sum(body):
        raise ValueError("the body does not match its checksum")
    return post


def encode_consent(action: ConsentAction) -> bytes:
    """Write a consent action as one line, with a checksum: a flipped bit must not unsubscribe somebody else."""
    return orjson.dumps({**asdict(action), "sum": _sum(orjson.dumps(action))})


def decode_consent(line: bytes) -> ConsentAction:
    """Read a consent action back.

    Raises:
        ValueError: The line is torn or damaged.
    """
    record = orjson.loads(line)
    try:
        told = record.pop("sum")
        action = ConsentAction(**{**record, "acted_at": datetime.fromisoformat(record["acted_at"])})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a consent action: {error!r}") from error
    if told != _sum(orjson.dumps(action)):
        raise ValueError("the action does not match its checksum")
    return action


def _body_field(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body_b64": base64.b64encode(body).decode("ascii")}


def _sum(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
