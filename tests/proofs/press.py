"""One installation beside a running sandbox, driven through forked commands that can be killed anywhere.

The sandbox's log and the 2xx of the receiver are kept apart from everything Pressrun writes: they are the truth.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pressrun.landing import Beat, Landing, encode_beat
from pressrun.ledger import open_ledger, recipients, settling
from pressrun.sandbox.signing import Signer
from pressrun.settings import Settings
from tests.endtoend.town import until
from tests.proofs.checker import Accepted, Claims, Truth
from tests.proofs.made_events import events_of

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ISSUE = "proof"
_WRITTEN = """---
subject: "Hello {{ subscriber.first_name or 'reader' }}"
from: The Press <hello@newsletter.example>
segment: everyone
---

# A proof

Hello {{ subscriber.first_name or 'reader' }}, this is [a link](https://press.example/link).
"""


class Press:
    """An installation that can be put back to its beginning; one at a time uses it."""

    def __init__(self, folder: Path, root: Path, *, people: int, **settings: str) -> None:
        self.people = people
        self.folder = folder
        self.home = folder / "home"
        self._root = root
        self._started: list[subprocess.Popen[str]] = []
        self._first_line = 0
        (folder / "issues").mkdir(parents=True)
        (folder / "issues" / f"{ISSUE}.md").write_text(_WRITTEN)
        self.environment = {
            "PRESSRUN_HOME": str(self.home),
            "PRESSRUN_ISSUES": str(folder / "issues"),
            "PRESSRUN_SEGMENTS": str(root / "segments"),
            "PRESSRUN_TEMPLATES": str(root / "templates"),
            "PRESSRUN_PUBLIC_URL": "http://receiver.example",
            "SENDGRID_API_KEY": "SG.proof",
            "NO_COLOR": "1",
            **settings,
        }

    def open(self) -> "Press":
        """Start the sandbox and the forking parent, and import the people once."""
        data = self.folder / "sandbox"
        self._start("-m", "pressrun.sandbox", "--port", "0", "--data", str(data), "--keep-bodies", "1")
        self._runner = self._start("-m", "tests.proofs.crashing")
        until(lambda: (data / "port").exists() and (data / "port").read_text())
        self._sandbox = f"http://127.0.0.1:{(data / 'port').read_text()}"
        until(lambda: self.ask("/sandbox/webhook-key"))
        self._signer = Signer(data)
        self.environment["SENDGRID_API_HOST"] = self._sandbox
        self.environment["SENDGRID_WEBHOOK_PUBLIC_KEY"] = self._signer.public_key
        table = self.folder / "people.csv"
        table.write_text("email,name\n" + "".join(f"p{at}@town{at % 3}.example,Person {at}\n" for at in self.numbers))
        assert self.run("import", str(table)) == 0, self.errors()
        shutil.copytree(self.home, self.folder / "template")
        return self

    def close(self) -> None:
        """End what was started."""
        for process in self._started:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    @property
    def numbers(self) -> range:
        """Number the people."""
        return range(self.people)

    @property
    def audience(self) -> frozenset[str]:
        """Give the addresses of all people."""
        return frozenset(f"p{at}@town{at % 3}.example" for at in self.numbers)

    def begin_again(self, faults: Sequence[Mapping[str, Any]] = ()) -> None:
        """Put the stores back to where the people were imported, and look only at what comes from now on."""
        self.await_quiet()
        shutil.rmtree(self.home)
        shutil.copytree(self.folder / "template", self.home)
        self.ask("/sandbox/faults", "PUT", list(faults))
        self._first_line = len(self._log())
        self._noted().unlink(missing_ok=True)
        (self.folder / "output.err").unlink(missing_ok=True)

    def run(self, *arguments: str, **more: Any) -> int:
        """Run one command; `kill=[name, n]` kills it at the n-th reaching of a point, `ahead` sets its clock."""
        return self._order({"arguments": list(arguments), **more})

    def race(self, count: int, *arguments: str) -> list[int]:
        """Start a command so many times at once, and give all exit statuses."""
        return self._answer({"arguments": list(arguments), "race": count})

    def json(self, *arguments: str) -> dict[str, Any]:
        """Run one command that must go well, and read the JSON it prints."""
        assert self.run(*arguments, "--json") == 0, self.errors()
        record: dict[str, Any] = json.loads((self.folder / "output").read_text())
        return record

    def land(self, events: Sequence[Sequence[Mapping[str, Any]]], **more: Any) -> int:
        """Post each list of events to the receiver until one is not answered with 2xx; see `acknowledged_posts`."""
        posts = [(b64encode(body).decode(), body) for body in map(_encoded, events)]
        open_posts = [
            (name, "/webhooks/sendgrid", self._signer.headers(body, int(time.time())), b64encode(body).decode())
            for name, body in posts
            if name not in self.acknowledged_posts()
        ]
        return self._order({"land": open_posts, "noted": str(self._noted()), **more}) if open_posts else 0

    def beats(self, seconds: int) -> None:
        """Let the receiver have been there without a gap for so long from now on."""
        landing, now = Landing(self.home / "landing"), datetime.now(UTC)
        for at in range(0, seconds + 60, 60):
            landing.append("receiver", encode_beat(Beat(at=now + timedelta(seconds=at), what="alive")), at=now)

    def acknowledged_posts(self) -> frozenset[str]:
        """Give the names of the posts that the receiver answered with 2xx."""
        return frozenset(self._noted().read_text().split()) if self._noted().exists() else frozenset()

    def is_acknowledged(self, events: Sequence[Mapping[str, Any]]) -> bool:
        """Tell whether one list of events was answered with 2xx."""
        return b64encode(_encoded(events)).decode() in self.acknowledged_posts()

    def accepted(self) -> list[Mapping[str, Any]]:
        """Give what the sandbox accepted since the beginning, from its own log."""
        self.await_quiet()
        return [json.loads(line) for line in self._log()[self._first_line :]]

    def events(self) -> list[list[dict[str, Any]]]:
        """Make the events of all that was accepted: one post for each request, two events for each person."""
        return [events_of(line) for line in self.accepted()]

    def truth(self, *, acknowledged: Mapping[str, float], bad: Sequence[str] = (), proven: bool) -> Truth:
        """Give what happened, by the sandbox's log and our acknowledgements.

        Args:
            acknowledged: Person → when our 2xx to their unsubscribe had returned.
            bad: Addresses that the sandbox refuses.
            proven: Whether the events of all that was accepted were acknowledged and ingested.
        """
        log = [
            Accepted(
                attempt=line["attempt"],
                started_at=datetime.fromisoformat(line["received_at"]).timestamp(),
                people=tuple(one["email"] for one in line["recipients"]),
            )
            for line in self.accepted()
        ]
        return Truth(
            audience=self.audience,
            accepted=log,
            acknowledged=acknowledged,
            bad=frozenset(bad),
            proven=dict.fromkeys((request.attempt for request in log), self.now()) if proven else {},
            delivered=frozenset(person for request in log for person in request.people) if proven else None,
        )

    def claims(self) -> Claims:
        """Give what Pressrun shows: the status as printed, and each recipient's state."""
        shown = self.json("status", ISSUE)
        ledger = open_ledger(Settings(home=self.home, _env_file=None))
        try:
            states = {one.address_key: one.state for piece in recipients.states(ledger, ISSUE) for one in piece}
            undecided = len(settling.in_doubt(ledger))
        finally:
            ledger.close()
        left_out, excluded = self.audience - set(states), sum(shown["excluded"].values())
        if len(left_out) == excluded:
            states.update(dict.fromkeys(left_out, "excluded"))
        return Claims(
            status=shown["status"],
            states=states,
            counts={name: value for name, value in shown.items() if isinstance(value, int)},
            candidates=shown["candidates"],
            recipients=shown["recipients"],
            excluded=excluded,
            delivered=shown["engagement"]["delivered"],
            undecided=undecided,
        )

    def points(self, path: Path) -> Counter[str]:
        """Read a record of reached points."""
        return Counter(path.read_text().split()) if path.exists() else Counter()

    def errors(self) -> str:
        """Give what commands said on standard error."""
        path = self.folder / "output.err"
        return path.read_text() if path.exists() else ""

    def ask(self, path: str, method: str = "GET", body: object = None) -> Any:
        """Ask the sandbox."""
        data = None if body is None else json.dumps(body).encode()
        kind = {"content-type": "application/json"}
        with _DIRECT.open(urllib.request.Request(f"{self._sandbox}{path}", data, kind, method=method)) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def now(self) -> float:
        """Give the time by the clock of the sandbox, which is this machine's."""
        return time.time()

    def await_quiet(self) -> None:
        """Wait until the sandbox has made up its mind about everything that reached it."""
        time.sleep(0.01)
        fates = self.folder / "sandbox" / "requests.ndjson"
        until(lambda: self.ask("/sandbox/api/summary")["requests"] <= fates.read_bytes().count(b"\n"))

    def _order(self, order: dict[str, Any]) -> int:
        status: int = self._answer(order)
        return status

    def _answer(self, order: dict[str, Any]) -> Any:
        full = {
            "folder": str(self._root),
            "environment": {**self.environment, **order.pop("settings", {})},
            "output": str(self.folder / "output"),
            **order,
        }
        assert self._runner.stdin is not None
        assert self._runner.stdout is not None
        self._runner.stdin.write(json.dumps(full) + "\n")
        self._runner.stdin.flush()
        return json.loads(self._runner.stdout.readline())["status"]

    def _log(self) -> list[bytes]:
        return (self.folder / "sandbox" / "accepted.ndjson").read_bytes().splitlines()

    def _noted(self) -> Path:
        return self.folder / "noted"

    def _start(self, *arguments: str) -> subprocess.Popen[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "COV_"))}
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=self._root,
            env=clean,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._started.append(process)
        return process


def _encoded(events: Sequence[Mapping[str, Any]]) -> bytes:
    return json.dumps(events).encode()
