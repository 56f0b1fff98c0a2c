"""The real thing on loopback: sandbox, receiver and senders as processes, and the accept log as the only judge."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from delivery_world import World

from pressrun.settings import Settings

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_SENDER = """
import sys
from pathlib import Path
from pressrun.delivery import sender, submit_all
from pressrun.errors import PressrunError
from pressrun.ledger import open_ledger
from pressrun.settings import Settings

settings = Settings(
    home=Path(sys.argv[1]), sendgrid_api_host=sys.argv[2], sendgrid_api_key="SG.test", _env_file=None
)
ledger = open_ledger(settings)
try:
    with sender(settings, ledger, "hello") as epoch:
        submit_all(settings, ledger, "hello", epoch)
except PressrunError as error:
    sys.stderr.write(f"{type(error).__name__}: {error}")
    sys.exit(error.exit_status)
"""
_RECEIVER = """
import sys
from pathlib import Path
from pressrun.receiver import service
from pressrun.settings import Settings

service.serve(
    Settings(home=Path(sys.argv[1]), sendgrid_webhook_public_key=sys.argv[3], _env_file=None), int(sys.argv[2])
)
"""


@dataclass(kw_only=True)
class Stack:
    """A running sandbox, and whatever was started against it."""

    folder: Path
    settings: Settings
    webhook_port: int
    port: int = 0
    _started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Give the sandbox's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a Python process that ends with the stack at the latest."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )
        self._started.append(process)
        return process

    def start_sandbox(self) -> None:
        """Start the sandbox on a free port and wait until it answers."""
        webhook = f"http://127.0.0.1:{self.webhook_port}/webhooks/sendgrid"
        data = str(self.folder)
        self.start("-m", "pressrun.sandbox", "--port", "0", "--data", data, "--webhook", webhook)
        _until(lambda: (self.folder / "port").exists() and (self.folder / "port").read_text())
        self.port = int((self.folder / "port").read_text())
        _until(lambda: self.ask("/sandbox/webhook-key"))

    def start_receiver(self) -> None:
        """Start the receiver that the sandbox posts its events to."""
        key = self.ask("/sandbox/webhook-key")["public_key"]
        self.start("-c", _RECEIVER, str(self.settings.home), str(self.webhook_port), key)
        _until(lambda: _ask(f"http://127.0.0.1:{self.webhook_port}/healthz"))

    def start_sender(self) -> subprocess.Popen[str]:
        """Start a sender of the issue, as a process of its own."""
        return self.start("-c", _SENDER, str(self.settings.home), self.url)

    def ask(self, path: str, method: str = "GET", body: object = None) -> Any:
        """Ask the sandbox."""
        return _ask(f"{self.url}{path}", method, body)

    def accepted(self) -> list[Mapping[str, Any]]:
        """Give the accepted requests, from the sandbox's own log."""
        path = self.folder / "accepted.ndjson"
        return [orjson.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []

    def end(self) -> None:
        """End what is left."""
        for process in self._started:
            process.kill()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()


@contextmanager
def stack_around(world: World, folder: Path) -> Iterator[Stack]:
    """Run a sandbox beside a world's stores."""
    stack = Stack(folder=folder, settings=world.settings, webhook_port=_free_port())
    try:
        stack.start_sandbox()
        yield stack
    finally:
        stack.end()


def kill_after(process: subprocess.Popen[str], stack: Stack, *, requests: int, seconds: float) -> None:
    """Kill a sender once some more requests were accepted, and a moment later."""
    log, wanted = stack.folder / "accepted.ndjson", len(stack.accepted()) + requests
    while process.poll() is None and log.read_bytes().count(b"\n") < wanted:
        time.sleep(0.002)
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


def assert_by_accept_log(world: World, stack: Stack) -> None:
    """Judge by the sandbox's log alone: nobody twice, nobody forgotten, nobody else."""
    got = Counter(one["recipient"] for request in stack.accepted() for one in request["recipients"])
    states = world.states()
    not_mailed = {p for p, state in states.items() if state in ("withdrawn", "refused", "in_doubt", "abandoned")}

    assert [person for person, times in got.items() if times > 1] == [], "duplicated"
    assert set() == set(states) - set(got) - not_mailed, "missed"
    assert set() == set(got) - set(states), "unexpected"
    assert set() == {p for p, state in states.items() if state == "submitted"} - set(got), "false claim"
    assert world.status().balances


def _ask(url: str, method: str = "GET", body: object = None) -> Any:
    data = None if body is None else orjson.dumps(body)
    kind = {"content-type": "application/json"}
    request = urllib.request.Request(url, data, kind, method=method)
    with _DIRECT.open(request, timeout=120) as answer:
        content = answer.read()
    return orjson.loads(content) if content[:1] in (b"{", b"[") else content or b"ok"


def _until(condition: Any, *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError):
            if condition():
                return
        time.sleep(0.05)
    raise AssertionError("it did not come up in time")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
