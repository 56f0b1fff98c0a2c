"""The metrics say how fresh they are, and agree with each other."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from lake_rows import NOW, add_events, add_issues, event

from pressrun.errors import InputError, StoppedError
from pressrun.settings import Settings
from pressrun.warehouse import marts, metrics, open_lake
from pressrun.warehouse.metrics import Freshness


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give stores with one issue, of whose three recipients two are in doubt."""
    made = Settings(home=tmp_path / "home", _env_file=None)
    with open_lake(made) as lake:
        add_issues(lake, {"hello": {"ana": "submitted", "bob": "in_doubt", "zoe": "in_doubt"}})
        add_events(lake, [event("open", "hello", "ana", 60)], 1)
    return made


def _make(settings: Settings) -> None:
    with open_lake(settings) as lake:
        marts.rebuild_if_stale(lake, NOW)


def test_freshness_follows_what_is_written(settings: Settings) -> None:
    """Never made; made and current; newer rows wait."""
    assert Freshness(built_at=None, is_current=False) == metrics.freshness(settings)
    _make(settings)
    assert Freshness(built_at=NOW, is_current=True) == metrics.freshness(settings)
    with open_lake(settings) as lake:
        add_events(lake, [event("click", "hello", "ana", 90, url="https://x.example")], 2)

    assert Freshness(built_at=NOW, is_current=False) == metrics.freshness(settings)
    assert 0 == metrics.issue_engagement(settings, "hello")["clicked"]


def test_a_lake_without_the_tables_says_what_to_do(settings: Settings) -> None:
    """A reader never migrates; an older lake is told apart from a broken one."""
    with open_lake(settings) as lake:
        lake._db.execute("drop table mart_builds")

    with pytest.raises(StoppedError, match="pressrun ingest"):
        metrics.freshness(settings)


def test_no_lake_yet(tmp_path: Path) -> None:
    """Nothing was imported: engagement is zero, and tables say where they looked."""
    nothing = Settings(home=tmp_path / "nothing", _env_file=None)

    assert {0} == set(metrics.issue_engagement(nothing, "hello").values())
    with pytest.raises(InputError, match="no lake"):
        metrics.issues_overview(nothing)


def test_accounts_of_an_issue_add_up(settings: Settings) -> None:
    """Candidates, exclusions, recipients and their states are told in that order, before any mart is made."""
    ways = metrics.issue_accounts(settings, "hello")

    told = [tuple(row) for row in ways.itertuples(index=False)]
    assert [
        ("candidates", "total", 3),
        ("recipients", "total", 3),
        ("in doubt", "state", 2),
        ("submitted", "state", 1),
    ] == told


def test_those_in_doubt_are_named(settings: Settings) -> None:
    """Somebody whom erasure took from the subscribers is told by the recipient's id."""
    assert ["hello-bob", "hello-zoe"] == metrics.in_doubt_people(settings, "hello")["recipient"].tolist()


def test_funnel_agrees_with_the_overview(settings: Settings) -> None:
    """A step of people and a step of machines are what the issue's row says."""
    _make(settings)
    steps = metrics.issue_funnel(settings, "hello")
    by_step: pd.Series = steps.groupby("step")["count_people"].sum()

    assert {"recipients": 3, "submitted": 1, "delivered": 0, "opened": 1, "clicked": 0} == by_step.to_dict()
    assert NOW + timedelta(0) == metrics.freshness(settings).built_at
