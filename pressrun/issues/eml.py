"""Write one person's mail to files: HTML, text, and a message any mail program opens."""

from collections.abc import Mapping
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from pathlib import Path

from pressrun.errors import InputError
from pressrun.issues.rendered import RenderedIssue, fill


class _OneLine(UnstructuredHeader, BaseHeader):
    """A header that must not be encoded: Python would write a long link as words no mail program follows."""

    def fold(self, *, policy: Policy) -> str:
        """Write it on one line; a link has no blank to break at."""
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _OneLine)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def preview(
    rendered: RenderedIssue, values: Mapping[str, str], folder: Path, *, to: str, now: datetime
) -> dict[str, Path]:
    """Write the three files of one person's mail.

    Args:
        rendered: The issue.
        values: Tag → value of this person, the unsubscribe link included.
        folder: Where to write; it exists.
        to: The person's address.
        now: Dates the message.

    Returns:
        Kind (html, text, eml) → path.

    Raises:
        InputError: Sender or reader cannot stand in a header.
    """
    _, html, text = fill(rendered, values)
    contents = {
        "html": (".html", html.encode("utf-8")),
        "text": (".txt", text.encode("utf-8")),
        "eml": (".eml", message_of(rendered, values, to=to, now=now)),
    }
    paths = {}
    for kind, (ending, content) in contents.items():
        paths[kind] = folder / f"{rendered.issue_id}{ending}"
        paths[kind].write_bytes(content)
    return paths


def message_of(rendered: RenderedIssue, values: Mapping[str, str], *, to: str, now: datetime) -> bytes:
    """Give one person's mail as a message.

    Raises:
        InputError: Sender or reader cannot stand in a header.
    """
    filled = fill(rendered, values)
    return _message(rendered, filled, values[rendered.unsubscribe_tag], to=to, now=now).as_bytes(policy=_POLICY)


def _message(
    rendered: RenderedIssue, filled: tuple[str, str, str], unsubscribe: str, *, to: str, now: datetime
) -> EmailMessage:
    subject, html, text = filled
    message = EmailMessage(policy=_POLICY)
    domain = rendered.from_email.rpartition("@")[2]
    message["From"] = _address(rendered.from_name, rendered.from_email)
    message["To"] = _address("", to)
    if rendered.reply_to:
        message["Reply-To"] = _address("", rendered.reply_to)
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<preview-{rendered.issue_id}@{domain}>"
    message["List-Id"] = f"<issues.{domain}>"
    message["List-Unsubscribe"] = f"<{unsubscribe}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # quoted-printable keeps every line under the 998 octets of RFC 5322
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def _address(name: str, address: str) -> Address:
    try:
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError, HeaderParseError):
        raise InputError(
            "The sender's or the reader's address cannot stand in a mail. Check `from:`, `reply_to:` and the brand."
        ) from None
