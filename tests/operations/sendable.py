"""A home with subscribers in the lake, an issue, and a clock, without any process beside it."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

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


#: Who was imported → the stores that made; an import takes seconds, a copy of its stores does not.
_MADE: dict[tuple[str, ...], Path] = {}


def make_home(folder: Path, people: list[str], **settings: object) -> tuple[Settings, Ledger]:
    """Make stores with subscribers, and one issue `hello`."""
    made = _settings(folder, **settings)
    made.issues.mkdir()
    (made.issues / "hello.md").write_text(ISSUE)
    if tuple(people) not in _MADE:
        _MADE[tuple(people)] = _import(Path(mkdtemp(dir=folder.parent)), people)
    shutil.copytree(_MADE[tuple(people)], made.home)
    return made, open_ledger(made)


def _settings(folder: Path, **settings: object) -> Settings:
    return Settings(
        home=folder / "home",
        issues=folder / "issues",
        templates=Path("templates").absolute(),
        segments=Path("segments").absolute(),
        _env_file=None,
        **{"public_url": "https://letters.example", **settings},
    )


def _import(folder: Path, people: list[str]) -> Path:
    settings, table = _settings(folder), folder / "people.csv"
    table.write_text("email,name,status\n" + "".join(f"{one},Ann Reader,active\n" for one in people))
    ledger = open_ledger(settings)
    audiences.import_tables([table], settings, ledger, source="own", dry_run=False, now=NOW)
    ledger.close()
    return settings.home
