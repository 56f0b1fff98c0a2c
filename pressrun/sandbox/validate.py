"""Refuse what SendGrid refuses, with its field paths. Pure.

Sources: SendGrid's OpenAPI description of mail/send, its error reference, and answers quoted in bug reports.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_BYTES = 30_000_000
_RECIPIENTS = 1_000
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\"]+|\"[^\"]+\"@[^\s@]+\.[^\s@]+")
_RESERVED = {
    "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding",
    "to", "from", "subject", "reply-to", "cc", "bcc",
}  # fmt: skip
#: Field → the type it has; another only gets "Bad Request" for an answer.
_REQUEST_TYPES = {
    "subject": str,
    "template_id": str,
    "custom_args": dict,
    "headers": dict,
    "personalizations": list,
    "content": list,
    "categories": list,
    "mail_settings": dict,
    "tracking_settings": dict,
}
_PERSON_TYPES = {
    "to": list,
    "cc": list,
    "bcc": list,
    "subject": str,
    "custom_args": dict,
    "substitutions": dict,
    "headers": dict,
}
#: The kinds of content that have a place of their own.
_ORDER = ("text/plain", "text/html")
_PART_TYPES = {"type": str, "value": str}
_HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message."

Error = dict[str, str | None]


def errors_of(request: Any) -> list[Error]:
    """Give all errors of one request; none means that it is accepted."""
    if not isinstance(request, dict) or _has_wrong_types(request):
        return [{"message": "Bad Request", "field": None, "help": None}]
    return [
        *_personalizations(request),
        *_sender(request),
        *_subject(request),
        *_content(request),
        *_headers(request.get("headers"), "headers"),
        *_categories(request.get("categories")),
        *_batch(request),
    ]


def _error(field: str, message: str, anchor: str) -> Error:
    return {"message": message, "field": field, "help": _HELP + anchor}


def _has_wrong_types(request: Mapping[str, Any]) -> bool:
    """Tell whether a value has a type that only gets "Bad Request" for an answer."""
    if not _fits(request, _REQUEST_TYPES):
        return True
    people, parts = request.get("personalizations") or [], request.get("content") or []
    if not all(_fits(one, _PERSON_TYPES) for one in people) or not all(_fits(one, _PART_TYPES) for one in parts):
        return True
    texts = [one.get(name) for one in (request, *people) for name in ("custom_args", "headers")]
    texts += [one.get("substitutions") for one in people]
    settings = [request.get(name) for name in ("mail_settings", "tracking_settings")]
    return not (
        all(isinstance(person, dict) for one in people for person in _people(one))
        and all(isinstance(held, str) for kept in texts if kept for held in kept.values())
        and all(isinstance(held, dict) for kept in settings if kept for held in kept.values())
        and all(isinstance(one, str) for one in request.get("categories") or [])
    )


def _fits(value: Any, types: Mapping[str, type]) -> bool:
    """Tell whether a value is an object whose fields, where given, have these types."""
    return isinstance(value, dict) and all(
        value.get(name) is None or isinstance(value[name], kind) for name, kind in types.items()
    )


def _personalizations(request: Mapping[str, Any]) -> Iterator[Error]:
    listed = request.get("personalizations") or []
    if not listed:
        yield _error(
            "personalizations",
            "The personalizations field is required and must have at least one personalization.",
            "personalizations",
        )
    if len(listed) > _RECIPIENTS:
        yield _error(
            "personalizations",
            f"The personalizations field is limited to {_RECIPIENTS}. You have provided {len(listed)} "
            "personalizations.",
            "personalizations",
        )
    if sum(len(_people(one)) for one in listed) > _RECIPIENTS:
        yield _error(
            "personalizations",
            "The total number of recipients must be no more than 1000.",
            "personalizations",
        )
    for number, one in enumerate(listed):
        yield from _personalization(one, f"personalizations.{number}", request)


def _people(one: Mapping[str, Any]) -> list[Any]:
    return [person for kind in ("to", "cc", "bcc") for person in one.get(kind) or []]


def _personalization(one: Mapping[str, Any], field: str, request: Mapping[str, Any]) -> Iterator[Error]:
    to = one.get("to")
    if not to or not all(_is_address(person) for person in to):
        yield _error(
            f"{field}.to",
            "The to array is required for all personalization objects, and must have at least one email "
            "object with a valid email address.",
            "personalizations.to",
        )
    yield from _duplicates(one, field)
    size = sum(len(k.encode()) + len(v.encode()) for k, v in (one.get("substitutions") or {}).items())
    if size > 10_000:
        yield _error(
            f"{field}.substitutions",
            "Substitutions are limited to 10000 bytes per personalization block.",
            "personalizations.substitutions",
        )
    arguments = {**(request.get("custom_args") or {}), **(one.get("custom_args") or {})}
    if sum(len(k.encode()) + len(v.encode()) for k, v in arguments.items()) > 10_000:
        yield _error(f"{field}.custom_args", "The custom_args are limited to 10000 bytes.", "custom_args")
    yield from _headers(one.get("headers"), f"{field}.headers")


def _is_address(person: Any) -> bool:
    address = person.get("email") if isinstance(person, dict) else None
    return isinstance(address, str) and len(address) <= 320 and _ADDRESS.fullmatch(address) is not None


def _duplicates(one: Mapping[str, Any], field: str) -> Iterator[Error]:
    seen: set[str] = set()
    for kind in ("to", "cc", "bcc"):
        for person in one.get(kind) or []:
            address = str(person.get("email")).lower()
            if address in seen:
                yield _error(
                    field,
                    "Each email address in the personalization block should be unique between to, cc, and bcc. "
                    f"We found the first duplicate instance of [{address}] in the {field}.{kind} field.",
                    "recipient-errors",
                )
                return
            seen.add(address)


def _sender(request: Mapping[str, Any]) -> Iterator[Error]:
    if not _is_address(request.get("from")):
        yield _error("from.email", "The from email does not contain a valid address.", "from")
    reply = request.get("reply_to")
    if reply is not None and not _is_address(reply):
        yield _error("reply_to.email", "The reply_to email does not contain a valid address.", "reply_to")


def _subject(request: Mapping[str, Any]) -> Iterator[Error]:
    listed = request.get("personalizations") or []
    own = bool(listed) and all(one.get("subject") for one in listed)
    if not request.get("subject") and not own and not request.get("template_id"):
        yield _error(
            "subject",
            "The subject is required. You can get around this requirement if you use a template with a "
            "subject defined or if every personalization has a subject defined.",
            "subject",
        )


def _content(request: Mapping[str, Any]) -> Iterator[Error]:
    listed = request.get("content")
    if not listed:
        if not request.get("template_id"):
            yield _error(
                "content",
                "Unless a valid template_id is provided, the content parameter is required.",
                "content",
            )
        return
    kinds = [one.get("type") or "" for one in listed]
    known = [kind for kind in kinds if kind in _ORDER]
    if known != [kind for kind in _ORDER if kind in known] or kinds[: len(known)] != known:
        yield _error(
            "content",
            "If present, text/plain and text/html may only be provided once, in this order.",
            "content",
        )
    for number, one in enumerate(listed):
        if not one.get("type"):
            yield _error(f"content.{number}.type", "Each content needs a type, such as text/plain.", "content.type")
        if not one.get("value"):
            yield _error(
                f"content.{number}.value",
                "The content value must be a string at least one character in length.",
                "content.value",
            )


def _headers(headers: Any, field: str) -> Iterator[Error]:
    names = [name.lower() for name in headers or {}]
    for name in names:
        if name in _RESERVED or not name.isascii() or " " in name:
            yield _error(field, f"The header {name} is reserved or not allowed.", "headers")
    if len(set(names)) < len(names):
        yield _error(field, "A header is given twice.", "headers")


def _categories(categories: Any) -> Iterator[Error]:
    listed = categories or []
    if len(listed) > 10 or len(set(listed)) < len(listed):
        yield _error("categories", "There are at most 10 categories, each once.", "categories")
    if any(len(one) > 255 or not one.isascii() for one in listed):
        yield _error("categories", "A category has at most 255 ASCII characters.", "categories")


def _batch(request: Mapping[str, Any]) -> Iterator[Error]:
    # True is an int to Python, and no time to anybody
    if "send_at" in request and type(request["send_at"]) is not int:
        yield _error("send_at", "The send_at parameter is not a valid unix timestamp.", "send_at")
