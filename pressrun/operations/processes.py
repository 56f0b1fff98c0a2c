"""Start processes that outlive the command, find them again, and stop them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pressrun.errors import PressrunError


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """One process in the background."""

    name: str
    pid: int
    port: int
    #: An address that answers once the process is ready.
    health: str


def free_port(wanted: int) -> int:
    """Give the wanted port, or any free one if something else has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise PressrunError("No port is free on this machine.")


def start(
    name: str,
    arguments: Sequence[str],
    *,
    port: int,
    health: str,
    environment: Mapping[str, str],
    log: Path,
) -> Process:
    """Start a Python process in a session of its own, its output in a file."""
    with log.open("ab") as output:
        started = subprocess.Popen(  # noqa: S603 - our own commands with fixed arguments
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            start_new_session=True,
        )
    return Process(name=name, pid=started.pid, port=port, health=health)


def wait_until_ready(process: Process, *, seconds: float, log: Path) -> None:
    """Wait for a process to answer.

    Raises:
        PressrunError: It ended or did not answer in time; the message names its log.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers(process.health):
            return
        if not _lives(process.pid):
            raise PressrunError(f"{process.name} ended while it started; see {log}.")
        time.sleep(0.1)
    raise PressrunError(f"{process.name} did not answer within {seconds:.0f} s; see {log}.")


def answers(address: str) -> bool:
    """Tell whether an address on this machine answers with success."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=2) as response:
            return bool(200 <= response.status < 300)
    except (OSError, urllib.error.URLError):
        return False


def stop(processes: Sequence[Process], said: Callable[[str], None]) -> None:
    """Ask processes and their children to end; those that do not within five seconds are killed."""
    for process in processes:
        _signal(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + 5
    while any(_lives(process.pid) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in processes:
        _signal(process.pid, signal.SIGKILL)
        said(f"stopped {process.name}")


def remember(path: Path, processes: Sequence[Process]) -> None:
    """Write down which processes run."""
    path.write_text(json.dumps([asdict(process) for process in processes]))


def remembered(path: Path) -> list[Process]:
    """Give the processes that were written down."""
    if not path.exists():
        return []
    return [Process(**record) for record in json.loads(path.read_text())]


def _lives(pid: int) -> bool:
    try:
        done, _ = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return Path(f"/proc/{pid}").exists()
    return done == 0


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return
