"""The sandbox as a process: what it writes down, how it breaks, what it plays, what it shows."""

import base64
import http.client
import json
import os
import signal
import socket
import time
import urllib.error
from collections import Counter
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sandbox_process import Running, Webhook, request_of


def test_an_accepted_request_is_on_disk_before_its_answer(running: Running) -> None:
    """202 without a body, an X-Message-Id, and the line is there."""
    answer = running.post()

    line = running.accepted()[-1]
    assert (202, b"") == (answer.status, answer.body)
    assert answer.headers["x-message-id"] == line["x_message_id"]
    assert "x-ratelimit-limit" not in answer.headers
    assert ["r0", "r1", "r2"] == [one["recipient"] for one in line["recipients"]]


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer None", "Basic x"])
def test_a_missing_key_gets_sendgrids_401(running: Running, key: str) -> None:
    """`Bearer None` is what the package posts without a key."""
    answer = running.post(key=key)

    assert 401 == answer.status
    assert "authorization grant is invalid" in answer.body.decode()


@pytest.mark.parametrize(
    ("fault", "status", "was_accepted"),
    [
        ({"fault": "status", "status": 503}, 503, False),
        ({"fault": "status", "status": 504, "accepted": True}, 504, True),
        ({"fault": "rate_limit", "seconds": 3}, 429, False),
        ({"fault": "credits"}, 401, False),
        ({"fault": "forbidden"}, 403, False),
        ({"fault": "bad_address", "addresses": ["p1@x.example"]}, 400, False),
        ({"fault": "no_message_id"}, 202, True),
    ],
    ids=lambda value: str(value.get("fault")) if isinstance(value, dict) else None,
)
def test_faults_of_the_answer(running: Running, fault: dict[str, Any], status: int, was_accepted: bool) -> None:
    """Each answer comes as scripted, and the log says whether it was accepted."""
    before = len(running.accepted())
    running.faults({"every": 1, **fault})

    answer = running.post()

    assert status == answer.status
    assert was_accepted == (len(running.accepted()) > before)
    if status == 429:
        assert 0 <= int(answer.headers["x-ratelimit-reset"]) - time.time() <= 4
    if status == 400:
        assert "personalizations.1.to.0.email" == json.loads(answer.body)["errors"][0]["field"]


@pytest.mark.parametrize(
    ("fault", "error", "was_accepted"),
    [
        ("refuse_connection", http.client.RemoteDisconnected, False),
        ("reset_before_body", ConnectionResetError, False),
        ("drop", http.client.RemoteDisconnected, False),
        ("accept_close", http.client.RemoteDisconnected, True),
        ("accept_reset", ConnectionResetError, True),
    ],
)
def test_faults_of_the_connection(running: Running, fault: str, error: type[Exception], was_accepted: bool) -> None:
    """The connection breaks for real, and the log says whether the request had been accepted."""
    before = len(running.accepted())
    running.faults({"every": 1, "fault": fault})

    with pytest.raises((error, ConnectionResetError, BrokenPipeError)):
        running.post()

    assert was_accepted == (len(running.accepted()) > before)


def test_half_a_status_line_and_half_a_body(running: Running) -> None:
    """What is cut short is cut on the wire."""
    running.faults({"every": 1, "fault": "accept_half_status"})
    assert b"HTTP/1.1 202 Acc" == _raw(running)
    running.faults({"every": 1, "fault": "accept_body_cut"})
    cut = _raw(running)
    assert b"202 Accepted" in cut
    assert cut.endswith(b"\r\n\r\nhalf")


def test_a_share_of_faults_is_drawn_from_the_seed(running: Running) -> None:
    """The same request numbers are hit each time."""
    from pressrun.sandbox.faults import Faults

    drawn = [
        [n for n in range(1, 200) if Faults([{"share": 0.2, "fault": "drop"}], seed).of_answer(n)] for seed in (1, 1, 2)
    ]

    assert drawn[0] == drawn[1] != drawn[2]
    assert 20 < len(drawn[0]) < 60


def test_a_fault_that_does_not_exist_is_told(running: Running) -> None:
    """A typing error in a script must not pass for a fault-free run."""
    with pytest.raises(urllib.error.HTTPError):
        running.get("/sandbox/faults", "PUT", [{"fault": "explode"}])


def test_numbers_go_on_and_half_a_line_is_dropped_after_a_kill(running: Running) -> None:
    """A kill in mid-write leaves half a line, which nobody was ever answered for."""
    running.post()
    last = running.accepted()[-1]["n"]
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait()
    with (running.folder / "accepted.ndjson").open("ab") as log:
        log.write(b'{"n": 99, "half')

    running.start()
    running.post()

    assert last + 1 == running.accepted()[-1]["n"]


def test_play_is_signed_and_its_truth_is_what_arrived(running: Running) -> None:
    """Every post verifies with the given key, and the unique events add up to what the answer says."""
    running.post(people=200, issue="played")

    told = running.get("/sandbox/play", "POST", {"hours": 24, "seed": 5, "issue": "played"})

    key = load_der_public_key(base64.b64decode(running.get("/sandbox/webhook-key")["public_key"]))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    for body, signature, stamp in Webhook.posts:
        key.verify(base64.b64decode(signature), stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    events = [event for body, _, _ in Webhook.posts for event in json.loads(body)]
    people = Counter((e["event"], e["pr_recipient"]) for e in events if "pr_recipient" in e)
    assert told["events"] == len(events)
    assert told["unique_by_issue"]["played"]["delivered"] == sum(kind == "delivered" for kind, _ in people)
    assert all(body.startswith(b"[") and body.endswith(b"]\r\n") for body, _, _ in Webhook.posts)


def test_what_was_played_is_not_played_again(running: Running) -> None:
    """A second play finds nothing to do."""
    running.get("/sandbox/play", "POST", {"hours": 1})
    Webhook.posts.clear()

    again = running.get("/sandbox/play", "POST", {"hours": 1})

    assert (0, 0) == (again["requests"], again["events"])
    assert [] == Webhook.posts


def test_pages_show_mails_and_nothing_from_outside(running: Running) -> None:
    """A hostile name is text, and no page asks anybody else."""
    running.post()
    number = running.accepted()[-1]["n"]
    pages = [running.get(path) for path in ("/sandbox/", f"/sandbox/requests/{number}", f"/sandbox/mails/{number}/1")]

    assert all("src='http" not in page and 'src="http' not in page for page in pages)
    assert "Hello &lt;P1&gt;" in pages[2]
    assert "p1@x.example" in running.get("/sandbox/search?email=p1@x.example")
    assert "Hi <P1>" in running.get(f"/sandbox/mails/{number}/1.html")


def _raw(running: Running) -> bytes:
    """Post by hand and give everything that comes back."""
    body = json.dumps(request_of(1, "raw")).encode()
    head = f"POST /v3/mail/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as wire:
        wire.sendall(head.encode() + body)
        read = b""
        while piece := wire.recv(4096):
            read += piece
    return read
