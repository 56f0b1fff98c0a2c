"""Each entry point of prefect.yaml loads as a flow and runs; the cron schedules really make runs."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
#: What Prefect's own parts warn of while they run; none of it is ours.
pytestmark = pytest.mark.filterwarnings("ignore")


def _deployments(root: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((root / "prefect.yaml").read_text())["deployments"]
    return found


@pytest.fixture(scope="module")
def prefect_db() -> Iterator[None]:
    """Give a Prefect of its own to the flows, without the heartbeat that costs a second for each run."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@pytest.fixture
def empty_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give stores with nothing in them."""
    (tmp_path / "issues").mkdir()
    monkeypatch.setenv("PRESSRUN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PRESSRUN_ISSUES", str(tmp_path / "issues"))
    return tmp_path / "home"


def test_each_entry_point_loads_and_runs_on_nothing(
    root: Path, empty_stores: Path, prefect_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an empty inbox, no issue that is due and nothing landed, each flow ends well and says nothing came."""
    from prefect.flows import load_flow_from_entrypoint  # two seconds that other workers of a run are spared

    monkeypatch.chdir(root)
    ended = {one["name"]: load_flow_from_entrypoint(one["entrypoint"])() for one in _deployments(root)}

    assert (None, []) == (ended["inbox"], ended["due"])
    assert 0 == ended["events"]["read"]


def test_a_flow_runs_by_itself_from_any_folder(root: Path, tmp_path: Path) -> None:
    """As the README calls it: the file is the program, and finds what lies beside it."""
    command = [sys.executable, str(root / "flows" / "send_issue.py"), "--help"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert "Send one issue through Prefect" in said.stdout


@pytest.mark.prove
def test_the_schedules_make_runs(root: Path, tmp_path: Path) -> None:
    """Deployed on a server as `make serve` does it, every deployment gets scheduled runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PRESSRUN_ROOT": str(root),
    }
    server = _prefect(environment, root, "server", "start", "--host", "127.0.0.1", "--port", str(port))
    try:
        _until(lambda: _ask(f"http://127.0.0.1:{port}/api/health", None) is True)
        pool = ("work-pool", "create", "local-process", "--type", "process")
        for arguments in (pool, ("--no-prompt", "deploy", "--all")):
            assert 0 == _prefect(environment, root, *arguments).wait(120)
        _until(lambda: {"inbox", "due", "events"} == _scheduled(port))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _scheduled(port: int) -> set[str]:
    """Give the names of deployments that have a run in the state Scheduled."""
    wanted = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}, "limit": 200}
    runs = _ask(f"http://127.0.0.1:{port}/api/flow_runs/filter", wanted)
    names = {one["id"]: one["name"] for one in _ask(f"http://127.0.0.1:{port}/api/deployments/filter", {})}
    return {names[run["deployment_id"]] for run in runs if run["deployment_id"] in names}


def _prefect(environment: dict[str, str], root: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "prefect", *arguments],
        env=environment,
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _ask(url: str, body: object) -> Any:
    data = None if body is None else orjson.dumps(body)
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with _DIRECT.open(request, timeout=20) as answer:
        return orjson.loads(answer.read())


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with suppress(OSError):
            if condition():
                return
        time.sleep(0.3)
    raise AssertionError("it did not happen in time")
