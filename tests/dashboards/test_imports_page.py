"""The page *Imports* shows each import with its sums, how clean tables were, and what waits, without addresses."""

from pathlib import Path

import pytest
from filled_imports import fill_imports
from filled_lake import EVIL
from streamlit.testing.v1 import AppTest

from dashboards.privacy import as_text
from pressrun.settings import Settings
from pressrun.warehouse import open_lake

CHARTS = 7


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give stores with three imports and what they kept apart; tests only read them."""
    folder = tmp_path_factory.mktemp("stores") / "home"
    fill_imports(folder)
    return folder


@pytest.fixture
def page(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Draw the page."""
    monkeypatch.setenv("PRESSRUN_HOME", str(home))

    def show() -> None:
        from dashboards.views import imports

        imports.show()

    drawn = AppTest.from_function(show, default_timeout=60).run()
    assert not drawn.exception
    return drawn


def _texts(page: AppTest) -> str:
    kinds = (page.caption, page.warning, page.error, page.code)
    return "\n".join(one.value for kind in kinds for one in kind)


def test_it_draws_its_charts_and_says_that_the_sum_holds(page: AppTest, home: Path) -> None:
    """The newest import is shown first; it was undone and taken for a reason, and both are told."""
    assert CHARTS <= len(page.get("vega_lite_chart"))
    assert "the sum holds: 100 rows read = 60 inserted + 10 updated + 15 unchanged + 5 duplicate" in _texts(page)
    assert "was undone on 11 Nov 2026" in _texts(page)
    assert as_text(EVIL) in _texts(page)
    assert str(home / "reports" / "i3.html") in _texts(page)


def test_a_sum_that_does_not_hold_is_told(page: AppTest) -> None:
    """An import whose parts do not add up is an alarm and no caption."""
    page.selectbox(key="import").select("i2").run()

    assert "The sum does not hold: 100 rows read" in page.error[0].value


def test_the_quarantine_is_filtered_and_tells_no_address(page: AppTest) -> None:
    """Only open rows are there, masked, with details that cannot hold an address."""
    assert "3 rows wait" in _texts(page)
    everything = page.table[0].value
    assert "secret" not in everything.to_string()
    assert as_text(EVIL) in everything["file"].tolist()

    page.selectbox(key="quarantine_reason").select("status_unknown").run()
    assert [as_text("s…@p….example")] == page.table[0].value["address"].tolist()
    assert [as_text("status: “vip”")] == page.table[0].value["what is wrong"].tolist()


def test_nothing_imported_yet_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new lake gets a friendly sentence."""
    monkeypatch.setenv("PRESSRUN_HOME", str(tmp_path / "home"))
    with open_lake(Settings(home=tmp_path / "home", _env_file=None)):
        pass

    def show() -> None:
        from dashboards.views import imports

        imports.show()

    drawn = AppTest.from_function(show, default_timeout=60).run()

    assert "pressrun import" in drawn.info[0].value
