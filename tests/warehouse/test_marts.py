"""The marts add up, and machines are told from people by rules that are judged anew each time."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from lake_rows import FIREFOX, NOW, add_events, add_issues, event

from pressrun.settings import Settings
from pressrun.warehouse import connect, marts, metrics, open_lake, read_lake
from pressrun.warehouse.sql import names_in, sql

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases/event_machine_rules.yml").read_text(encoding="utf-8"))
MODELS = {
    name: yaml.safe_load(files("pressrun.warehouse").joinpath(f"{name}.yml").read_text(encoding="utf-8"))
    for name in names_in("models")
}
STATES = {
    "ana": "submitted",
    "zoe": "submitted",
    "bob": "refused",
    "cy": "withdrawn",
    "dee": "in_doubt",
    "eve": "pending",
}


def _case_events(number: int, case: dict[str, Any]) -> list[dict[str, object]]:
    """Give one case's acts, and others' clicks on each link, each by somebody else."""
    issue = f"case{number}"
    others = [
        event("click", issue, "zoe", 90_000 + 60 * at, url=f"https://x.example/{link}")
        for at, link in enumerate("abcdefghi"[: case.get("links", 0)])
    ]
    return others + [
        event(what, issue, "ana", after, url=link and f"https://x.example/{link}", ip=f"192.0.2.{at}",
              useragent=FIREFOX if agent is None else agent, sg_machine_open=bool(flag))
        for at, (what, after, link, agent, *flag) in enumerate(case["acts"])
    ]  # fmt: skip


def _scenario() -> list[dict[str, object]]:
    told = [found for number, case in enumerate(CASES) for found in _case_events(number, case)]
    told += [event(word, "sums", "ana", 5) for word in ("delivered", "deferred", "unsubscribe", "spamreport")]
    told += [event("bounce", "sums", "zoe", 5, type="bounce"), event("open", "sums", "stranger", 60)]
    told += [event("open", "sums", "ana", 7200, sg_machine_open=True), event("open", "sums", "ana", 7300)]
    return [*told, event("dropped", "sums", "zoe", 6, reason="Bounced Address")]


def _fill(settings: Settings, *loads: list[dict[str, object]]) -> Settings:
    cases = {f"case{number}": {"ana": "submitted", "zoe": "submitted"} for number in range(len(CASES))}
    with open_lake(settings) as lake:
        add_issues(lake, {"sums": STATES, **cases}, excluded=3)
        for number, load in enumerate(loads, 1):
            add_events(lake, load, number)
        marts.rebuild_if_stale(lake, NOW)
    return settings


def _copy(settings: Settings, home: Path) -> Settings:
    shutil.copytree(settings.home, home)
    return Settings(home=home, _env_file=None)


@pytest.fixture(scope="module")
def lake_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give a lake with every scenario in it, in one load."""
    home = tmp_path_factory.mktemp("marts") / "home"
    return _fill(Settings(home=home, _env_file=None), _scenario())


@pytest.fixture(scope="module")
def db(lake_home: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection that only reads."""
    with connect(lake_home) as opened:
        yield opened


@pytest.mark.parametrize("name", MODELS)
def test_model_keeps_its_promises(db: duckdb.DuckDBPyConnection, name: str) -> None:
    """Each model's key is unique and never empty, and its sums hold in every row."""
    promised, table = MODELS[name], name.removeprefix("models/")
    key = ", ".join(promised["key"])

    assert [] == db.sql(f"select {key} from {table} group by all having count(*) > 1").fetchall()  # noqa: S608
    for column in promised["key"]:
        assert [] == db.sql(f"select * from {table} where {column} is null").fetchall()  # noqa: S608
    for total in promised["sums"]:
        assert [] == db.sql(f"select * from {table} where not ({total})").fetchall()  # noqa: S608
    assert set(promised) <= {"row", "key", "sums", "agrees"}
    assert sql(name).startswith(f"-- {promised['row']}")


@pytest.mark.parametrize("name", [name for name in MODELS if "agrees" in MODELS[name]])
def test_model_agrees_with_the_larger_one(db: duckdb.DuckDBPyConnection, name: str) -> None:
    """What a model splits adds up again to the row of the model that it splits."""
    agrees, table = MODELS[name]["agrees"], name.removeprefix("models/")
    sums = ", ".join(f"sum({column})" for column in agrees["columns"])
    parts = db.sql(f"select {agrees['by']}, {sums} from {table} group by all order by all")  # noqa: S608
    whole = db.sql(f"select {agrees['by']}, {sums} from {agrees['with']} group by all order by all")  # noqa: S608

    assert parts.fetchall() == whole.fetchall()


@pytest.mark.parametrize("name", ["issue_stats", "link_stats", "domain_stats", "engagement_hourly"])
def test_scenario_reaches_every_model_of_issues(db: duckdb.DuckDBPyConnection, name: str) -> None:
    """No promise is kept by an empty table."""
    assert db.sql(f"from {name}").fetchall()


def test_issue_adds_up(lake_home: Settings) -> None:
    """Recipients by state, and unique recipients by what they did; a stranger's open counts for nobody."""
    rows = metrics.issues_overview(lake_home).set_index("issue_id").loc["sums"]
    counts = {name[6:]: int(rows[name]) for name in rows.index if name.startswith("count_") and rows[name]}

    assert {
        "candidates": 9, "excluded": 3, "recipients": 6, "submitted": 2, "refused": 1, "withdrawn": 1, "in_doubt": 1,
        "pending": 1, "delivered": 1, "deferred": 1, "bounced": 1, "dropped": 1, "opened": 1, "opened_human": 1,
        "unsubscribed": 1, "complained": 1,
    } == counts  # fmt: skip


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case["name"] for case in CASES])
def test_machine_rule_hits_what_it_should_and_no_near_miss(db: duckdb.DuckDBPyConnection, number: int) -> None:
    """Each rule has acts that it hits, and acts close by that are a person's."""
    found = db.execute(
        "select machine_rule from events where issue_id = $1 and recipient_id = $2 order by occurred_at, ip",
        [f"case{number}", f"case{number}-ana"],
    ).fetchall()

    assert CASES[number]["rules"] == [rule for (rule,) in found]


