"""An issue after rendering: what all recipients share, and the slots."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pressrun.issues.findings import Finding
from pressrun.issues.slots import Slot


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedIssue:
    """One issue, ready to be frozen unless a finding is an error."""

    issue_id: str
    #: SHA-256 over everything that decides the mail: text, layouts, brand.
    content_hash: str
    subject: str
    preheader: str
    from_email: str
    from_name: str
    reply_to: str
    segment: str
    lang: str
    track: bool
    html: str
    text: str
    slots: tuple[Slot, ...]
    #: Stands for the recipient's own unsubscribe link, in HTML and text.
    unsubscribe_tag: str
    nonce: str
    publish_at: datetime | None
    findings: tuple[Finding, ...]


def fill(rendered: RenderedIssue, values: Mapping[str, str]) -> tuple[str, str, str]:
    """Put one recipient's values into subject, HTML and text, as SendGrid does: one pass, no second look."""
    return tuple(_fill(part, values) for part in (rendered.subject, rendered.html, rendered.text))  # type: ignore[return-value]


def substitution_bytes(values: Mapping[str, str]) -> int:
    """Count the bytes that values and their tags take in one personalization."""
    return sum(len(tag) + len(value.encode("utf-8")) for tag, value in values.items())


def _fill(part: str, values: Mapping[str, str]) -> str:
    for tag, value in values.items():
        part = part.replace(tag, value)
    return part
