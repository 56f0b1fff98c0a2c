"""F7 and F8: Prefect shows and schedules, and decides nothing; it may be wrong about a run, or gone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from delivery_world import ISSUE, MakeWorld, World

from pressrun.errors import HeldElsewhereError
from tests.faults.fault_world import Sandbox, eventually, judge, post_to
from tests.faults.matrix import row
from tests.proofs.figures import Figures

ROOT = Path(__file__).resolve().parents[2]
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Prefect:
    """A Prefect server of its own, which a test may kill."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = str(probe.getsockname()[1])
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{self._port}/api",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
            "DO_NOT_TRACK": "1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, if it is not up, and wait until it answers."""
        if self._process is None:
            server = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", self._port]
            self._process = _begin(server, self.environment)
            try:
                eventually(lambda: self.ask("/health") is True, seconds=90)
            except BaseException:
                self.kill()
                raise

    def kill(self) -> None:
        """Kill it and all that it started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def ask(self, path: str, body: object = None) -> Any:
        """Ask its API."""
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.environment['PREFECT_API_URL']}{path}"
        with _DIRECT.open(urllib.request.Request(url, data, {"content-type": "application/json"}), timeout=20) as got:
            return json.loads(got.read())

    def mark_crashed(self) -> int:
        """Say of every run that it has crashed, and give how many there were."""
        running = {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}}
        runs = self.ask("/flow_runs/filter", running)
        for run in runs:
            state = {"state": {"type": "CRASHED", "name": "Crashed"}, "force": True}
            self.ask(f"/flow_runs/{run['id']}/set_state", state)
        return len(runs)


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    """Give a server."""
    server = Prefect(tmp_path_factory.mktemp("server"))
    yield server
    server.kill()


@contextmanager
def _flow(
    world: World, sandbox: Sandbox, prefect: Prefect, *, patient: bool = True
) -> Iterator[subprocess.Popen[bytes]]:
    """Send the issue by its flow, and give the process once something was accepted."""
    sandbox.faults({"fault": "slow", "seconds": 0.4})
    before = len(sandbox.accepted())
    with _begun(world, sandbox, prefect, patient=patient) as process:
        eventually(lambda: len(sandbox.accepted()) > before or process.poll() is not None, seconds=90)
        assert process.poll() is None, "the flow ended before anything was accepted"
        yield process


@contextmanager
def _begun(
    world: World, sandbox: Sandbox, prefect: Prefect, *, patient: bool = True
) -> Iterator[subprocess.Popen[bytes]]:
    """Begin the flow in a process of its own, and let nothing of it outlive the test."""
    environment = {
        **prefect.environment,
        **({} if patient else {"PREFECT_CLIENT_MAX_RETRIES": "0"}),
        "PRESSRUN_HOME": str(world.settings.home),
        "PRESSRUN_CONCURRENCY": "1",
        "SENDGRID_API_KEY": "SG.test",
        "SENDGRID_API_HOST": sandbox.url,
    }
    process = _begin([sys.executable, "-m", "flows.send_issue", ISSUE, "--json"], environment)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _begin(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.prove
@pytest.mark.fault("F8")
@row("F7", sample=1, full=10)
def test_prefect_is_wrong_and_then_gone(
    world_of: MakeWorld, sandbox: Sandbox, prefect: Prefect, figures: Figures, runs: int
) -> None:
    """Prefect calls a living run crashed, then its server dies: no second sender starts, and nothing is lost."""
    went_on, slowest = 0, 0.0
    for at in range(runs):
        prefect.start()
        world, before = world_of(*[2] * 12), len(sandbox.accepted())
        # with the patience that we leave Prefect's client it takes half a minute; the proof waits for that once
        with _flow(world, sandbox, prefect, patient=at > 0 and at == runs - 1) as process:
            assert 1 == prefect.mark_crashed()
            with pytest.raises(HeldElsewhereError, match=f"issue {ISSUE}, process {process.pid}"):
                world.send()
            prefect.kill()
            began = time.monotonic()
            went_on += process.wait(300) == 0
            slowest = max(slowest, time.monotonic() - began)
        _resume(world, sandbox, before)
    assert went_on == runs, "a send depends on Prefect's server"
    figures("F8 Prefect's server gone", runs=runs, went_on=went_on, slowest_seconds=round(slowest), lost=0)


@pytest.mark.prove
@row("F7", sample=2, full=20)
def test_a_run_called_crashed_goes_on(
    world_of: MakeWorld, sandbox: Sandbox, prefect: Prefect, figures: Figures, runs: int
) -> None:
    """Prefect calls a living run crashed, and starts another: the other is refused, and the first one finishes."""
    prefect.start()
    for _ in range(runs):
        world, before = world_of(*[2] * 12), len(sandbox.accepted())
        with _flow(world, sandbox, prefect) as first:
            assert 1 == prefect.mark_crashed()
            with _begun(world, sandbox, prefect) as second:
                assert 0 != second.wait(120)
            assert 0 == first.wait(120)
        status = judge(world, sandbox.accepted()[before:])
        assert ("finished", 24, 0) == (status.status, status.submitted, status.in_doubt)
        _resume(world, sandbox, before)
    figures("F7 called crashed", runs=runs, went_on=runs, second_senders=0)


def _resume(world: World, sandbox: Sandbox, before: int) -> None:
    """Judge what a run left, and send the rest as a person would."""
    assert 0 == judge(world, sandbox.accepted()[before:]).in_doubt
    sandbox.faults()
    post_to(world, sandbox).send()
    assert "finished" == judge(world, sandbox.accepted()[before:]).status
    world.ledger.close()
