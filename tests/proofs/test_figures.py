"""The table of figures holds what every worker found."""

import os
import subprocess
import sys
from pathlib import Path

_PROOFS = """
import pytest


@pytest.mark.parametrize("at", range(4))
def test_something(figures, at):
    figures(f"proof {at}", runs=1000 + at, violations=0)
    assert at != 3
"""


def test_figures_of_all_workers_end_in_one_table(tmp_path: Path, root: Path) -> None:
    """Each proof's figures are printed once at the end, from any worker, and from a failed proof too."""
    (tmp_path / "test_proofs.py").write_text(_PROOFS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "xdist",
        "-n",
        "2",
        "-p",
        "tests.proofs.figures",
        str(tmp_path),
    ]

    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-c", "/dev/null"],
        cwd=root,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    table = done.stdout.partition("figures of the proofs")[2].splitlines()
    assert [f"proof {at}  runs 1,00{at}  violations 0" for at in range(4)] == [
        line for line in table if line.startswith("proof")
    ]
