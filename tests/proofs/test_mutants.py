"""Each real bug of another sender, put back as one patch, is caught by a test that names the promise it breaks."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.proofs.figures import Figures

_CRASH = "tests/delivery/test_crash_and_recover.py::"
_SUBMIT = "tests/delivery/test_submit.py::"
_ATTEMPTS = "tests/ledger/test_ledger_attempts.py::"
_INGEST = "tests/engagement/test_ingest.py::"
_PAGE = "tests/receiver/test_unsubscribe.py::"
_SEEDS = "tests/proofs/test_simulation.py::test_a_sample_of_seeds"
_MACHINE = "tests/proofs/test_machine.py::test_twenty_orders_of_things"

#: Mutant → the bug it puts back, and the tests of which each must catch it.
MUTANTS: dict[str, tuple[str, Sequence[str]]] = {
    "M01": ("the cursor moves when a batch is read", [f"{_CRASH}test_killed_with_an_intent_goes_on_by_itself", _SEEDS]),
    "M02": ("the orphan of a crash counts as success", [f"{_CRASH}test_killed_in_mid_body_is_held", _SEEDS]),
    "M03": ("a timeout is posted again", [f"{_SUBMIT}test_lost_answer_is_held_and_the_run_goes_on", _SEEDS]),
    "M04": ("a 504 is posted again", ["tests/delivery/test_outcomes_on_sockets.py::test_answer_comes_to", _SEEDS]),
    "M05": (
        "planning is skipped if any batch exists",
        ["tests/proofs/test_crash_points.py::test_a_killed_preparation_is_made_anew"],
    ),
    "M06": (
        "the audience is selected again on a retry",
        [f"{_ATTEMPTS}test_frozen_audience_is_never_selected_again", _MACHINE],
    ),
    "M07": (
        "the lock ends after 30 minutes",
        ["tests/proofs/test_locks.py::test_a_lock_never_ends_because_time_has_passed"],
    ),
    "M08": (
        "success in memory, the ledger's write lost",
        [f"{_SUBMIT}test_unwritten_outcome_stops_the_run_and_counts_nothing"],
    ),
    "M09": ("a stale attempt is deleted", [f"{_ATTEMPTS}test_dead_sender_after_wire_is_in_doubt", _SEEDS]),
    "M10": (
        "a schedule does not expire on a restored copy",
        ["tests/operations/test_scheduling.py::test_it_is_due_in_its_time_only"],
    ),
    "M11": ("finished, because the remainder reads empty", ["tests/delivery/test_status.py::test_status_of", _SEEDS]),
    "M12a": ("events are counted by delivery of the webhook", [f"{_INGEST}test_copy_is_counted_once"]),
    "M12b": ("events are told apart by sg_event_id alone", [f"{_INGEST}test_copy_is_counted_once"]),
    "M12c": (
        "events are told apart by address, event and second alone",
        [f"{_INGEST}test_two_clicks_in_one_second_stay_two"],
    ),
    "M13": ("the receiver answers before fsync", [f"{_PAGE}test_answer_comes_after_the_line_is_durable"]),
    "M14": (
        "unsubscribes are looked at in planning alone",
        [f"{_SUBMIT}test_unsubscribed_while_connecting_is_not_mailed", _SEEDS],
    ),
    "M15": ("GET unsubscribes", [f"{_PAGE}test_looking_a_thousand_times_changes_nothing"]),
    "M16": (
        "the body is written anew before it is verified",
        ["tests/receiver/test_webhook.py::test_signed_body_is_kept_byte_for_byte"],
    ),
    "M17": (
        "a thousand people are dropped for one bad address",
        [f"{_SUBMIT}test_named_addresses_are_refused_alone", _SEEDS],
    ),
}

#: `copy_of("M03")` gives a copy of the project with that bug in it; without a name, without one.
MakeCopy = Callable[[str], Path]


@pytest.fixture
def copy_of(tmp_path: Path, root: Path) -> Iterator[MakeCopy]:
    """Give a maker of copies of the code and its tests."""

    def make(mutant: str = "") -> Path:
        for name in ("pressrun", "tests", "issues", "segments", "templates", "flows"):
            shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(root / "pyproject.toml", tmp_path)
        if mutant:
            patch = root / "tests" / "proofs" / "mutants" / f"{mutant}.patch"
            done = subprocess.run(
                ["patch", "-p1", "--fuzz=0", "-i", str(patch)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{patch.name} does not fit the code any more:\n{done.stdout}{done.stderr}"
        return tmp_path

    yield make
    shutil.rmtree(tmp_path)


def outcome(folder: Path, *tests: str) -> tuple[int, str]:
    """Run some tests of a copy, and give pytest's exit status and what it said."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "", *tests]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PREFECT_"))}
    clean["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutant_is_caught(copy_of: MakeCopy, figures: Figures, mutant: str) -> None:
    """With the bug back in the code, each of the named tests fails."""
    bug, tests = MUTANTS[mutant]
    folder = copy_of(mutant)

    for test in tests:
        status, said = outcome(folder, test)
        assert status == pytest.ExitCode.TESTS_FAILED, f"{test} does not catch {mutant} ({bug}):\n{said[-3000:]}"
        assert re.search(r"\d+ failed", said), said[-3000:]

    names = ", ".join(test.rpartition("::")[2] for test in tests)
    figures(f"mutant {mutant}", bug=bug, caught_by=names)


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_without_a_mutant_all_pass(copy_of: MakeCopy) -> None:
    """The tests that catch the mutants pass on the code as it is."""
    tests = sorted({test for _, named in MUTANTS.values() for test in named})

    status, said = outcome(copy_of(""), *tests)

    assert status == pytest.ExitCode.OK, said[-3000:]


def test_every_mutant_fits_the_code(root: Path) -> None:
    """No patch has gone stale, and each row of the table has one."""
    patches = sorted((root / "tests" / "proofs" / "mutants").glob("*.patch"))
    assert sorted(MUTANTS) == [patch.stem for patch in patches]
    for patch in patches:
        done = subprocess.run(
            ["patch", "-p1", "--fuzz=0", "--dry-run", "-i", str(patch)],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{patch.name} does not fit the code any more:\n{done.stdout}{done.stderr}"
