"""A scheduled issue goes out in its time, as it was checked, or not by itself at all."""

from datetime import timedelta
from pathlib import Path

import pytest
from sendable import NOW, make_home

from pressrun.errors import InputError, RefusedError
from pressrun.ledger import Ledger, schedules
from pressrun.operations import control
from pressrun.operations.due import Due, due_issues
from pressrun.operations.scheduling import schedule
from pressrun.operations.sending import look_at
from pressrun.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> tuple[Settings, Ledger]:
    """Give a home whose issue is scheduled for tomorrow at nine."""
    settings, ledger = make_home(tmp_path, ["a@gamma.example"])
    schedule(settings, ledger, "hello", "2026-11-25T09:00", segment="new_30_days", who="me", now=NOW)
    return settings, ledger


@pytest.mark.parametrize(("hours", "is_due"), [(0, False), (23.9, False), (24, True), (24.9, True), (25.5, False)])
def test_it_is_due_in_its_time_only(home: tuple[Settings, Ledger], hours: float, is_due: bool) -> None:
    """Not before, and not more than an hour late: a restored copy mails nobody at noon."""
    settings, ledger = home

    found = due_issues(settings, ledger, NOW + timedelta(hours=hours))

    assert ([Due(reference="hello", segment="new_30_days")] if is_due else []) == found


def test_a_changed_issue_is_held(home: tuple[Settings, Ledger]) -> None:
    """What was checked and scheduled goes out, and nothing else."""
    settings, ledger = home
    path = settings.issues / "hello.md"
    path.write_text(path.read_text() + "\nOne more thing.\n")

    assert [] == due_issues(settings, ledger, NOW + timedelta(hours=24))


def test_a_deleted_issue_is_held(home: tuple[Settings, Ledger]) -> None:
    """A file that is gone stops no other issue."""
    settings, ledger = home
    (settings.issues / "hello.md").unlink()

    assert [] == due_issues(settings, ledger, NOW + timedelta(hours=24))


def test_status_says_scheduled_until_it_is_cancelled(home: tuple[Settings, Ledger]) -> None:
    """One looks at it like at any issue, and cancels it like any issue."""
    settings, ledger = home
    assert "scheduled" == look_at(settings, ledger, "hello", NOW).status

    control.cancel(ledger, "hello", who="me", why="", now=NOW)

    assert ("draft", []) == (look_at(settings, ledger, "hello", NOW).status, schedules.every(ledger))


def test_a_file_outside_of_the_issues_folder_is_known_by_its_slug(tmp_path: Path) -> None:
    """Scheduled by its path, it is found, shown and cancelled like any other."""
    settings, ledger = make_home(tmp_path, ["a@gamma.example"])
    elsewhere = tmp_path / "drafts" / "third.md"
    elsewhere.parent.mkdir()
    elsewhere.write_text((settings.issues / "hello.md").read_text())
    schedule(settings, ledger, elsewhere, "2026-11-25T09:00", segment=None, who="me", now=NOW)

    assert [Due(reference=str(elsewhere))] == due_issues(settings, ledger, NOW + timedelta(hours=24))
    assert "scheduled" == look_at(settings, ledger, "third", NOW).status
    control.cancel(ledger, "third", who="me", why="", now=NOW)
    assert [] == schedules.every(ledger)


def test_scheduling_again_moves_it(home: tuple[Settings, Ledger]) -> None:
    """There is one schedule for an issue, the last one."""
    settings, ledger = home
    schedule(settings, ledger, "hello", "2026-11-26T09:00+01:00", segment=None, who="me", now=NOW)

    assert [(26, 8)] == [(one.due_at.day, one.due_at.hour) for one in schedules.every(ledger)]


@pytest.mark.parametrize("at", ["tomorrow", "2026-11-24T08:59"])
def test_a_time_that_is_none_or_over_is_wrong_input(home: tuple[Settings, Ledger], at: str) -> None:
    """A typing mistake schedules nothing."""
    settings, ledger = home

    with pytest.raises(InputError):
        schedule(settings, ledger, "hello", at, segment=None, who="me", now=NOW)


def test_an_issue_with_errors_is_not_scheduled(home: tuple[Settings, Ledger]) -> None:
    """Mistakes are told when one schedules, not at the hour."""
    settings, ledger = home
    (settings.issues / "bad.md").write_text("---\nfrom: A <a@b.example>\n---\n\nHi {{ nobody }}\n")

    with pytest.raises(RefusedError, match="Preflight"):
        schedule(settings, ledger, "bad", "2026-11-25T09:00", segment=None, who="me", now=NOW)
