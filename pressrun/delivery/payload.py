"""Build the one request a batch goes out in; pure, and checked before it leaves.

What a recipient's personalization holds is written once, at the freeze, as the bytes that will travel; only the
batch and the attempt are not known then. So a request is put together from pieces, and what was checked before
the first POST is what goes out, byte for byte.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import pyarrow as pa

from pressrun.errors import PressrunError

#: SendGrid's own limit of personalizations in one request.
MAX_PEOPLE = 1000
#: Five times as fast as zlib at the same size (measured on 1,000 personalizations).
_CODEC = pa.Codec("zstd", compression_level=1)
_LENGTH_BYTES = 8


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
    #: What the web page of the issue is made of; nothing of it travels.
    preheader: str = ""
    lang: str = "en"
    dir: str = "ltr"
    #: The HTML of the text as nobody in particular would read it; empty in issues frozen before there were pages.
    web: str = ""

    def to_json(self) -> bytes:
        """Write it as the ledger keeps it."""
        return orjson.dumps(asdict(self))

    @classmethod
    def from_json(cls, content: bytes) -> "Shared":
        """Read it back."""
        return cls(**orjson.loads(content))


@dataclass(frozen=True, kw_only=True, slots=True)
class Slots:
    """The rendered slots of one batch."""

    #: Tag → value for all of the batch: those who share one rendered body because their slots are too large.
    fixed: Mapping[str, str]
    #: The recipients, in the order of their pieces.
    ids: Sequence[str]
    #: What `personalization` wrote for each of them, a line each.
    pieces: bytes

    @classmethod
    def of(cls, people: Mapping[str, bytes], fixed: Mapping[str, str]) -> "Slots":
        """Put them together from recipient id → personalization."""
        return cls(fixed=fixed, ids=list(people), pieces=b"\n".join(people.values()))

    @property
    def people(self) -> dict[str, bytes]:
        """Take them apart again."""
        return dict(zip(self.ids, self.pieces.split(b"\n"), strict=True))

    def without(self, absent: Collection[str]) -> "Slots":
        """Leave some recipients out."""
        if not absent:
            return self
        return Slots.of({who: what for who, what in self.people.items() if who not in absent}, self.fixed)

    def pack(self) -> bytes:
        """Write them compressed, as the ledger keeps them."""
        content = b"\n".join([orjson.dumps(self.fixed), " ".join(self.ids).encode(), self.pieces])
        packed: bytes = _CODEC.compress(content, asbytes=True)
        return len(content).to_bytes(_LENGTH_BYTES) + packed

    @classmethod
    def unpack(cls, content: bytes) -> "Slots":
        """Read them back."""
        length = int.from_bytes(content[:_LENGTH_BYTES])
        plain: bytes = _CODEC.decompress(content[_LENGTH_BYTES:], length, asbytes=True)
        fixed, ids, pieces = plain.split(b"\n", 2)
        return cls(fixed=orjson.loads(fixed), ids=ids.decode().split(" "), pieces=pieces)


def personalization(
    *, recipient_id: str, address: str, name: str, slots: Mapping[str, str], link: str, issue_id: str
) -> bytes:
    """Write one recipient's personalization but for the end, where batch and attempt come.

    Args:
        recipient_id: The recipient.
        address: The address as it is posted.
        name: Shown beside the address; empty for none.
        slots: Tag → value of this person.
        link: The person's own unsubscribe link.
        issue_id: The issue.
    """
    whole = orjson.dumps(
        {
            "to": [{"email": address, "name": name} if name else {"email": address}],
            "substitutions": slots,
            "headers": {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
            "custom_args": {"pr_issue": issue_id, "pr_recipient": recipient_id},
        }
    )
    return whole[:-2]


def build_request(
    shared: Shared,
    slots: Slots,
    *,
    issue_id: str,
    batch_no: int,
    attempt_id: str,
    extra: Mapping[str, Any] | None = None,
) -> bytes:
    """Build the body of one POST.

    Args:
        shared: What all recipients share.
        slots: Exactly those who will be mailed.
        issue_id: For the category.
        batch_no: Goes into every personalization, as does the next.
        attempt_id: The attempt.
        extra: More fields of the request, such as `send_at`.

    Raises:
        PressrunError: The recipients fit no request, or their pieces are not one each; nothing was posted.
    """
    end = orjson.dumps({"pr_batch": str(batch_no), "pr_attempt": attempt_id})
    tail = b",%b}" % end[1:]
    common = _common(shared, slots.fixed, issue_id, extra or {})[:-1]
    people = slots.pieces.replace(b"\n", tail + b",")
    # what it grew by tells how many there are, for nothing
    count, ends = len(slots.ids), (len(people) - len(slots.pieces)) / len(tail)
    if not 1 <= count <= MAX_PEOPLE or ends != count - 1:
        raise PressrunError(f"Batch {batch_no} of issue {issue_id} has {count} recipients. Nothing was posted.")
    return b"".join((common, b',"personalizations":[', people, tail, b"]}"))


def _common(shared: Shared, fixed: Mapping[str, str], issue_id: str, extra: Mapping[str, Any]) -> bytes:
    reply_to = {"reply_to": {"email": shared.reply_to}} if shared.reply_to else {}
    return orjson.dumps(
        {
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
            **extra,
        }
    )


def _fill(text: str, fixed: Mapping[str, str]) -> str:
    for tag, value in fixed.items():
        text = text.replace(tag, value)
    return text
