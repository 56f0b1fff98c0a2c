"""What the tests of issues share: the shipped templates, a clean issue, and one reader."""

from datetime import UTC, datetime
from pathlib import Path

from pressrun import issues
from pressrun.issues import RenderedIssue, SlotRenderer
from pressrun.issues.written import parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
SHARED = ROOT.parent / "shared" / "data"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NONCE = "0123456789abcdef"
LINK = "https://letters.example/u/v1.k1.abc.def"
READER = {
    "subscriber_id": "s-1",
    "email": "ada@reader.example",
    "name": "Ada Reader",
    "first_name": "Ada",
    "tier": "paid",
    "city": "Zürich",
    "tags": ["a", "b"],
}
FRONT = """---
subject: The machine that taught Europe to read
preheader: Why a wine press, a goldsmith and a bad debt gave us the page.
from: The Pressroom <hello@newsletter.example>
---
"""


def rendered(
    body: str, *, front: str = FRONT, templates: Path = TEMPLATES, web_url: str | None = None
) -> RenderedIssue:
    """Check one issue."""
    written = parse(front + body, Path("issue.md"))
    return issues.check(written, issues.load_brand(templates), templates, now=NOW, nonce=NONCE, web_url=web_url)


def values_for(issue: RenderedIssue, **person: object) -> dict[str, str]:
    """Render the slots of one reader."""
    slots = SlotRenderer(issue.slots, nonce=issue.nonce).render_many([{**READER, **person}])[0]
    return {**slots, issue.unsubscribe_tag: LINK}


def filled(issue: RenderedIssue, **person: object) -> tuple[str, str, str]:
    """Give subject, HTML and text as one reader gets them."""
    return issues.fill(issue, values_for(issue, **person))


def body_of(html: str) -> str:
    """Give the part of a page that a reader sees."""
    return html.partition('role="article"')[2]
