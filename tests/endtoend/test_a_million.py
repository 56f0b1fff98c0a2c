"""A million events, ingested twice: exact counts, and the second time nothing changes."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.prove
@pytest.mark.timeout(1200)
def test_a_million_events_are_counted_exactly_and_once(root: Path) -> None:
    """The benchmark checks its own sums: read, new and duplicate to the event, and nothing the second time."""
    done = subprocess.run(
        [sys.executable, "benchmarks/ingest.py", "--events", "1000000"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert "1,000,000 events, 800,000 of them distinct" in done.stdout
