"""F10 and F11: stores that are not where or what they were: copied, restored, late, or of another version."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from delivery_world import MakeWorld, World
from structlog.testing import capture_logs

from pressrun.errors import RefusedError, StoppedError
from pressrun.ledger import identity, open_ledger
from pressrun.ledger.store import HEAD, make_engine
from pressrun.operations.due import due_issues
from tests.faults.fault_world import judge, requests_of
from tests.faults.matrix import row
from tests.proofs.figures import Figures

MIGRATIONS = Path(identity.__file__).with_name("migrations")


def _revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return sorted(script.revision for script in ScriptDirectory.from_config(config).walk_revisions())


def _half_sent(world_of: MakeWorld) -> World:
    """Give an issue of three batches of which one was accepted and the others are planned."""
    world = world_of(2, 2, 2)
    world.provider._script = {2: "401"}.get
    with pytest.raises(StoppedError):
        world.send()
    world.provider._script = {}.get
    return world


def _copied(world: World, folder: Path, patched: pytest.MonkeyPatch) -> World:
    """Carry the folder to another machine."""
    shutil.copytree(world.settings.home, folder / "copy")
    patched.setattr(identity, "_machine", lambda: "another machine")
    return _at(world, folder / "copy")


def _moved(world: World, folder: Path, patched: pytest.MonkeyPatch) -> World:
    """Copy the folder on the same machine."""
    shutil.copytree(world.settings.home, folder / "copy")
    return _at(world, folder / "copy")


def _restored(world: World, folder: Path, patched: pytest.MonkeyPatch) -> World:
    """Take a snapshot, go on sending, and put the snapshot back in the same place."""
    world.ledger.close()
    shutil.copytree(world.settings.home, folder / "snapshot")
    shutil.rmtree(world.settings.home)
    shutil.copytree(folder / "snapshot", world.settings.home)
    return _at(world, world.settings.home)


def _at(world: World, home: Path) -> World:
    world.ledger.close()
    world.settings = world.settings.model_copy(update={"home": home})
    world.ledger = open_ledger(world.settings)
    return world


@pytest.mark.parametrize("how", [_copied, _moved, _restored], ids=["another machine", "same machine", "restored"])
@row("F10", sample=1, full=20)
def test_a_copy_is_held_until_a_person_says_yes(
    world_of: MakeWorld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    figures: Figures,
    how: Callable[[World, Path, pytest.MonkeyPatch], World],
    runs: int,
) -> None:
    """A copy elsewhere, on the same host, or a snapshot put back: no POST before `arm`, and all of it after."""
    for at in range(runs):
        (folder := tmp_path / f"held-{at}").mkdir()
        world = how(_half_sent(world_of), folder, monkeypatch)
        posts = world.provider.count_posts
        for _ in range(3):
            with pytest.raises(RefusedError, match="was moved or restored"):
                world.send()
        assert posts == world.provider.count_posts
        judge(world, requests_of(world))

        identity.arm(world.ledger, world.settings, world.clock())

        assert "finished" == world.send().status
        judge(world, requests_of(world))
        monkeypatch.undo()
    figures(f"F10 {how.__name__[1:]}", runs=runs, posts_before_the_yes=0)


@pytest.mark.parametrize(("late", "is_due"), [(0.9, True), (1.1, False), (5.0, False), (24.0, False)])
@pytest.mark.fault("F10")
def test_a_late_schedule_is_held_and_told(world_of: MakeWorld, tmp_path: Path, late: float, is_due: bool) -> None:
    """An issue whose time is over for longer than an hour is not sent by itself, and the log says which and why."""
    world, folder = world_of(), tmp_path / "issues"
    folder.mkdir()
    settings = world.settings.model_copy(update={"issues": folder})
    due_at = world.now - timedelta(hours=late)
    (folder / "morning.md").write_text(f"---\nsubject: Morning\npublish_at: {due_at}\n---\nText.\n")
    with capture_logs() as logs:
        found = due_issues(settings, world.ledger, world.now)

    assert is_due == bool(found)
    assert is_due == (not [entry for entry in logs if "late" in str(entry)])


def _as_of(revision: str, world: World) -> None:
    """Make the ledger one of an older version with the same rows, as far as that version knew them."""
    world.ledger.close()
    path, present = world.settings.home / "ledger.sqlite", world.settings.home / "present.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    db.close()
    path.rename(present)
    engine, config = make_engine(f"sqlite:///{path}"), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    _copy_rows(present, path)
    present.unlink()


def _copy_rows(source: Path, target: Path) -> None:
    db = sqlite3.connect(target)
    db.execute("attach ? as present", (str(source),))
    tables = [name for (name,) in db.execute("select name from main.sqlite_master where type = 'table'")]
    for table in tables:
        if table == "alembic_version" or table.startswith("sqlite_"):
            continue
        columns = ", ".join(row[1] for row in db.execute(f"pragma main.table_info({table})"))
        db.execute(f"insert into main.{table} ({columns}) select {columns} from present.{table}")  # noqa: S608
    db.commit()
    db.close()


@pytest.mark.parametrize("revision", [one for one in _revisions() if one != HEAD])
@row("F11", sample=1, full=5)
def test_an_older_ledger_in_mid_issue_is_migrated_or_refused(
    world_of: MakeWorld, figures: Figures, revision: str, runs: int
) -> None:
    """Upgraded in mid-issue: the ledger is migrated and the issue goes on, or it is refused and nothing is changed."""
    outcome = ""
    for _ in range(runs):
        world = _half_sent(world_of)
        _as_of(revision, world)
        posts = world.provider.count_posts
        try:
            world.ledger = open_ledger(world.settings)
        except StoppedError as refused:
            assert "Nothing was changed" in str(refused)  # noqa: PT017  # either way out is a right one
            assert revision == _revision_of(world)
            assert posts == world.provider.count_posts
            outcome = "refused"
            continue
        identity.arm(world.ledger, world.settings, world.clock())
        assert "finished" == world.send().status
        judge(world, requests_of(world))
        outcome = "migrated"
    figures(f"F11 upgrade from {revision} in mid-issue", runs=runs, outcome=outcome)


@pytest.mark.parametrize("revision", [one for one in _revisions() if one != HEAD])
@row("F11", sample=1, full=5)
def test_an_older_ledger_between_issues_is_migrated(
    world_of: MakeWorld, figures: Figures, revision: str, runs: int
) -> None:
    """Upgraded between issues: nothing of what was promised is changed, and nobody is mailed again."""
    for _ in range(runs):
        world = world_of(2, 2)
        world.send()
        _as_of(revision, world)
        world.ledger = open_ledger(world.settings)
        identity.arm(world.ledger, world.settings, world.clock())
        world.send()
        assert "finished" == judge(world, requests_of(world)).status
        assert (HEAD, 2) == (_revision_of(world), world.provider.count_posts)
    figures(f"F11 upgrade from {revision} between issues", runs=runs, posted_again=0)


@row("F11", sample=1, full=5)
def test_a_newer_ledger_is_refused(world_of: MakeWorld, figures: Figures, runs: int) -> None:
    """Downgraded in mid-issue: the older Pressrun refuses the ledger, changes nothing, and the newer one goes on."""
    for _ in range(runs):
        world = _half_sent(world_of)
        world.ledger.close()
        _set_revision(world, "9999")
        before = (world.settings.home / "ledger.sqlite").read_bytes()
        with pytest.raises(StoppedError, match="Nothing was changed; install the newer version again"):
            open_ledger(world.settings)
        assert before == (world.settings.home / "ledger.sqlite").read_bytes()
        _set_revision(world, HEAD)
        world.ledger = open_ledger(world.settings)
        assert "finished" == world.send().status
        judge(world, requests_of(world))
    figures("F11 downgrade in mid-issue", runs=runs, changed=0)


def _revision_of(world: World) -> str:
    db = sqlite3.connect(world.settings.home / "ledger.sqlite")
    (found,) = db.execute("select version_num from alembic_version").fetchone()
    db.close()
    return str(found)


def _set_revision(world: World, revision: str) -> None:
    db = sqlite3.connect(world.settings.home / "ledger.sqlite")
    db.execute("update alembic_version set version_num = ?", (revision,))
    db.commit()
    db.execute("pragma wal_checkpoint(truncate)")
    db.close()
