"""A whole installation on loopback: stores, sandbox, receiver, and the commands as a user calls them."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
CANARY_KEY = "SG.canary-7b1f0c2e"


class Town:
    """One installation with its sandbox and receiver."""

    def __init__(self, folder: Path, root: Path, **settings: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._root = root
        self._started: list[subprocess.Popen[bytes]] = []
        self.receiver_url = f"http://127.0.0.1:{_free_port()}"
        self.sandbox_url = ""
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")},
            "PRESSRUN_HOME": str(self.home),
            "PRESSRUN_PUBLIC_URL": self.receiver_url,
            "SENDGRID_API_KEY": CANARY_KEY,
            "DO_NOT_TRACK": "1",
            "NO_COLOR": "1",
            **settings,
        }

    def open(self, *, receiver: bool = True) -> "Town":
        """Start the sandbox, and the receiver if it is wanted."""
        data = self.folder / "sandbox"
        self._start("-m", "pressrun.sandbox", "--port", "0", "--data", str(data), "--webhook", self.webhook)
        until(lambda: (data / "port").exists() and (data / "port").read_text())
        self.sandbox_url = f"http://127.0.0.1:{(data / 'port').read_text()}"
        until(lambda: self.ask("/sandbox/webhook-key"))
        self.environment["SENDGRID_API_HOST"] = self.sandbox_url
        self.environment["SENDGRID_WEBHOOK_PUBLIC_KEY"] = self.ask("/sandbox/webhook-key")["public_key"]
        if receiver:
            port = self.receiver_url.rpartition(":")[2]
            self._start("-m", "pressrun.cli", "receiver", "--port", port)
            until(lambda: _get(f"{self.receiver_url}/healthz"))
        return self

    @property
    def webhook(self) -> str:
        """Where the sandbox posts events."""
        return f"{self.receiver_url}/webhooks/sendgrid"

    def close(self) -> None:
        """End everything."""
        for process in self._started:
            process.kill()
            process.wait()

    def run(self, *arguments: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command as a user would."""
        done = subprocess.run(
            [sys.executable, "-m", "pressrun.cli", *arguments],
            env=self.environment,
            cwd=self._root,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if expect is not None:
            assert expect == done.returncode, done.stdout + done.stderr
        return done

    def json(self, *arguments: str, expect: int | None = 0) -> dict[str, Any]:
        """Run a command and read the JSON it prints."""
        record: dict[str, Any] = json.loads(self.run(*arguments, "--json", expect=expect).stdout)
        return record

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin a command and go on at once."""
        return self._start("-m", "pressrun.cli", *arguments)

    def ask(self, path: str, method: str = "GET", body: object = None) -> Any:
        """Ask the sandbox."""
        return _get(f"{self.sandbox_url}{path}", method, body)

    def accepted(self) -> list[Mapping[str, Any]]:
        """Give what the sandbox accepted, from its own log."""
        log = self.folder / "sandbox" / "accepted.ndjson"
        return [json.loads(line) for line in log.read_bytes().splitlines()] if log.exists() else []

    def mails(self, issue: str) -> Counter[str]:
        """Count mails by recipient of one issue, from the sandbox's own log."""
        people = (one["recipient"] for line in self.accepted() if line["issue"] == issue for one in line["recipients"])
        return Counter(people)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "processes.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=self._root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        self._started.append(process)
        return process


def subscribers_csv(path: Path, count: int, *, lines: Sequence[str] = ()) -> Path:
    """Write a table of made-up subscribers, and some lines more."""
    rows = [
        f"reader{n}@{('alpha', 'beta', 'gamma')[n % 3]}.example,Reader {n},active,{'paid' if n % 7 == 0 else 'free'}"
        for n in range(count)
    ]
    path.write_text("\n".join(["email,name,status,tier", *rows, *lines]) + "\n")
    return path


def sums_hold(status: Mapping[str, Any]) -> bool:
    """Tell whether both equations of an issue hold."""
    ends = ("submitted", "refused", "withdrawn", "in_doubt", "abandoned", "pending")
    return status["candidates"] == status["recipients"] + sum(status["excluded"].values()) and status[
        "recipients"
    ] == sum(status[end] for end in ends)


def until(condition: Any, *, seconds: float = 40.0) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def post_form(url: str) -> int:
    """Unsubscribe as a mail program does, and give the status."""
    request = urllib.request.Request(url, b"List-Unsubscribe=One-Click", method="POST")
    with _DIRECT.open(request, timeout=30) as answer:
        return int(answer.status)


def _get(url: str, method: str = "GET", body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    with _DIRECT.open(request, timeout=120) as answer:
        content = answer.read()
    return json.loads(content) if content[:1] in (b"{", b"[") else content or b"ok"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


OpenTown = Callable[..., Town]
