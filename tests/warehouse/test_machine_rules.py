"""Promises of the machine rules that hold whatever recipients do."""

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_rows import FIREFOX, add_events, add_issues, event
from plain_lake import built_of, plain_lake, rebuild

from pressrun.warehouse import Lake

PEOPLE = ("ana", "bob", "zoe")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["open", "click", "delivered", "bounce"]),
        st.sampled_from([*PEOPLE, "stranger"]),
        st.integers(0, 25),
        st.sampled_from("abcd"),
        st.sampled_from([FIREFOX, "", "Mozilla/5.0", "Mimecast"]),
        st.booleans(),
    ),
    max_size=25,
    unique=True,
)
Act = tuple[str, str, int, str, str, bool]
World = tuple[Lake, duckdb.DuckDBPyConnection]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Give a lake in which one issue went to three people."""
    with plain_lake() as (lake, db):
        add_issues(lake, {"hello": dict.fromkeys(PEOPLE, "submitted")})
        yield lake, db


def _play(world: World, acts: list[Act]) -> list[list[tuple[object, ...]]]:
    """Give labels and marts after these acts and no others."""
    lake, db = world
    db.execute("delete from raw_events")
    add_events(lake, [_event(act) for act in acts], 1)
    rebuild(lake)
    labels = db.sql("select event_key, machine_rule from events order by all").fetchall()
    return [labels, *(built_of(db, name) for name in ("issue_stats", "link_stats", "domain_stats"))]


def _event(act: Act) -> dict[str, object]:
    what, who, after, link, agent, is_flagged = act
    url = f"https://x.example/{link}" if what == "click" else None
    return event(what, "hello", who, after, url=url, useragent=agent, sg_machine_open=is_flagged and what == "open")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, shuffled=st.randoms(use_true_random=False))
def test_order_changes_no_label_and_totals_are_people_plus_machines(
    world: World, acts: list[Act], shuffled: st.DataObject
) -> None:
    """Events in any order give the same labels and marts; human + machine = all, per issue and link."""
    mixed = sorted(acts, key=lambda _: shuffled.random())  # type: ignore[attr-defined]

    assert _play(world, acts) == _play(world, mixed)
    for table in ("issue_stats", "link_stats"):
        wrong = f"from {table} where count_clicked <> count_clicked_human + count_clicked_machine"
        assert [] == world[1].sql(wrong).fetchall()


def test_a_strangers_clicks_change_nobodys_label(world: World) -> None:
    """Events of recipients that we do not know count for nothing, not even as links of the issue (F40)."""
    three: list[Act] = [("click", "ana", 4 * at, link, FIREFOX, False) for at, link in enumerate("abc")]
    stranger: list[Act] = [("click", "stranger", 99, "d", FIREFOX, False)]
    asked = "select machine_rule from events where is_matched"

    for acts in (three, three + stranger):
        _play(world, acts)
        assert [("all_links",)] * 3 == world[1].sql(asked).fetchall()


def test_a_new_rule_labels_history_anew_and_leaves_the_events_alone(world: World) -> None:
    """A pattern noted later names old events too, and no raw event is written."""
    lake, db = world
    _play(world, [("open", "ana", 60, "a", FIREFOX, False)])
    before, human = built_of(db, "raw_events"), "select count_opened_human from issue_stats"
    assert [(1,)] == db.sql(human).fetchall()

    db.execute("insert into machine_agents values ('open', '%Firefox/140.0', 'scanner_agent', date '2027-01-01')")
    rebuild(lake)
    db.execute("delete from machine_agents where noted_on = date '2027-01-01'")

    assert [(0,)] == db.sql(human).fetchall()
    assert before == built_of(db, "raw_events")
