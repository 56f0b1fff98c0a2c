"""Each documented export is taken as it was downloaded: who may be mailed, since when, with which tags."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from import_world import NOW, World

from pressrun.audiences.normalising import NormalTable, normalise
from pressrun.audiences.profiles import all_profiles
from pressrun.audiences.recognising import recognise
from pressrun.audiences.tables import read_table
from pressrun.errors import InputError

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/import_formats.yml").read_text("utf-8"))
KEYS = {"source", "file", "text", "encoding", "asked", "suspected", "people", "skipped", "left_out", "notes"}


def name_of(case: dict[str, Any]) -> str:
    """Name a case."""
    return f"{case['source']} {case['file']}"


def write(folder: Path, case: dict[str, Any]) -> Path:
    """Write a case's file as its service would."""
    path = folder / case["file"]
    path.write_bytes(case["text"].encode(case.get("encoding", "utf-8")))
    return path


def taken(path: Path, case: dict[str, Any]) -> NormalTable:
    """Read a case's file."""
    return normalise(recognise(read_table(path), **case.get("asked", {})), NOW)


def told_of(row: dict[str, Any], what: str) -> Any:
    """Give one thing a row says, in the words of the cases."""
    value = row[what]
    if what in ("tags", "attributes"):
        return json.loads(value)
    return None if pd.isna(value) else value.isoformat() if what.endswith("_at") else value


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_each_export_means_what_its_service_means(tmp_path: Path, case: dict[str, Any]) -> None:
    """The cases are the documentation; a person's record is compared in what the case names."""
    assert set(case) <= KEYS
    table = taken(write(tmp_path, case), case)

    rows = {row["address"]: row for row in table.frame.to_dict("records")}
    found = {who: {what: told_of(rows[who], what) for what in case["people"][who]} for who in rows}
    assert case["people"] == found
    assert (case["source"], case.get("skipped", {})) == (table.recognised.profile.source, table.skipped)
    assert set(case.get("left_out", [])) <= set(table.left_out)
    assert [] == [note for note in case.get("notes", []) if note not in " ".join(table.notes)]


@pytest.mark.parametrize("case", [case for case in CASES if "suspected" in case], ids=name_of)
def test_exports_known_from_hearsay_are_asked_about(tmp_path: Path, case: dict[str, Any]) -> None:
    """Nobody is subscribed by columns that were never seen in a real file."""
    with pytest.raises(InputError, match=rf"may come from {case['suspected']}.* --source {case['source']}"):
        recognise(read_table(write(tmp_path, case)))


def test_times_of_campaign_monitor_need_a_zone(tmp_path: Path) -> None:
    """It writes them in the zone of the account, and a guess would be hours off."""
    case = next(case for case in CASES if case["source"] == "campaign-monitor")

    with pytest.raises(InputError, match="--timezone Europe/Berlin"):
        recognise(read_table(write(tmp_path, case)), "campaign-monitor")


def test_a_zone_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """A typing mistake does not become UTC."""
    with pytest.raises(InputError, match="no time zone 'Europe/Berlinn'"):
        recognise(read_table(write(tmp_path, CASES[0])), timezone="Europe/Berlinn")


def test_mailerlite_without_a_status_is_not_taken(tmp_path: Path) -> None:
    """Whoever exports chooses the columns; one that left the status out tells nothing about who left."""
    case = {"file": "groups.csv", "text": "Subscriber,Groups\na@mailerlite.example,News\n"}

    with pytest.raises(InputError, match="no column says who may be mailed"):
        taken(write(tmp_path, case), case)


def test_every_profile_has_a_case_and_is_documented(root: Path) -> None:
    """Adding a profile is not done before it is shown and told."""
    document = (root / "docs/imports.md").read_text()

    assert set() == set(all_profiles()) - {case["source"] for case in CASES}
    assert [] == [one.source for one in all_profiles().values() if f"`{one.source}`" not in document]
    assert [] == [one.title for one in all_profiles().values() if one.title not in document]


def test_all_exports_together_are_accounted_for(world: World) -> None:
    """One import of every file that needs no word from a person: the sums hold, the statuses are those of the cases."""
    cases = [case for case in CASES if "asked" not in case]
    folders = [world.folder / str(number) for number, _ in enumerate(cases)]
    for folder in folders:
        folder.mkdir()
    files = [write(folder, case) for folder, case in zip(folders, cases, strict=True)]

    summary = world.take_files(*files)

    expected = {who.casefold(): said["status"] for case in cases for who, said in case["people"].items()}
    good = {who: status for who, status in expected.items() if status != "unknown"}
    assert (len(expected), len(good), 2) == (summary.read, summary.inserted, summary.quarantined)
    assert good == world.statuses()
