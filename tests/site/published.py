"""Stores with issues that were frozen and submitted, without any person, process or lake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pressrun import issues as writing
from pressrun.delivery.freeze import neutral_subject, shared_of
from pressrun.issues.written import parse
from pressrun.ledger import Ledger, attempts, identity, issues, open_ledger
from pressrun.ledger.attempts import Outcome
from pressrun.ledger.issues import FrozenBatch, FrozenRecipient, IssueDraft
from pressrun.settings import Settings
from tests.new_stores import new_ledger

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SITE_URL = "https://letters.example/paper"
NONCE = "0123456789abcdef"
BODY = """Hello {{ subscriber.first_name or "dear reader" }}, a letter with a [link](https://example.org/x).
"""


def make(folder: Path, **settings: object) -> tuple[Settings, Ledger]:
    """Make empty stores."""
    given = {"home": folder / "home", "templates": TEMPLATES, "site_url": SITE_URL} | settings
    made = Settings(_env_file=None, **given)
    new_ledger(made.home)
    return made, open_ledger(made)


def freeze(settings: Settings, ledger: Ledger, name: str, body: str = BODY, *, day: int = 0, front: str = "") -> None:
    """Freeze an issue for one recipient, with everything a send freezes."""
    head = f"---\nsubject: About {name}\nfrom: Paper <hello@newsletter.example>\n{front}---\n\n"
    written = parse(head + body, Path(f"{name}.md"))
    brand, now = writing.load_brand(settings.templates), NOW + timedelta(days=day)
    found = writing.check(
        written, brand, settings.templates, now=now, nonce=NONCE, web_url=settings.web_url(written.issue_id)
    )
    draft = IssueDraft(
        issue_id=found.issue_id,
        subject=neutral_subject(found),
        segment="everyone",
        content_hash=found.content_hash,
        shared=shared_of(found).to_json(),
    )
    issues.start(ledger, draft, now)
    people = [FrozenRecipient("ann@gamma.example", f"secret-id-{name}", "s1", "ann@gamma.example")]
    issues.add_batches(ledger, found.issue_id, [FrozenBatch(batch_no=1, recipients=people, slots=b"", sha256="0" * 64)])
    issues.freeze(ledger, found.issue_id, candidates=1, now=now)


def submit(settings: Settings, ledger: Ledger, issue_id: str, state: str = "accepted") -> None:
    """Take an attempt at its only batch all the way to an outcome."""
    identity.identify(ledger, settings, NOW)
    with identity.sender_lock(ledger, settings, "test") as epoch:
        attempts.store_intent(
            ledger,
            issue_id=issue_id,
            batch_no=1,
            attempt_id=f"a-{issue_id}",
            count_recipients=1,
            withdrawn=[],
            epoch=epoch,
            now=NOW,
        )
        attempts.store_wire(ledger, f"a-{issue_id}", issue_id, epoch, NOW)
        attempts.store_outcome(ledger, f"a-{issue_id}", Outcome(state=state), NOW)
