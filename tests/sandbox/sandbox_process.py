"""One sandbox as a process, a webhook that keeps what it gets, and a good request."""

import http.client
import http.server
import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Webhook(http.server.BaseHTTPRequestHandler):
    """Keep every signed post."""

    posts: list[tuple[bytes, str, str]] = []  # noqa: RUF012 - emptied by the fixture
    #: Links that were unsubscribed with one click.
    unsubscribed: list[str] = []  # noqa: RUF012 - as above
    #: How many of the next posts are answered with 503.
    refusing = 0

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        names = ("X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp")
        if self.path.startswith("/u/"):
            self.unsubscribed.append(self.path)
        elif Webhook.refusing:
            Webhook.refusing -= 1
            self.send_error(503)
            return
        else:
            self.posts.append((body, *(self.headers[name] for name in names)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a POST got."""

    status: int
    headers: dict[str, str]
    body: bytes


class Running:
    """One sandbox process."""

    def __init__(self, folder: Path, webhook_port: int) -> None:
        self.folder = folder
        self.webhook = f"http://127.0.0.1:{webhook_port}/"
        self.start()

    def start(self) -> None:
        """Start it on its folder, and wait until it answers."""
        (self.folder / "port").unlink(missing_ok=True)
        arguments = ["--port", "0", "--data", str(self.folder), "--webhook", self.webhook]
        self.process = subprocess.Popen([sys.executable, "-m", "pressrun.sandbox", *arguments])
        self.port = int(_eventually(lambda: (self.folder / "port").read_text()))
        _eventually(lambda: self.get("/sandbox/api/summary"))

    def get(self, path: str, method: str = "GET", body: object = None) -> Any:
        """Ask for JSON or text."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method)
        with _DIRECT.open(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content[:1] in b"{[" else content.decode()

    def post(self, people: int = 3, issue: str = "hello", key: str = "Bearer SG.x") -> "Answer":
        """Post one good mail/send."""
        return self.send(request_of(people, issue), key)

    def send(self, request: object, key: str = "Bearer SG.x") -> "Answer":
        """Post one mail/send."""
        return self.ask("POST", "/v3/mail/send", json.dumps(request).encode(), key=key)

    def ask(self, method: str, path: str, body: bytes = b"", *, key: str = "Bearer SG.x") -> "Answer":
        """Ask for anything and give the answer as it came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"Authorization": key})
            with connection.getresponse() as got:
                return Answer(status=got.status, headers=dict(got.headers), body=got.read())
        finally:
            connection.close()

    def faults(self, *rules: dict[str, Any]) -> None:
        """Put a fault script in force."""
        assert {"ok": True} == self.get("/sandbox/faults", "PUT", list(rules))

    def accepted(self) -> list[dict[str, Any]]:
        """Read the accept log."""
        return [json.loads(line) for line in (self.folder / "accepted.ndjson").read_bytes().splitlines()]


def request_of(people: int, issue: str) -> dict[str, Any]:
    """Give a good request."""
    return {
        "personalizations": [
            {
                "to": [{"email": f"p{n}@x.example"}],
                "substitutions": {"-name-": f"<P{n}>"},
                "custom_args": {"pr_issue": issue, "pr_batch": "1", "pr_attempt": "a1", "pr_recipient": f"r{n}"},
                "headers": {"List-Unsubscribe": f"<https://news.example/u/{n}>"},
            }
            for n in range(people)
        ],
        "from": {"email": "hello@newsletter.example"},
        "subject": "Hello -name-",
        "content": [
            {"type": "text/plain", "value": "Hi -name-"},
            {"type": "text/html", "value": '<p>Hi -name- <a href="https://example.org/1">1</a></p>'},
        ],
    }


def _eventually(ask: Any) -> Any:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if found := ask():
                return found
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("the sandbox did not come up")
