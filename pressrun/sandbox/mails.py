"""Show a kept mail as its recipient would see it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """One mail after substitution."""

    to: str
    sender: str
    subject: str
    headers: Mapping[str, str]
    html: str
    text: str


def mail_of(body: Mapping[str, Any], index: int) -> Mail | None:
    """Give one recipient's mail, or None if there is no such recipient."""
    people = body["personalizations"]
    if not 0 <= index < len(people):
        return None
    one = people[index]
    values = one.get("substitutions") or {}
    parts = {part["type"]: part["value"] for part in body.get("content", ())}
    return Mail(
        to=_shown(one["to"][0]),
        sender=_shown(body["from"]),
        subject=substituted(one.get("subject") or body.get("subject", ""), values),
        headers={**(body.get("headers") or {}), **(one.get("headers") or {})},
        html=substituted(parts.get("text/html", ""), values),
        text=substituted(parts.get("text/plain", ""), values),
    )


def substituted(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of tags: one pass from left to right, the longest tag first, no second look."""
    if not values:
        return text
    tags = sorted(values, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, tags)), lambda found: values[found[0]], text)


def _shown(person: Mapping[str, str]) -> str:
    name = person.get("name")
    return f"{name} <{person['email']}>" if name else person["email"]
