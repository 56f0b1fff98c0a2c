"""A command loads what it needs and no more, for everybody waits for that."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sendable import make_home

_SCRIPT = """
import json, sys
from pressrun import cli
sys.argv = ["pressrun", *sys.argv[1:]]
try:
    cli.main()
finally:
    print(json.dumps([name for name in sys.modules if "." not in name]), file=sys.stderr)
"""


def _loaded(folder: Path, *arguments: str) -> set[str]:
    environment = {**os.environ, "PRESSRUN_HOME": str(folder / "home"), "PRESSRUN_ISSUES": str(folder / "issues")}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def test_help_waits_for_no_store(tmp_path: Path) -> None:
    """What there is to do is told without any of the large packages."""
    assert set() == _loaded(tmp_path, "--help") & {"duckdb", "great_expectations", "pandas", "pyarrow", "sqlalchemy"}


@pytest.mark.parametrize("command", [("send", "hello", "--dry-run"), ("ingest",)], ids=lambda one: one[0])
def test_a_command_that_has_no_use_for_pandas_does_not_load_it(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Nor does it miss it, with values bound to questions and tables lent to the lake."""
    _, ledger = make_home(tmp_path, ["ann@reader.example"])
    ledger.close()

    loaded = _loaded(tmp_path, *command)

    assert "pyarrow" in loaded
    assert set() == loaded & {"great_expectations", "pandas"}
