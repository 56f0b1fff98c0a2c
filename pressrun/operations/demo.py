"""Show all of Pressrun on made-up people, with the sandbox in SendGrid's place.

Starts Prefect's server, the sandbox and the receiver on loopback, runs the flows against them, and leaves
them running so that one can look at their pages. The stores are the demo's own, never the owner's.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pressrun.errors import InputError, PressrunError
from pressrun.operations import processes
from pressrun.operations.processes import Process
from pressrun.settings import Settings

Say = Callable[[str], None]
ISSUE = "welcome"
_KEY = "SG.sandbox"
_HOURS = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    """The demo's services, by their addresses."""

    prefect: str
    sandbox: str
    receiver: str
    environment: Mapping[str, str]


def run(settings: Settings, root: Path, say: Say) -> dict[str, Any]:
    """Run the demo.

    Args:
        settings: Its `home` is where the demo's stores are.
        root: The project's folder.
        say: Told what is being done, a line at a time.

    Returns:
        What each step said, and what the sandbox has in its accept log.

    Raises:
        InputError: This is not the project's folder.
    """
    if not (root / "flows" / "send_issue.py").exists():
        raise InputError(f"The demo runs in the project's folder, and {root} is not it.")
    services = start_services(settings, root, say)
    imported = _step(say, "import 10,000 made-up subscribers", lambda: _import(root, services))
    checked = _step(say, f"check issues/{ISSUE}.md", lambda: _command(root, services, "check", f"issues/{ISSUE}.md"))
    before = _get(f"{services.sandbox}/sandbox/api/summary")["mails"].get(ISSUE, 0)
    sent = _step(say, "send it, batch by batch", lambda: _flow(root, services, "send_issue.py", f"issues/{ISSUE}.md"))
    played = _step(say, f"let its readers live {_HOURS} hours", lambda: _play(services))
    ingested = _step(say, "ingest what they did", lambda: _ingest(root, services))
    status = _command(root, services, "status", ISSUE)
    accepted = _get(f"{services.sandbox}/sandbox/api/summary")
    return {
        "import": imported,
        "check": checked,
        "played": played,
        "ingest": ingested,
        "status": status,
        "accepted": accepted,
        "note": _note(before, sent),
        "pages": {"prefect": services.prefect, "sandbox": f"{services.sandbox}/sandbox/"},
    }


def _note(before: int, sent: dict[str, Any]) -> str:
    """Say why a second demo mails nobody."""
    if not before:
        return ""
    return (
        f"{before:,} mails had been accepted before this run, so nothing was submitted now: the audience of "
        f"{sent['issue_id']} is frozen, all its batches are over, and nobody is mailed a second time. "
        "`make clean` lets the demo begin anew."
    )


def start_services(settings: Settings, root: Path, say: Say) -> Services:
    """Start Prefect's server, the sandbox and the receiver, or find those that run already."""
    home = settings.private_home().absolute()
    ledger = home / "services.json"
    known = processes.remembered(ledger)
    if len(known) == 3 and all(processes.answers(process.health) for process in known):
        say("Prefect's server, sandbox and receiver are running already.")
        return _services(home, root, known)
    processes.stop(known, lambda line: None)
    return _start_all(home, root, ledger, say)


def stop_services(settings: Settings, say: Say) -> None:
    """Stop what the demo left running."""
    path = settings.home / "services.json"
    processes.stop(processes.remembered(path), say)
    path.unlink(missing_ok=True)


def _start_all(home: Path, root: Path, ledger: Path, say: Say) -> Services:
    logs = home / "logs"
    logs.mkdir(exist_ok=True)
    ports = {
        name: processes.free_port(port) for name, port in (("prefect", 4200), ("sandbox", 8025), ("receiver", 8000))
    }
    environment = _environment(home, root, ports)
    began = time.monotonic()
    prefect = _start_prefect(ports["prefect"], environment, logs)
    sandbox = _start_sandbox(ports, environment, logs)
    started = [prefect, sandbox]
    processes.remember(ledger, started)
    processes.wait_until_ready(sandbox, seconds=30, log=logs / "sandbox.log")
    receiver = _start_receiver(ports, {**environment, **_webhook_key(ports)}, logs)
    started.append(receiver)
    processes.remember(ledger, started)
    for process in (receiver, prefect):
        processes.wait_until_ready(process, seconds=60, log=logs / f"{process.name}.log")
    say(f"Prefect's server, sandbox and receiver are up ({time.monotonic() - began:.1f} s).")
    return _services(home, root, started)


