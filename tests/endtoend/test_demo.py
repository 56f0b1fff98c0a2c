"""The demo, as a new user runs it, twice."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from town import sums_hold


@pytest.mark.timeout(400)
def test_the_demo_adds_up(tmp_path: Path, root: Path, clean_environment: dict[str, str]) -> None:
    """Every sum holds and equals the sandbox's log."""
    with _town(tmp_path, root, clean_environment) as environment:
        _holds(_demo(root, environment))


@pytest.mark.prove
@pytest.mark.timeout(400)
def test_a_second_demo_mails_nobody(tmp_path: Path, root: Path, clean_environment: dict[str, str]) -> None:
    """Done again it submits nothing, says why, and finds nothing new to take in."""
    with _town(tmp_path, root, clean_environment) as environment:
        first = _demo(root, environment)
        second = _demo(root, environment)

    _holds(first)
    assert first["accepted"]["mails"] == second["accepted"]["mails"]
    assert "nobody is mailed a second time" in second["note"]
    assert 0 == second["ingest"]["read"]


@contextmanager
def _town(tmp_path: Path, root: Path, clean_environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Give the settings of a demo of its own, and stop what it left running."""
    environment = {**clean_environment, "PRESSRUN_HOME": str(tmp_path / "demo")}
    try:
        yield environment
    finally:
        _run(root, environment, "demo", "--stop")


def _holds(demo: dict[str, Any]) -> None:
    status, accepted, ingested = demo["status"], demo["accepted"], demo["ingest"]
    assert sums_hold(status)
    assert "finished" == status["status"]
    assert status["submitted"] == accepted["unique_recipients"]["welcome"] == accepted["mails"]["welcome"] > 8000
    assert ingested["read"] == demo["played"]["events"]
    assert ingested["new"] == demo["played"]["unique_events"]
    assert status["engagement"]["opened_human"] == demo["played"]["unique_by_issue"]["welcome"]["open_person"]


def _demo(root: Path, environment: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(_run(root, environment, "demo", "--json").stdout)
    return record


def _run(root: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [sys.executable, "-m", "pressrun.cli", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended
