"""An issue after rendering: what all recipients share, and the slots."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

import orjson

from pressrun.issues.brand import Brand
from pressrun.issues.findings import Finding
from pressrun.issues.images import Picture
from pressrun.issues.links import Target
from pressrun.issues.silencing import Silenced
from pressrun.issues.slots import Slot, tag_pattern
from pressrun.issues.written import WrittenIssue


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedIssue:
    """One issue, ready to be frozen unless a finding is an error."""

    issue_id: str
    #: SHA-256 over everything that decides the mail: text, layouts, brand.
    content_hash: str
    #: With tags in place of slots.
    subject: str
    #: As nobody in particular would read it.
    preheader: str
    from_email: str
    from_name: str
    reply_to: str
    segment: str
    lang: str
    #: Whether opens and clicks are counted.
    track: bool
    #: With tags in place of slots, as is the text.
    html: str
    text: str
    slots: tuple[Slot, ...]
    #: Stands for the recipient's own unsubscribe link, in HTML and text.
    unsubscribe_tag: str
    #: 16 hexadecimal digits; the same nonce gives the same bytes again.
    nonce: str
    publish_at: datetime | None
    findings: tuple[Finding, ...]
    #: What to do when an answer is lost, as `pressrun.policies` writes it; empty: as the settings say.
    in_doubt: str = ""
    #: Images beside the issue, to be copied to where they are served.
    images: tuple[Picture, ...] = ()
    #: The HTML of the text alone, as nobody in particular would read it; no layout, no tags, no recipient's link.
    web: str = ""
    #: ltr or rtl.
    dir: str = "ltr"
    #: Addresses of the web it leads to or shows.
    targets: tuple[Target, ...] = ()
    #: Rule → reason, as its writer silenced it.
    silence: Mapping[str, str] = field(default_factory=dict)
    #: What was found and silenced.
    silenced: tuple[Silenced, ...] = ()


def content_hash(written: WrittenIssue, brand: Brand, files: Mapping[str, str], web_url: str) -> str:
    """Hash everything that decides the mail.

    Args:
        written: The issue.
        brand: Who sends.
        files: Name → content of what the rendering read: layouts, and where images are served.
        web_url: Where the issue can be read in a browser; may be empty.
    """
    meta = orjson.dumps(dict(written.meta), default=str, option=orjson.OPT_SORT_KEYS)
    read = orjson.dumps(files, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256()
    for part in (
        written.issue_id.encode(),
        meta,
        written.body.encode(),
        orjson.dumps(asdict(brand)),
        read,
        web_url.encode(),
    ):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def fill(rendered: RenderedIssue, values: Mapping[str, str]) -> tuple[str, str, str]:
    """Put one recipient's values into subject, HTML and text: one pass, no second look at what was put in.

    Args:
        rendered: The issue.
        values: Tag → value, the unsubscribe link included.

    Returns:
        Subject, HTML, text.
    """
    pattern = tag_pattern(rendered.nonce)
    return (
        _filled(rendered.subject, pattern, values),
        _filled(rendered.html, pattern, values),
        _filled(rendered.text, pattern, values),
    )


def substitution_bytes(values: Mapping[str, str]) -> int:
    """Count the bytes that values and their tags take in one personalization."""
    return sum(len(tag) + len(value.encode("utf-8")) for tag, value in values.items())


def _filled(part: str, pattern: re.Pattern[str], values: Mapping[str, str]) -> str:
    return pattern.sub(lambda found: values.get(found[0], found[0]), part)
