"""The validation page is whole, adds up, and tells no address."""

import re

import pytest
from import_world import NOW, World

from pressrun.audiences.charts import bar_of_parts, rows_of_bars

TABLE = (
    "email,name,status,consented_at\nsecret.person@private.example,<b>Eve</b>,active,\n"
    "other.person@private.example,,active,\nmore@private.example,,active,\nlast@private.example,,active,\n"
    "broken.address@,Bad,active,\nthird.person@private.example,,who@private.example,\n"
    "<script>alert(1)</script>,x,active,01/02/2021\n"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the page of one import."""
    world = World.make(tmp_path_factory.mktemp("page"))
    text = world.take(TABLE).report.read_text(encoding="utf-8")
    world.close()
    return text


def test_it_holds_no_whole_address(page: str) -> None:
    """Only masked examples and domains of several people are shown."""
    assert [] == re.findall(r"[\w.]+@[\w.]+", page.replace("@media", ""))
    assert "t…@p….example" in page


def test_it_needs_nothing_from_outside_and_runs_nothing(page: str) -> None:
    """No script, no link but the one to the quarantine."""
    assert [] == re.findall(r"https?:|<script|src=|@import|url\(", page)
    assert [f"../quarantine/{NOW:%Y%m%dT%H%M%S}"] == [
        link[: len("../quarantine/20261124T090000")] for link in re.findall(r'href="([^"]+)"', page)
    ]


def test_it_says_what_came_why_and_that_the_sum_holds(page: str) -> None:
    """Recognition, sums, reasons and contract are all there."""
    for text in ("Taken for <b>own columns</b>", "7 read = 4 + 0 + 0 + 0 + 3", "✓ adds up", "status_unknown"):
        assert text in page


def test_the_parts_of_the_bar_fill_it() -> None:
    """However small a part is, it can be seen, and the whole is the whole."""
    svg = bar_of_parts({"many": 999_999, "none": 0, "one": 1}, dict.fromkeys(("many", "one"), "good"))

    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', svg)]
    assert 2 == len(widths)
    assert 1000 == pytest.approx(sum(widths) + 2 * len(widths), abs=0.5)
    assert min(widths) >= 4


def test_names_in_charts_are_text() -> None:
    """A domain cannot become markup."""
    assert "&lt;i&gt;" in rows_of_bars([("<i>", 1)])


def test_the_page_of_an_import_that_was_killed_when_it_was_stored_comes_with_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written before the commit, so nothing of it is lost; that of one that was never stored does not come."""
    folder = world.settings.home / "reports"
    with monkeypatch.context() as killed:
        killed.setattr("pressrun.audiences.importing.finish_report", _killed)
        with pytest.raises(KeyboardInterrupt):
            world.take("email\nana@example.org\n")
    assert [] == list(folder.glob("*.html"))
    with monkeypatch.context() as killed:
        killed.setattr("pressrun.warehouse.lake.reach", _killed)
        with pytest.raises(KeyboardInterrupt):
            world.take("email\nbo@example.org\n")

    newest = world.take("email\nci@example.org\n")

    ((stored,),) = world.ask("select import_id from imports where import_id <> ?", newest.import_id)
    assert {f"{stored}.html", newest.report.name} == {one.name for one in folder.glob("*.html")}
    assert stored in (folder / f"{stored}.html").read_text()


def _killed(what: object) -> None:
    raise KeyboardInterrupt
