"""Both pages draw what the lake holds, say kindly when there is nothing, and agree with the metrics."""

from pathlib import Path

import pytest
from filled_lake import EVIL, fill
from streamlit.testing.v1 import AppTest

from pressrun.warehouse import metrics


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give stores with one issue and its events."""
    fill(tmp_path / "home")
    monkeypatch.setenv("PRESSRUN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _app(root: Path) -> AppTest:
    return AppTest.from_file(str(root / "dashboards" / "app.py"), default_timeout=60)


def test_the_issues_page_shows_sums_and_doubt(filled: Path, root: Path) -> None:
    """The page lists the issue, warns of what is in doubt and says that both sums hold."""
    page = _app(root).run()

    assert not page.exception
    assert "Issues" == page.title[0].value
    assert any("10 recipients in 1 batches are in doubt" in warning.value for warning in page.warning)
    assert any("both sums hold" in caption.value for caption in page.caption)


def test_words_of_events_and_subjects_are_text(filled: Path, root: Path) -> None:
    """No page passes HTML through (S17)."""
    code = "".join(path.read_text() for path in (root / "dashboards").rglob("*.py"))

    assert "unsafe_allow_html" not in code
    assert "st.html" not in code
    assert EVIL in metrics.issues_overview(_settings(filled))["subject"][0]


def test_the_metrics_of_an_issue_hold(filled: Path) -> None:
    """What people and machines did adds up to what all did."""
    issue = metrics.issues_overview(_settings(filled)).iloc[0]

    assert (100, 10) == (issue.count_submitted, issue.count_in_doubt)
    assert issue.count_opened == issue.count_opened_human + issue.count_opened_machine
    assert (100, 50, 67) == (issue.count_delivered, issue.count_opened_human, issue.count_opened)
    assert {"delivered": 100, "opened": 67, "opened_human": 50, "clicked": 20}.items() <= metrics.issue_engagement(
        _settings(filled), "hello"
    ).items()


def test_pages_without_a_lake_say_what_to_do(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new installation gets a friendly sentence, not an error."""
    monkeypatch.setenv("PRESSRUN_HOME", str(tmp_path / "nothing"))

    page = _app(root).run()

    assert not page.exception
    assert "make demo" in page.info[0].value


def _settings(home: Path):  # type: ignore[no-untyped-def]
    from pressrun.settings import Settings

    return Settings(home=home, _env_file=None)  # type: ignore[call-arg]