def _start_prefect(port: int, environment: Mapping[str, str], logs: Path) -> Process:
    return processes.start(
        "prefect",
        ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
        port=port,
        health=f"http://127.0.0.1:{port}/api/health",
        environment=environment,
        log=logs / "prefect.log",
    )


def _start_sandbox(ports: Mapping[str, int], environment: Mapping[str, str], logs: Path) -> Process:
    webhook = f"http://127.0.0.1:{ports['receiver']}/webhooks/sendgrid"
    return processes.start(
        "sandbox",
        ["-m", "pressrun.cli", "sandbox", "--port", str(ports["sandbox"]), "--webhook", webhook],
        port=ports["sandbox"],
        health=f"http://127.0.0.1:{ports['sandbox']}/sandbox/webhook-key",
        environment=environment,
        log=logs / "sandbox.log",
    )


def _start_receiver(ports: Mapping[str, int], environment: Mapping[str, str], logs: Path) -> Process:
    return processes.start(
        "receiver",
        ["-m", "pressrun.cli", "receiver", "--port", str(ports["receiver"])],
        port=ports["receiver"],
        health=f"http://127.0.0.1:{ports['receiver']}/healthz",
        environment=environment,
        log=logs / "receiver.log",
    )


def _environment(home: Path, root: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """Set everything the demo's processes read, so that no setting of the owner's reaches them."""
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("PRESSRUN_", "SENDGRID_", "PREFECT_"))}
    return {
        **inherited,
        "PRESSRUN_HOME": str(home),
        "PRESSRUN_PUBLIC_URL": f"http://127.0.0.1:{ports['receiver']}",
        "PRESSRUN_SECRET_KEY": _demo_key(home),
        "SENDGRID_API_KEY": _KEY,
        "SENDGRID_API_HOST": f"http://127.0.0.1:{ports['sandbox']}",
        "PREFECT_API_URL": f"http://127.0.0.1:{ports['prefect']}/api",
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def _demo_key(home: Path) -> str:
    """Use one key for all of the demo's processes, whatever the owner has set."""
    return Settings(home=home, _env_file=None).signing_key.decode()  # type: ignore[call-arg]


def _webhook_key(ports: Mapping[str, int]) -> dict[str, str]:
    key = _get(f"http://127.0.0.1:{ports['sandbox']}/sandbox/webhook-key")["public_key"]
    return {"SENDGRID_WEBHOOK_PUBLIC_KEY": key}


def _services(home: Path, root: Path, running: list[Process]) -> Services:
    ports = {process.name: process.port for process in running}
    return Services(
        prefect=f"http://127.0.0.1:{ports['prefect']}",
        sandbox=f"http://127.0.0.1:{ports['sandbox']}",
        receiver=f"http://127.0.0.1:{ports['receiver']}",
        environment={**_environment(home, root, ports), **_webhook_key(ports)},
    )


def _step(say: Say, what: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    began = time.monotonic()
    result = work()
    say(f"✓ {what} [dim]({time.monotonic() - began:.1f} s)[/]")
    return result


def _import(root: Path, services: Services) -> dict[str, Any]:
    return _flow(root, services, "import_subscribers.py", "data/sample/subscribers.csv")


def _ingest(root: Path, services: Services) -> dict[str, Any]:
    return _flow(root, services, "ingest_events.py")


def _flow(root: Path, services: Services, name: str, *arguments: str) -> dict[str, Any]:
    """Run one flow as its own process and read the JSON it ends with."""
    return _run(root, services, [str(root / "flows" / name), *arguments, "--json"])


def _command(root: Path, services: Services, *arguments: str) -> dict[str, Any]:
    return _run(root, services, ["-m", "pressrun.cli", *arguments, "--json"])


def _run(root: Path, services: Services, arguments: list[str]) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - our own commands with fixed arguments
        [sys.executable, *arguments],
        cwd=root,
        env=dict(services.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 5):
        raise PressrunError(
            f"{' '.join(arguments)} ended with {done.returncode}. What was done so far is stored; mend the cause "
            f"and run the demo again.\n{done.stderr.strip()[-2000:]}"
        )
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def _play(services: Services) -> dict[str, Any]:
    body = json.dumps({"hours": _HOURS, "seed": 7}).encode()
    request = urllib.request.Request(  # noqa: S310 - an address on loopback that we started
        f"{services.sandbox}/sandbox/play", data=body, headers={"content-type": "application/json"}
    )
    return _open(request)


def _get(address: str) -> dict[str, Any]:
    return _open(urllib.request.Request(address))  # noqa: S310 - an address on loopback that we started


def _open(request: urllib.request.Request) -> dict[str, Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=300) as response:
        record: dict[str, Any] = json.load(response)
        return record
