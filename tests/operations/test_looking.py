"""Where an issue stands before it was ever sent."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pressrun.errors import InputError
from pressrun.ledger import issues, open_ledger
from pressrun.operations.sending import look_at, send_issue
from pressrun.settings import Settings
from tests.new_stores import new_ledger

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("publish_at", "status"),
    [
        ("", "draft"),
        ("publish_at: 2026-11-24T08:00:00Z\n", "draft"),
        ("publish_at: 2026-11-24T10:00:00Z\n", "scheduled"),
    ],
)
def test_an_issue_that_was_not_sent_is_a_draft_or_scheduled(tmp_path: Path, publish_at: str, status: str) -> None:
    """It has no recipients yet, and its sums hold."""
    (tmp_path / "hello.md").write_text(f"---\nsubject: Hello\n{publish_at}---\nText.\n")
    settings = Settings(home=tmp_path / "home", issues=tmp_path, _env_file=None)  # type: ignore[call-arg]
    new_ledger(settings.home)
    ledger = open_ledger(settings)

    found = look_at(settings, ledger, "hello", NOW)

    assert (status, 0, True) == (found.status, found.recipients, found.balances)
    with pytest.raises(InputError, match="no issue nothing"):
        look_at(settings, ledger, "nothing", NOW)
    ledger.close()


def test_a_send_without_a_key_is_told_before_anything_is_frozen(tmp_path: Path) -> None:
    """The message names the setting, and the ledger knows nothing of the issue."""
    settings = Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]
    new_ledger(settings.home)
    ledger = open_ledger(settings)

    with pytest.raises(InputError, match="SENDGRID_API_KEY"):
        send_issue(settings, ledger, Path("issues/welcome.md"))

    assert [] == issues.every_id(ledger)
    ledger.close()
