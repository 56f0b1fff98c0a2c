"""A home with subscribers in the lake, an issue, and a clock, without any process beside it."""

from datetime import UTC, datetime
from pathlib import Path

from pressrun import audiences
from pressrun.ledger import Ledger, open_ledger
from pressrun.settings import Settings

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ISSUE = """---
subject: "{{ subscriber.first_name or 'Reader' }}, hello"
from: Hello <hello@newsletter.example>
---

Hello {{ subscriber.name }}, this is a letter about nothing in particular.
"""


def make_home(folder: Path, people: list[str], **settings: object) -> tuple[Settings, Ledger]:
    """Make stores with subscribers, and one issue `hello`."""
    made = Settings(
        home=folder / "home",
        issues=folder / "issues",
        templates=Path("templates").absolute(),
        segments=Path("segments").absolute(),
        _env_file=None,
        **settings,
    )
    made.issues.mkdir()
    (made.issues / "hello.md").write_text(ISSUE)
    table = folder / "people.csv"
    table.write_text("email,name,status\n" + "".join(f"{one},Ann Reader,active\n" for one in people))
    ledger = open_ledger(made)
    audiences.import_tables([table], made, ledger, source="own", dry_run=False, now=NOW)
    return made, ledger
