"""The demo, as a new user runs it, twice."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from town import sums_hold


@pytest.mark.timeout(400)
def test_the_demo_adds_up_and_a_second_one_mails_nobody(
    tmp_path: Path, root: Path, clean_environment: dict[str, str]
) -> None:
    """Every sum holds and equals the sandbox's log; done again it submits nothing and says why."""
    environment = {**clean_environment, "PRESSRUN_HOME": str(tmp_path / "demo")}
    try:
        first = _demo(root, environment)
        second = _demo(root, environment)
    finally:
        _run(root, environment, "demo", "--stop")

    status, accepted = first["status"], first["accepted"]
    assert sums_hold(status)
    assert "finished" == status["status"]
    assert status["submitted"] == accepted["unique_recipients"]["welcome"] == accepted["mails"]["welcome"] > 8000
    ingested = first["ingest"]
    assert ingested["read"] == first["played"]["events"]
    assert ingested["new"] == first["played"]["unique_events"]
    assert status["engagement"]["opened_human"] == first["played"]["unique_by_issue"]["welcome"]["open_person"]

    assert accepted["mails"] == second["accepted"]["mails"]
    assert "nobody is mailed a second time" in second["note"]
    assert 0 == second["ingest"]["read"]


def _demo(root: Path, environment: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(_run(root, environment, "demo", "--json").stdout)
    return record


def _run(root: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pressrun.cli", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
