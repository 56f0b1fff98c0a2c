"""What waits in quarantine can be looked at, written as one file and forgotten; each row is counted once."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from import_world import NOW, World
from typer.testing import CliRunner

from pressrun.audiences.quarantine_waiting import Chosen, waiting_reasons, waiting_rows, write_waiting
from pressrun.cli import app
from pressrun.errors import InputError
from pressrun.ledger import decisions
from pressrun.operations.quarantining import drop

GOOD = "".join(f"{name}@example.org,{name},active\n" for name in ("ana", "eva", "fay"))
BAD = f"email,name,status\nsecret@,Ben,active\nsecret@private.example,Cy,vip\n{GOOD}"

GOOD_TABLE = f"email,name,status\n{GOOD}"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give stores with two imports that kept rows apart; tests only read them."""
    world = World.make(tmp_path_factory.mktemp("filled"))
    world.take(BAD)
    world.take_files(world.file(BAD.replace("secret", "other"), "second.csv"), now=NOW + timedelta(days=1))
    yield world
    world.close()


def test_reasons_are_counted_with_their_files(filled: World) -> None:
    """Each reason says how many rows wait, in which files, and since when."""
    found = {one.reason: one for one in waiting_reasons(filled.settings)}

    assert {"status_unknown": 2, "address_domain_invalid": 2} == {reason: one.rows for reason, one in found.items()}
    assert ("members0.csv", "second.csv") == found["status_unknown"].files
    assert NOW == found["status_unknown"].oldest_at


def test_rows_are_shown_without_addresses(filled: World) -> None:
    """A list is masked, and limited, and says how many there are."""
    count, rows = waiting_rows(filled.settings, Chosen(reason="status_unknown"), 1)

    assert (2, 1, "s…@p….example", "status: “vip”") == (count, len(rows), rows[0].address, rows[0].detail)


def test_one_file_holds_the_chosen_rows_of_all_imports(filled: World, tmp_path: Path) -> None:
    """It can be imported again, with ids and sources."""
    assert 2 == write_waiting(filled.settings, Chosen(reason="status_unknown"), tmp_path / "mend.csv")

    lines = (tmp_path / "mend.csv").read_text().splitlines()
    assert "file,row,reason,detail,email,name,status,pressrun_source,pressrun_row" == lines[0]
    assert 3 == len(lines)
    assert 0o600 == (tmp_path / "mend.csv").stat().st_mode & 0o777


@pytest.mark.parametrize("chosen", [Chosen(reason="nonsense"), Chosen(import_id="20200101T000000-abcdef")])
def test_what_cannot_be_there_is_refused(filled: World, chosen: Chosen) -> None:
    """A mistyped reason or id is told, and not answered with nothing."""
    with pytest.raises(InputError, match=r"No reason is called|There was no import"):
        waiting_rows(filled.settings, chosen, 5)


def test_a_folder_is_no_file_to_write(filled: World, tmp_path: Path) -> None:
    """It is refused in words, and nothing with whole addresses is left there."""
    with pytest.raises(InputError, match="is a folder"):
        write_waiting(filled.settings, Chosen(), tmp_path)

    assert [] == list(tmp_path.parent.glob("*.draft"))


def test_dropped_rows_are_forgotten_everywhere(world: World) -> None:
    """They leave the quarantine, the lake's cells and the file; who and why stays, and the import's sum."""
    first = world.take(BAD)

    dropped = drop(world.settings, world.ledger, Chosen(reason="status_unknown"), who="me", why="not worth it", now=NOW)

    assert 1 == dropped
    assert [("{}", None, "dropped", "me")] == world.ask(
        "select cells::varchar, address_key, closed_as, closed_by from quarantined_rows where closed_as is not null"
    )
    assert "private" not in first.quarantine.read_text()
    assert "secret@," in first.quarantine.read_text()
    assert [("drop", "me", "not worth it")] == [
        (one.decision, one.decided_by, one.reason) for one in decisions.about(world.ledger, "quarantine status_unknown")
    ]
    assert [(2,)] == world.ask("select count_quarantined from imports")


def test_the_file_of_a_trial_goes_when_it_is_dropped(world: World) -> None:
    """No lake knows of it, and whole addresses are in it; who dropped it is kept."""
    trial = world.take(BAD, dry_run=True)
    chosen = Chosen(import_id=trial.import_id)

    assert 2 == drop(world.settings, world.ledger, chosen, who="me", why="tried", now=NOW)

    assert not trial.quarantine.exists()
    assert ["drop"] == [one.decision for one in decisions.about(world.ledger, f"quarantine {trial.import_id}")]
    with pytest.raises(InputError, match="no import"):
        drop(world.settings, world.ledger, chosen, who="me", why="again", now=NOW)


def test_old_files_go_and_what_waits_stays(world: World) -> None:
    """An import removes the files of those a month back; their rows are in the lake and can be written anew."""
    old, trial = world.take(BAD), world.take(BAD, dry_run=True)
    young = world.take(GOOD_TABLE, now=NOW + timedelta(days=29))
    assert old.quarantine.exists()
    assert trial.quarantine.exists()

    world.take(GOOD_TABLE, now=NOW + timedelta(days=31))

    assert (False, False, True) == tuple(one.quarantine.exists() for one in (old, trial, young))
    assert 2 == write_waiting(world.settings, Chosen(import_id=old.import_id), world.folder / "anew.csv")


def test_nothing_is_dropped_without_saying_what(world: World) -> None:
    """Forgetting everything is never what an empty choice means."""
    with pytest.raises(InputError, match="Say which rows"):
        drop(world.settings, world.ledger, Chosen(), who="me", why="", now=NOW)


def test_the_command_counts_and_writes(filled: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pressrun quarantine` answers people and programs."""
    monkeypatch.setenv("PRESSRUN_HOME", str(filled.settings.home))
    run = CliRunner().invoke

    assert "4 rows wait" in run(app, ["quarantine"]).stdout
    assert "secret" not in run(app, ["quarantine", "--reason", "status_unknown"]).stdout
    assert isinstance(run(app, ["quarantine", "--drop", "--limit", "3"]).exception, InputError)
    capture = run(app, ["quarantine", "--out", str(tmp_path / "x.csv")])
    assert (0, True) == (capture.exit_code, (tmp_path / "x.csv").exists())


def test_the_command_answers_in_json(
    filled: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One object, with the sums by reason."""
    monkeypatch.setenv("PRESSRUN_HOME", str(filled.settings.home))
    app(["quarantine", "--json"], standalone_mode=False)

    found = json.loads(capsys.readouterr().out)
    assert found["waiting"] == sum(one["rows"] for one in found["reasons"])
