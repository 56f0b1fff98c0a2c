"""The parts of flows that need no Prefect server."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pressrun.ledger import open_ledger
from pressrun.operations.due import due_issues
from pressrun.settings import Settings
from tests.new_stores import new_ledger

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def _settings(folder: Path) -> Settings:
    (folder / "issues").mkdir(exist_ok=True)
    return Settings(home=folder / "home", issues=folder / "issues", _env_file=None)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("publish_at", "is_due"),
    [
        ("", False),
        (NOW + timedelta(minutes=1), False),
        (NOW, True),
        (NOW - timedelta(minutes=59), True),
        (NOW - timedelta(minutes=61), False),
    ],
)
def test_an_issue_is_due_within_an_hour_of_its_time(tmp_path: Path, publish_at: object, is_due: bool) -> None:
    """No time: never; too early: not yet; too late: a person decides (P4)."""
    settings = _settings(tmp_path)
    line = f"publish_at: {publish_at}\n" if publish_at else ""
    (settings.issues / "hello.md").write_text(f"---\nsubject: Hello\n{line}---\nText.\n")
    new_ledger(settings.home)
    ledger = open_ledger(settings)

    assert is_due == bool(due_issues(settings, ledger, NOW))
    ledger.close()


def test_an_unreadable_issue_does_not_hold_up_the_others(tmp_path: Path) -> None:
    """One broken front matter is told of and passed over."""
    settings = _settings(tmp_path)
    (settings.issues / "broken.md").write_text("---\nsubject: [\n---\n")
    (settings.issues / "good.md").write_text(f"---\nsubject: Good\npublish_at: {NOW}\n---\nText.\n")
    new_ledger(settings.home)
    ledger = open_ledger(settings)

    assert [str(settings.issues / "good.md")] == [due.reference for due in due_issues(settings, ledger, NOW)]
    ledger.close()


def test_tables_leave_the_inbox_once_they_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was imported moves to `done`, so the next hour does not read it again."""
    from flows import import_subscribers  # two seconds that other workers of a run are spared

    monkeypatch.setenv("PRESSRUN_HOME", str(tmp_path))
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.csv").write_text("email\n")
    waiting = import_subscribers.waiting_in_inbox()

    import_subscribers.put_away(waiting)

    assert ["a.csv"] == [Path(name).name for name in waiting]
    assert [] == import_subscribers.waiting_in_inbox()
    assert 1 == len(list((tmp_path / "inbox" / "done").iterdir()))
