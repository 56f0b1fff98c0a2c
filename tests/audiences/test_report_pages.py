"""A page is there for each stored import, and for no other."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pressrun.audiences.report import finish_report, finish_reports

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STORED, RUNNING, OLD = "20261124T115500-aaaaaa", "20261124T115900-bbbbbb", "20261120T115900-cccccc"


def test_pages_of_stored_imports_are_finished_and_those_of_no_import_removed(tmp_path: Path) -> None:
    """One that still runs, and what somebody else writes, are left alone."""
    for name in (STORED, RUNNING, OLD, "hygiene"):
        (tmp_path / f"{name}.draft").touch()

    finish_reports(tmp_path, {STORED}, NOW)

    assert {"hygiene.draft", f"{RUNNING}.draft", f"{STORED}.html"} == {path.name for path in tmp_path.iterdir()}


def test_a_page_that_another_import_put_in_its_place_is_no_failure(tmp_path: Path) -> None:
    """It may come between the commit of an import and the end of its page."""
    page = tmp_path / f"{STORED}.html"
    page.with_suffix(".draft").write_text("the page")

    finish_reports(tmp_path, {STORED}, NOW + timedelta(seconds=1))
    finish_report(page)

    assert "the page" == page.read_text()
