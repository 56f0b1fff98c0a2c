"""Both pages draw what the lake holds, and say kindly when there is nothing to draw yet."""

from pathlib import Path

import pandas as pd
import pytest
from filled_lake import EVIL, fill
from streamlit.testing.v1 import AppTest

from dashboards.issue_charts import accounts
from dashboards.privacy import as_text, is_loopback
from pressrun.settings import Settings
from pressrun.warehouse import metrics, open_lake

PAGES = ("issues", "audience")


def _draw(page: str) -> AppTest:
    """Draw one page by itself."""

    def show(page: str) -> None:
        import importlib

        importlib.import_module(f"dashboards.views.{page}").show()

    drawn = AppTest.from_function(show, default_timeout=60, kwargs={"page": page}).run()
    assert not drawn.exception
    return drawn


def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PRESSRUN_HOME", str(tmp_path / "home"))
    return Settings(home=tmp_path / "home", _env_file=None)


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of stores with one issue and its events; tests only read it."""
    return fill(tmp_path_factory.mktemp("stores") / "home").home


@pytest.fixture
def filled(filled_home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Let pages read the filled stores."""
    monkeypatch.setenv("PRESSRUN_HOME", str(filled_home))
    return Settings(home=filled_home, _env_file=None)


def test_the_app_opens_on_the_issues(filled: Settings, root: Path) -> None:
    """The page lists the issue, says whose stores it reads, and that both sums hold."""
    page = AppTest.from_file(str(root / "dashboards" / "app.py"), default_timeout=60).run()

    assert not page.exception
    assert "Issues" == page.title[0].value
    assert as_text(str(filled.home)) in page.caption[0].value
    assert any("both sums hold: 120 candidates = 110 recipients + 10 left out" in c.value for c in page.caption)


def test_the_issues_page_names_who_is_in_doubt(filled: Settings) -> None:
    """The batch whose answer was lost is told, and the ten people in it."""
    page = _draw("issues")

    assert any("10 recipients in one batch are in doubt" in warning.value for warning in page.warning)
    assert {as_text(f"p{n}@d{n % 4}.example") for n in range(100, 110)} == set(page.table[0].value["recipient"])


def test_the_audience_page_draws_all_its_charts(filled: Settings) -> None:
    """Size, comings and goings, status, response and sources; there is no import to show."""
    page = _draw("audience")

    assert 5 == len(page.get("vega_lite_chart"))
    assert "Nothing was imported yet." in [caption.value for caption in page.caption]


@pytest.mark.parametrize("page", PAGES)
def test_pages_without_a_lake_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    """A new installation gets a friendly sentence, not an error."""
    _home(tmp_path, monkeypatch)

    assert "make demo" in _draw(page).info[0].value


@pytest.mark.parametrize(("page", "told"), [("issues", "pressrun send"), ("audience", "pressrun import")])
def test_pages_on_an_empty_lake_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, told: str
) -> None:
    """A lake with tables and no rows is no error either."""
    with open_lake(_home(tmp_path, monkeypatch)):
        pass

    assert told in _draw(page).info[0].value


@pytest.mark.parametrize("page", PAGES)
def test_pages_on_an_older_lake_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    """The dashboard only reads, so it cannot bring the tables up to date."""
    with open_lake(_home(tmp_path, monkeypatch)) as lake:
        lake._db.execute("drop table mart_builds")

    assert as_text("run `pressrun ingest`") in _draw(page).warning[0].value


def test_words_of_events_and_subjects_are_text(filled: Settings, root: Path) -> None:
    """No page passes HTML through (S17); Markdown in a subject is shown letter by letter."""
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "dashboards").rglob("*.py"))

    assert [] == [word for word in ("unsafe_allow_html", "st.html", "components") if word in code]
    assert EVIL in metrics.issues_overview(filled)["subject"][0]
    assert as_text(f"Hello {EVIL}") == _draw("issues").header[0].value


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.8", "::1", "localhost"])
def test_loopback_is_private(address: str) -> None:
    """Only this machine reaches these."""
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.7", "news.example", "None", ""])
def test_the_dashboard_draws_nothing_where_others_reach_it(address: str) -> None:
    """There is no login, and the pages name subscribers (S18)."""

    def show(address: str) -> None:
        import streamlit as st

        from dashboards.privacy import stop_if_open_to_all

        stop_if_open_to_all(address)
        st.title("Issues")

    page = AppTest.from_function(show, kwargs={"address": address}).run()

    assert ([], True) == (list(page.title), "no login" in page.error[0].value)


def test_accounts_are_laid_end_to_end() -> None:
    """Exclusions go from the right end of the candidates to the end of the recipients, states from zero to there."""
    parts = [("candidates", "total", 10), ("bounced", "exclusion", 3), ("blocked", "exclusion", 1)]
    parts += [("recipients", "total", 6), ("submitted", "state", 4), ("in doubt", "state", 2)]
    drawn = accounts(pd.DataFrame(parts, columns=["what", "kind", "count_people"])).layer[0].data

    assert [(0, 10), (7, 10), (6, 7), (0, 6), (0, 4), (4, 6)] == list(zip(drawn["begin"], drawn["end"], strict=True))