def test_every_rule_has_a_case(db: duckdb.DuckDBPyConnection) -> None:
    """A new rule needs a case above before it is trusted."""
    known = {rule for (rule,) in db.sql("select rule from machine_agents").fetchall()}
    in_view = set(re.findall(r"then '(\w+)'", sql("migrations/0003_marts")))
    tested = {rule for case in CASES for rule in case["rules"]}

    assert known | in_view == tested - {None}


def test_people_and_machines_are_all(db: duckdb.DuckDBPyConnection) -> None:
    """Every event is one or the other, and has a rule exactly if it is a machine's."""
    assert [(0,)] == db.sql("select count(*) from events where is_machine <> (machine_rule is not null)").fetchall()
    assert db.sql("select count(*) from events").fetchall() == db.sql("select count(*) from raw_events").fetchall()
    assert [(True,)] == db.sql(
        "select (select sum(count_events) from engagement_hourly) = (select count(*) from events where is_matched "
        "and event in ('open', 'click'))"
    ).fetchall()


def test_labels_do_not_depend_on_the_order_of_loads(lake_home: Settings, tmp_path: Path) -> None:
    """The same events in two loads, last first, get the same labels and the same marts."""
    backwards = _scenario()[::-1]
    other = _fill(Settings(home=tmp_path, _env_file=None), backwards[0::2], backwards[1::2])
    asked = ["select event_key, machine_rule from events order by all", "from issue_stats order by all",
             "from link_stats order by all", "from engagement_hourly order by all"]  # fmt: skip

    with connect(lake_home) as one, connect(other) as two:
        for question in asked:
            assert one.sql(question).fetchall() == two.sql(question).fetchall()


def test_marts_are_made_again_only_if_something_changed(lake_home: Settings, tmp_path: Path) -> None:
    """Nothing new: nothing is written. A new load: they are made again, and say when."""
    settings = _copy(lake_home, tmp_path / "copy")
    with open_lake(settings) as lake:
        assert not marts.rebuild_if_stale(lake, NOW + timedelta(hours=1))
        add_events(lake, [event("open", "sums", "ana", 99)], 2)
        assert marts.rebuild_if_stale(lake, NOW + timedelta(hours=2))
        assert not marts.rebuild_if_stale(lake, NOW + timedelta(hours=3))

    assert NOW + timedelta(hours=2) == metrics.freshness(settings).built_at


def test_reading_connection_refuses_writes(lake_home: Settings, db: duckdb.DuckDBPyConnection) -> None:
    """A dashboard or a notebook cannot change the lake."""
    for statement in ("delete from raw_events", "create table mine (a int)", "drop view events"):
        with pytest.raises(duckdb.Error, match=r"read-only|read only"):
            db.execute(statement)
    with read_lake(lake_home) as lake, pytest.raises(duckdb.Error, match=r"read-only|read only"):
        lake.run("queries/marts_forget_mark")


def test_moved_lake_is_read_from_where_it_is(lake_home: Settings, tmp_path: Path) -> None:
    """A folder restored elsewhere is complete by itself; the place it was made in is not asked for."""
    copy = _copy(lake_home, tmp_path / "copy")
    with open_lake(copy) as lake:
        add_events(lake, [event("open", "sums", "ana", 98)], 2)
    moved = Settings(home=copy.home.rename(tmp_path / "moved"), _env_file=None)

    with connect(moved) as read, connect(lake_home) as old:
        counts = [db.sql("select count(*) from raw_events").fetchall()[0][0] for db in (read, old)]
    assert 1 == counts[0] - counts[1]
