"""A fault script hits the requests it names, and each fault is what it says, on a real socket."""

import http.client
import json
import socket
import time
from typing import Any

import pytest
from sandbox_process import Running, request_of

from pressrun.sandbox.faults import ANSWER_FAULTS, EVENT_FAULTS, Faults, FaultScriptError

STALL = 0.4


def _hit(*rules: dict[str, Any], upto: int = 12, seed: int = 1) -> list[int]:
    faults = Faults(rules, seed)
    return [number for number in range(1, upto + 1) if faults.of_answer(number)]


@pytest.mark.parametrize(
    ("rule", "numbers"),
    [
        ({}, [*range(1, 13)]),
        ({"request": 3}, [3]),
        ({"from": 10}, [10, 11, 12]),
        ({"to": 2}, [1, 2]),
        ({"from": 2, "to": 9, "every": 3}, [2, 5, 8]),
        ({"from": 4, "times": 2}, [4, 5]),
        ({"every": 5, "times": 2}, [1, 6]),
        ({"share": 0.0}, []),
    ],
    ids=str,
)
def test_a_rule_hits_the_requests_it_names(rule: dict[str, Any], numbers: list[int]) -> None:
    """Numbers, ranges, every n-th and at most so often, and all of them together."""
    assert numbers == _hit({"fault": "drop", **rule})


def test_the_first_rule_that_hits_wins_and_events_are_apart() -> None:
    """A fault of the events leaves the answer alone."""
    faults = Faults([{"fault": "events_lost"}, {"fault": "drop", "request": 1}, {"fault": "forbidden"}], 1)

    assert ["drop", "forbidden"] == [rule.fault for n in (1, 2) if (rule := faults.of_answer(n))]
    assert "events_lost" == getattr(faults.of_events(1), "fault", None)


@pytest.mark.parametrize("script", [[{"fault": "explode"}], [{}], [{"fault": None}]])
def test_a_script_that_cannot_be_used_leaves_the_old_one_in_force(script: list[dict[str, Any]]) -> None:
    """A typing error does not turn faults off half-way."""
    faults = Faults([{"fault": "drop"}], 1)

    with pytest.raises(FaultScriptError, match="known: "):
        faults.replace(script)

    assert faults.of_answer(1)


@pytest.mark.parametrize(
    "script",
    [
        {},
        "drop",
        7,
        [7],
        [{"fault": "drop", "every": 0}],
        [{"fault": "drop", "to": []}],
        [{"fault": "status"}],
        [{"fault": ["drop"]}],
    ],
    ids=str,
)
def test_a_script_of_another_shape_is_told_with_400(running: Running, script: Any) -> None:
    """Whoever writes a script learns at once that it is not in force."""
    answer = running.ask("PUT", "/sandbox/faults", json.dumps(script).encode())

    assert (400, True) == (answer.status, b'"error"' in answer.body)
    assert 202 == running.post().status


@pytest.mark.parametrize(("fault", "was_accepted"), [("drop_stall", False), ("accept_stall", True)])
def test_a_stall_says_nothing_until_the_connection_ends(running: Running, fault: str, was_accepted: bool) -> None:
    """A client with a shorter patience sees a timeout; one with a longer sees the end."""
    before = len(running.accepted())
    running.faults({"fault": fault, "seconds": STALL})
    begun = time.monotonic()

    with pytest.raises(http.client.RemoteDisconnected):
        running.post()

    assert time.monotonic() - begun >= STALL
    assert was_accepted == (len(running.accepted()) > before)


def test_a_reset_in_the_middle_of_the_body_accepts_nothing(running: Running) -> None:
    """Enough of the body is read to matter, and then the connection is reset."""
    before = len(running.accepted())
    running.faults({"fault": "reset_mid_body", "bytes": 100})
    head = b"POST /v3/mail/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: 100000\r\n\r\n"

    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as wire:
        wire.sendall(head + b'{"personalizations": [' + b" " * 200)
        with pytest.raises(ConnectionResetError):
            wire.recv(1)

    assert before == len(running.accepted())


def test_a_client_that_leaves_in_the_middle_of_its_body_is_not_accepted(running: Running) -> None:
    """Half a request is no request, with no fault in force."""
    before = len(running.accepted())
    head = b"POST /v3/mail/send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: 100000\r\n\r\n{"

    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as wire:
        wire.sendall(head)

    assert 202 == running.post().status
    assert before + 1 == len(running.accepted())


def test_a_slow_answer_comes_late_and_whole(running: Running) -> None:
    """It was accepted all along."""
    running.faults({"fault": "slow", "seconds": STALL})
    begun = time.monotonic()

    answer = running.post()

    assert (202, True) == (answer.status, time.monotonic() - begun >= STALL)


def test_a_repeated_message_id_is_the_one_before(running: Running) -> None:
    """Two requests with one id must not be taken for one; the log knows better."""
    first = running.post()
    running.faults({"fault": "repeat_message_id"})

    again = running.post()

    assert first.headers["x-message-id"] == again.headers["x-message-id"]
    assert 2 == len({line["x_message_id"] for line in running.accepted()[-2:]})


def test_an_unauthorized_answer_needs_no_wrong_key(running: Running) -> None:
    """A key that is revoked in mid-send."""
    running.faults({"fault": "unauthorized", "times": 1})

    assert [401, 202] == [running.post().status for _ in range(2)]


def test_a_vague_refusal_names_nobody(running: Running) -> None:
    """Some answers of SendGrid say only that it is bad."""
    running.faults({"fault": "bad_address", "addresses": ["P2@x.example"], "vague": True})

    assert [{"message": "Bad Request", "field": None, "help": None}] == json.loads(running.post().body)["errors"]


def test_a_bad_address_hits_only_requests_that_hold_it(running: Running) -> None:
    """The others are accepted."""
    running.faults({"fault": "bad_address", "addresses": ["p2@x.example"]})

    assert [202, 400] == [running.post(people).status for people in (2, 3)]


def test_a_rate_limit_without_headers_tells_no_time(running: Running) -> None:
    """A client has to find its own pause."""
    running.faults({"fault": "rate_limit", "headers": False})

    answer = running.post()

    assert (429, False) == (answer.status, any("ratelimit" in name.lower() for name in answer.headers))


@pytest.mark.parametrize("status", [301, 413, 500, 502, 504])
def test_an_answer_of_the_proxy_is_html(running: Running, status: int) -> None:
    """It does not come from SendGrid's own service and holds no JSON; a redirect leads somewhere."""
    running.faults({"fault": "status", "status": status})

    answer = running.post()

    assert (status, True) == (answer.status, answer.body.startswith(b"<html>"))
    assert (status == 301) == ("location" in answer.headers)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"\xff", 415), (b"[]", 400), (b'{"content": "x"}', 400), (b" " * 30_000_001, 413)],
    ids=["half", "latin", "list", "types", "huge"],
)
def test_what_is_no_request_gets_the_answer_of_sendgrid(running: Running, body: bytes, status: int) -> None:
    """Never a failure of the sandbox, whatever is posted."""
    assert status == running.ask("POST", "/v3/mail/send", body).status


def test_sandbox_mode_is_judged_and_not_accepted(running: Running) -> None:
    """SendGrid answers 200 and delivers nothing."""
    before = len(running.accepted())
    request = {**request_of(1, "quiet"), "mail_settings": {"sandbox_mode": {"enable": True}}}

    assert 200 == running.send(request).status
    assert before == len(running.accepted())


def test_every_fault_is_known_by_one_name() -> None:
    """A name is of the answer or of the events, never both."""
    assert not ANSWER_FAULTS & EVENT_FAULTS
