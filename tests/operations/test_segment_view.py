"""Looking at a segment shows what a send would do, and does nothing."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pressrun.cli import app
from pressrun.ledger import Ledger, open_ledger, suppressions
from pressrun.ledger.suppressions import Suppression
from pressrun.operations.segment_view import check_segments, list_segments, view_segment
from pressrun.settings import Settings
from tests.audiences.lake_people import LONG_AGO, put, put_people

NOW = LONG_AGO
ISSUE = {
    "issue_id": "first", "subject": "s", "segment": "everyone", "content_hash": "h", "status": "finished",
    "fingerprint": "f", "count_candidates": 3, "count_recipients": 3, "frozen_at": NOW,
}  # fmt: skip


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Ledger]:
    """Give four subscribers and an issue that went to three, for tests that only ask."""
    settings = Settings(
        home=tmp_path_factory.mktemp("viewed") / "home", segments=Path("segments").absolute(), _env_file=None
    )
    ledger = open_ledger(settings)
    ends = {"bo": "unsubscribed", "dee": "active", "ana": "active", "eve": "active"}
    put_people(settings, *({"email": f"{who}@example.org", "status": end} for who, end in ends.items()))
    put(settings, "issues", ISSUE)
    base = {"issue_id": "first", "domain": "example.org", "batch_no": 1, "state": "submitted"}
    put(settings, "recipients", *(
        {**base, "recipient_id": who, "subscriber_id": who, "address_key": f"{who}@example.org"}
        for who in ("ana", "bo", "gone")
    ))  # fmt: skip
    row = Suppression(address_key="eve@example.org", reason="complained", source="t", suppressed_at=NOW)
    suppressions.add(ledger, [row])
    return settings, ledger


def test_it_adds_up_and_tells_who_is_new_same_and_gone(stores: tuple[Settings, Ledger]) -> None:
    """Candidates are recipients and exclusions; the difference is counted over people, not numbers."""
    found = view_segment(*stores, "everyone", now=NOW, sample=1).as_json()

    assert (4, 2) == (found["candidates"], found["recipients"])
    assert {"complained": 1, "unsubscribed": 1} == found["excluded"]
    last = found["last_issue"]
    assert isinstance(last, dict)
    assert ("first", 3, 1, 1, 2) == tuple(last[name] for name in ("issue_id", "recipients", "new", "same", "gone"))
    assert 1 == len(found["sample"])  # type: ignore[arg-type]


def test_addresses_and_names_are_shown_on_demand_only(stores: tuple[Settings, Ledger]) -> None:
    """A look at a segment may be seen by others."""
    hidden = json.dumps(view_segment(*stores, "everyone", now=NOW).as_json(), default=str)
    shown = json.dumps(view_segment(*stores, "everyone", now=NOW, addresses=True).as_json(), default=str)

    assert (False, True) == ("ana@example.org" in hidden, "ana@example.org" in shown)


def test_the_sample_is_the_same_at_each_look(stores: tuple[Settings, Ledger]) -> None:
    """However the pieces fall."""
    assert view_segment(*stores, "everyone", now=NOW).sample == view_segment(*stores, "everyone", now=NOW).sample


def test_all_segments_are_listed_with_their_candidates(stores: tuple[Settings, Ledger]) -> None:
    """One that takes a value says so, and is not counted."""
    rows = {row["segment"]: (row["candidates"], row["takes"], row["problem"]) for row in list_segments(stores[0])}

    assert ((4, [], None), (None, ["tag"], None)) == (rows["everyone"], rows["by_tag"])


def test_a_segment_that_cannot_run_fails_the_check(tmp_path: Path) -> None:
    """Without any lake, so that it can be asked when a file is saved."""
    (tmp_path / "good.sql").write_text("-- one row per subscriber\nselect subscriber_id from subscribers")
    (tmp_path / "bad.sql").write_text("select subscriber_id from subscribers where nothing = 1")

    rows = check_segments(Settings(home=tmp_path / "none", segments=tmp_path, _env_file=None))

    assert [("bad", False), ("good", True)] == [(row["segment"], row["ok"]) for row in rows]
    assert "nothing" in str(rows[0]["problem"])


def test_the_command_shows_lists_and_checks(stores: tuple[Settings, Ledger], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its exit status, for people and for programs."""
    monkeypatch.setenv("PRESSRUN_HOME", str(stores[0].home))
    monkeypatch.setenv("PRESSRUN_SEGMENTS", str(stores[0].segments))

    runs = [CliRunner().invoke(app, ["segment", *words]) for words in ([], ["everyone"], ["--check"])]

    assert [0, 0, 0] == [run.exit_code for run in runs], [run.exception for run in runs]
    assert 2 == json.loads(CliRunner().invoke(app, ["segment", "everyone", "--json"]).stdout)["recipients"]
