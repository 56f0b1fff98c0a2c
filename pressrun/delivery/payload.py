"""Build the one request a batch goes out in; pure, and checked before it leaves."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from pressrun.errors import PressrunError
from pressrun.ledger.recipients import Recipient


@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """What all recipients of an issue share, as frozen with it."""

    from_email: str
    from_name: str
    reply_to: str
    subject: str
    html: str
    text: str
    #: The tag that stands for the unsubscribe link in HTML and text.
    unsubscribe_tag: str
    #: Whether SendGrid counts opens and clicks.
    track: bool

    def to_json(self) -> bytes:
        """Write it as the ledger keeps it."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, content: bytes) -> "Shared":
        """Read it back."""
        return cls(**orjson.loads(content))


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """What one recipient's mail holds that others' do not."""

    recipient_id: str
    name: str
    #: Tag → value; values of this person only.
    slots: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Slots:
    """The rendered slots of one batch."""

    #: Tag → value for all of the batch: those who share one rendered body because their slots are too large.
    fixed: Mapping[str, str]
    people: Sequence[Person]

    def pack(self) -> bytes:
        """Write them compressed, as the ledger keeps them."""
        people = [(person.recipient_id, person.name, person.slots) for person in self.people]
        return zlib.compress(orjson.dumps({"fixed": self.fixed, "people": people}), level=1)

    @classmethod
    def unpack(cls, content: bytes) -> "Slots":
        """Read them back."""
        record = orjson.loads(zlib.decompress(content))
        people = [Person(recipient_id=r, name=n, slots=s) for r, n, s in record["people"]]
        return cls(fixed=record["fixed"], people=people)


def build_request(
    shared: Shared,
    slots: Slots,
    audience: Sequence[Recipient],
    *,
    issue_id: str,
    batch_no: int,
    attempt_id: str,
) -> dict[str, Any]:
    """Build the body of one POST.

    Args:
        shared: What all recipients share.
        slots: The batch's slots; people who are not in the audience are left out.
        audience: Exactly those who will be mailed.
        issue_id: Goes into every personalization, as do the next two.
        batch_no: The batch.
        attempt_id: The attempt.

    Raises:
        PressrunError: The slots do not cover the audience; nothing was posted.
    """
    by_id = {person.recipient_id: person for person in slots.people}
    missing = [recipient.recipient_id for recipient in audience if recipient.recipient_id not in by_id]
    if missing:
        raise PressrunError(
            f"Batch {batch_no} of issue {issue_id} has no slots for {len(missing)} recipients "
            f"({missing[0]} …). Nothing was posted."
        )
    ids = {"pr_issue": issue_id, "pr_batch": str(batch_no), "pr_attempt": attempt_id}
    return {
        **_common(shared, slots.fixed, issue_id),
        "personalizations": [
            _personalization(recipient, by_id[recipient.recipient_id], shared, ids) for recipient in audience
        ],
    }


def _common(shared: Shared, fixed: Mapping[str, str], issue_id: str) -> dict[str, Any]:
    reply_to = {"reply_to": {"email": shared.reply_to}} if shared.reply_to else {}
    return {
        "from": {"email": shared.from_email, "name": shared.from_name},
        **reply_to,
        "subject": _fill(shared.subject, fixed),
        "content": [
            {"type": "text/plain", "value": _fill(shared.text, fixed)},
            {"type": "text/html", "value": _fill(shared.html, fixed)},
        ],
        "categories": [issue_id],
        "tracking_settings": {
            "click_tracking": {"enable": shared.track, "enable_text": False},
            "open_tracking": {"enable": shared.track},
            # SendGrid's own footer and header would unsubscribe people where we do not see it in time
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
    }


def _personalization(recipient: Recipient, person: Person, shared: Shared, ids: Mapping[str, str]) -> dict[str, Any]:
    link = person.slots[shared.unsubscribe_tag]
    to = {"email": recipient.address, **({"name": person.name} if person.name else {})}
    return {
        "to": [to],
        "substitutions": person.slots,
        "headers": {
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "custom_args": {**ids, "pr_recipient": recipient.recipient_id},
    }


def _fill(text: str, fixed: Mapping[str, str]) -> str:
    for tag, value in fixed.items():
        text = text.replace(tag, value)
    return text
