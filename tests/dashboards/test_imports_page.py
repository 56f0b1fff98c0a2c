"""The page *Imports* shows each import with its sums, how clean tables were, and what waits, without addresses."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from filled_lake import EVIL, _insert
from streamlit.testing.v1 import AppTest

from dashboards.privacy import as_text
from pressrun.settings import Settings
from pressrun.warehouse import open_lake

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CHARTS = 7


def _import(number: int, **more: object) -> dict[str, object]:
    return {
        "import_id": f"i{number}",
        "files": json.dumps([{"file": f"people{number}.csv"}]),
        "source": "own",
        "count_read": 100,
        "count_inserted": 60,
        "count_updated": 10,
        "count_unchanged": 15,
        "count_duplicate": 5,
        "count_quarantined": 10,
        "count_still_suppressed": 0,
        "imported_at": START + timedelta(days=number),
        "outcome": "imported",
        "accepted_because": None,
        "undone_at": None,
        "counts_by_reason": '{"date_invalid": 7, "status_unknown": 3}',
        "counts_by_flag": '{"role_account": 2}',
        "counts_by_status": '{"active": 80, "bounced": 5}',
        **more,
    }


def _row(number: int, **more: object) -> dict[str, object]:
    return {
        "quarantine_id": f"i1:{number}",
        "import_id": "i1",
        "source": "own",
        "file": "people1.csv",
        "line": number + 1,
        "reason": "status_unknown",
        "detail": "status: “vip”",
        "address_key": f"secret{number}@private.example",
        "row_hash": str(number),
        "cells": "{}",
        "closed_as": None,
        "quarantined_at": START,
        **more,
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give stores with three imports and what they kept apart; tests only read them."""
    folder = tmp_path_factory.mktemp("stores") / "home"
    undone = _import(3, outcome="undone", undone_at=START + timedelta(days=9), accepted_because=EVIL)
    rows = [
        _row(1),
        _row(2, reason="date_invalid", detail="joined: “secret2@private.example”"),
        _row(3, file=EVIL, reason="address_invalid", detail=EVIL, address_key=None),
        _row(4, closed_as="taken"),
    ]
    with open_lake(Settings(home=folder, _env_file=None)) as lake:
        _insert(lake, "imports", pa.Table.from_pylist([_import(1), _import(2, count_quarantined=9), undone]))
        _insert(lake, "quarantined_rows", pa.Table.from_pylist(rows))
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
