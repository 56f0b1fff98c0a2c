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
    listed = request.get("personalizations")
    if listed is not None and (not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed)):
        return True
    maps = [request.get("custom_args"), request.get("headers")]
    for one in listed or []:
        maps += [one.get("custom_args"), one.get("substitutions"), one.get("headers")]
    return any(kept is not None and not _is_text_map(kept) for kept in maps)


def _is_text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(held, str) for held in value.values())


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
    if not isinstance(to, list) or not to or not all(_is_address(person) for person in to):
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
            address = str(person.get("email")).lower() if isinstance(person, dict) else ""
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
    kinds = [str(one.get("type")) for one in listed]
    if kinds != sorted(kinds, key=lambda kind: {"text/plain": 0, "text/html": 1}.get(kind, 2)):
        yield _error(
            "content",
            "If present, text/plain and text/html may only be provided once, in this order.",
            "content",
        )
    for number, one in enumerate(listed):
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
    if any(not isinstance(one, str) or len(one) > 255 or not one.isascii() for one in listed):
        yield _error("categories", "A category has at most 255 ASCII characters.", "categories")


def _batch(request: Mapping[str, Any]) -> Iterator[Error]:
    if "send_at" in request and not isinstance(request["send_at"], int):
        yield _error("send_at", "The send_at parameter is not a valid unix timestamp.", "send_at")
