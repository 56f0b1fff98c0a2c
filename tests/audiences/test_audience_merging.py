"""Rows of one address become one person, whatever their order."""

from typing import Any

import orjson
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pressrun.audiences.merging import dedupe
from pressrun.audiences.statuses import RANKING, UNKNOWN, rank

STATUSES = [status for status in RANKING if status != UNKNOWN]
MOMENT = "datetime64[us, UTC]"
TIMES = ("consented_at", "subscribed_at", "changed_at", "ended_at")
TEXTS = ("address", "address_key", "domain", "name", "status", "tags", "attributes")
COLUMNS = {
    **dict.fromkeys(("file", "line"), "int64"),
    **dict.fromkeys(TEXTS, "str"),
    **dict.fromkeys(TIMES, MOMENT),
}
moments = st.none() | st.integers(0, 5).map(lambda n: pd.Timestamp(2020, 1, 1 + n, tz="UTC"))
rows = st.fixed_dictionaries(
    {
        "address_key": st.sampled_from(["a@x.org", "b@x.org", "c@x.org"]),
        "name": st.sampled_from(["", "Ana", "Ana B"]),
        "status": st.sampled_from(STATUSES),
        "tags": st.sets(st.sampled_from("xyz")).map(lambda tags: orjson.dumps(sorted(tags)).decode()),
        "attributes": st.dictionaries(st.sampled_from("pq"), st.sampled_from("12")).map(
            lambda cells: orjson.dumps(cells, option=orjson.OPT_SORT_KEYS).decode()
        ),
        **dict.fromkeys(TIMES, moments),
    }
)
tables = st.lists(rows, min_size=1, max_size=8)


def frame(records: list[dict[str, Any]]) -> pd.DataFrame:
    """Make good rows as an import holds them; each knows its place."""
    placed = [
        {"file": 0, "line": line, "address": row["address_key"].title(), "domain": "x.org", **row}
        for line, row in enumerate(records)
    ]
    return pd.DataFrame({name: pd.Series([row[name] for row in placed], dtype=kind) for name, kind in COLUMNS.items()})


def same(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Compare two tables of people."""
    return left.astype("object").equals(right.astype("object"))


@settings(max_examples=40)
@given(tables)
def test_deduping_twice_is_deduping_once(records: list[dict[str, Any]]) -> None:
    """A person stays as it is."""
    once = dedupe(frame(records))

    assert same(once, dedupe(once))


@settings(max_examples=40)
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_nothing(records: list[dict[str, Any]], chance: Any) -> None:
    """Rows know their file and line, so a shuffled frame gives the same people."""
    table = frame(records)
    order = list(range(len(table)))
    chance.shuffle(order)

    assert same(dedupe(table), dedupe(table.iloc[order]))


@settings(max_examples=40)
@given(tables)
def test_every_address_is_there_once_with_its_most_restrictive_status(records: list[dict[str, Any]]) -> None:
    """Nobody is lost, and nobody becomes more mailable than any row says."""
    people = dedupe(frame(records))

    expected: dict[str, str] = {}
    for row in records:
        known = expected.get(row["address_key"], row["status"])
        expected[row["address_key"]] = min(known, row["status"], key=rank)
    assert expected == dict(zip(people["address_key"], people["status"], strict=True))
    assert len(expected) == len(people)


def test_each_column_has_its_own_rule() -> None:
    """Newest name and attributes that are filled, earliest consent, all tags."""
    old = {
        "address_key": "a@x.org",
        "name": "Ana",
        "status": "active",
        "tags": '["x"]',
        "attributes": '{"p":"1","q":"1"}',
        "consented_at": pd.Timestamp(2020, 1, 2, tz="UTC"),
        "subscribed_at": None,
        "changed_at": pd.Timestamp(2024, 1, 1, tz="UTC"),
        "ended_at": None,
    }
    new = {**old, "name": "", "tags": '["y"]', "attributes": '{"q":"2"}', "changed_at": None}
    new["consented_at"] = pd.Timestamp(2020, 1, 1, tz="UTC")

    # `new` stands further down, yet `old` says when it was changed and so is the newer of the two
    (person,) = dedupe(frame([old, new])).to_dict("records")

    assert ("Ana", '["x","y"]', '{"p":"1","q":"1"}') == (
        person["name"],
        person["tags"],
        person["attributes"],
    )
    assert pd.Timestamp(2020, 1, 1, tz="UTC") == person["consented_at"]
