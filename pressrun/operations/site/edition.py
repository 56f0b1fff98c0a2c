"""One issue as the web knows it: made from what was frozen, sanitised once more, and free of any subscriber."""

from dataclasses import dataclass
from datetime import datetime

from lxml import html

from pressrun.delivery.payload import Shared
from pressrun.issues import clean
from pressrun.ledger.issues import Issue

#: Characters of a summary nobody wrote.
_SUMMARY_MOST = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """What pages and feeds tell of one issue."""

    issue_id: str
    subject: str
    #: The preheader, or how the text begins.
    summary: str
    lang: str
    #: ltr or rtl.
    dir: str
    #: HTML of the text.
    body: str
    #: When its audience was frozen, in UTC: the last moment before the first mail.
    published_at: datetime
    #: Domain of the sender.
    domain: str

    @property
    def tag(self) -> str:
        """Give an id that stays when the site moves (RFC 4151)."""
        return f"tag:{self.domain},{self.published_at:%Y-%m-%d}:{self.issue_id}"

    @property
    def day(self) -> str:
        """Give the date as a reader of its language writes it; one that reads the same everywhere, if not English."""
        at = self.published_at
        return f"{at.day} {at:%B %Y}" if self.lang.lower().startswith("en") else f"{at:%Y-%m-%d}"


def edition_of(issue: Issue) -> Edition | None:
    """Make the edition of a frozen issue; None if it was frozen before there were web pages."""
    shared = Shared.from_json(issue.shared)
    if not shared.web or issue.frozen_at is None:
        return None
    return edition(shared, issue_id=issue.issue_id, subject=issue.subject, published_at=issue.frozen_at)


def edition(shared: Shared, *, issue_id: str, subject: str, published_at: datetime) -> Edition:
    """Make the edition of what all recipients share.

    Args:
        shared: With the text for nobody in particular.
        issue_id: The issue.
        subject: As nobody in particular would read it.
        published_at: In UTC.
    """
    body = clean(shared.web)
    return Edition(
        issue_id=issue_id,
        subject=subject or issue_id,
        summary=shared.preheader or _beginning(body),
        lang=shared.lang,
        dir=shared.dir,
        body=body,
        published_at=published_at,
        domain=shared.from_email.rpartition("@")[2].lower(),
    )


def _beginning(body: str) -> str:
    """Give how the first paragraph begins, cut between words."""
    paragraphs = (" ".join(found.text_content().split()) for found in html.fragment_fromstring(body, "div").iter("p"))
    text = next((one for one in paragraphs if one), "")
    if len(text) <= _SUMMARY_MOST:
        return text
    return text[:_SUMMARY_MOST].rpartition(" ")[0] + " …"
