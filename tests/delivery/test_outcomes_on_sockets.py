"""The outcome table of the send protocol, row by row, on real sockets."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from pydantic import SecretStr
from scripted_server import ScriptedServer, serving
from strangers import tls_server

from pressrun.delivery import sendgrid_provider
from pressrun.delivery.outcomes import Verdict, judge
from pressrun.delivery.provider import Answer
from pressrun.delivery.sendgrid_provider import RequestTooLargeError, SendGridProvider
from pressrun.errors import InputError, StoppedError

CASES = yaml.safe_load(Path(__file__).parents[1].joinpath("cases/delivery_outcomes.yml").read_text())
KEYS = {
    *("name", "read", "answer", "cut", "body", "then", "accepted"),
    *("state", "next", "status", "message_id", "reset_at", "named"),
}
CANARY = "SG.canary-0815"
REQUEST = orjson.dumps({"personalizations": [{"to": [{"email": "secret.person@example.org"}]}], "pad": "x" * 300_000})


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Listen to every logger at its loudest: neither the key nor an address may be heard."""
    caplog.set_level(logging.DEBUG)
    yield
    assert CANARY not in caplog.text
    assert "secret.person" not in caplog.text


def _provider(url: str) -> SendGridProvider:
    return SendGridProvider(SecretStr(CANARY), url, read_seconds=0.3)


def _post(url: str, before_first_byte: Callable[[], None] = lambda: None) -> Answer:
    answer = _provider(url).post(REQUEST, before_first_byte)
    assert CANARY not in repr(answer)
    return answer


def _server(case: dict[str, Any]) -> ScriptedServer:
    assert set(case) <= KEYS
    lines = "".join(f"{line}\r\n" for line in case.get("answer", []))
    end = f"\r\n{case['body']}" if "body" in case else case.get("cut", "")
    return ScriptedServer(read=case.get("read", "all"), then=case.get("then", "close"), answer=f"{lines}{end}".encode())


def _facts(verdict: Verdict) -> dict[str, object]:
    return {
        "state": verdict.outcome.state,
        "next": verdict.next,
        "status": verdict.outcome.status_code,
        "message_id": verdict.outcome.provider_message_id,
        "reset_at": verdict.reset_at,
        "named": [at for at, _ in verdict.named],
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_answer_comes_to(case: dict[str, Any]) -> None:
    """Every way a connection can end is judged as the table says, and posted once."""
    blank = {"status": None, "message_id": None, "reset_at": None, "named": []}
    expected = {**blank, **{k: v for k, v in case.items() if k in (*blank, "state", "next")}}

    with serving(_server(case)) as server:
        assert expected == _facts(judge(_post(server.url)))

    assert server.count_connections == 1
    assert not [sent for sent in server.requests if not sent.startswith(b"POST /v3/mail/send ")]


def test_no_case_claims_acceptance_of_what_was_not_taken() -> None:
    """The table itself is safe: nothing taken is called refused, nothing refused is called accepted."""
    wrong = {(True, "refused"), (False, "accepted")}

    assert [case["name"] for case in CASES if (case["accepted"], case["state"]) in wrong] == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "https://no-such-host.invalid"], ids=str)
def test_no_connection_is_a_certain_no(url: str) -> None:
    """A closed port and a name without an address leave no doubt."""
    verdict = judge(_post(url))

    assert (verdict.outcome.state, verdict.next) == ("refused", "again")


def test_tls_to_a_plain_port_is_a_certain_no() -> None:
    """A handshake that fails comes before the first byte."""
    with serving(ScriptedServer(read="head", answer=b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        answer = _post(server.url.replace("http:", "https:"))

    assert (answer.left, judge(answer).next) == (False, "again")
    assert "SSL" in answer.error


def test_tls_handshake_without_an_answer_is_a_certain_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the connection and says nothing has not had a byte of the request."""
    monkeypatch.setattr(sendgrid_provider, "CONNECT_SECONDS", 0.3)
    with serving(ScriptedServer(read="nothing", then="stall")) as server:
        assert not _post(server.url.replace("http:", "https:")).left


def test_certificate_of_a_stranger_is_a_certain_no() -> None:
    """The key is not shown to a server whose certificate nobody we trust has signed."""
    with tls_server() as url:
        answer = _post(url)

    assert not answer.left
    assert "CERTIFICATE_VERIFY_FAILED" in answer.error


def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request goes to SendGrid's host and nowhere else, whatever the environment says."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with serving(ScriptedServer(answer=b"HTTP/1.1 202 Accepted\r\n\r\n")) as server:
        assert judge(_post(server.url)).outcome.state == "accepted"


def test_first_byte_waits_for_the_last_look() -> None:
    """The last look comes after connecting and before any byte; what it raises leaves nothing behind."""

    def no() -> None:
        raise StoppedError("no")

    with serving(ScriptedServer(read="head")) as server:
        with pytest.raises(StoppedError):
            _post(server.url, no)
        assert server.requests == []


def test_head_of_the_request_is_as_sendgrid_wants_it() -> None:
    """Key, type and a fresh connection: nothing is kept alive from one batch to the next."""
    with serving(ScriptedServer(answer=b"HTTP/1.1 202 Accepted\r\n\r\n")) as server:
        _post(server.url)
        _post(server.url)
    head = server.requests[0].partition(b"\r\n\r\n")[0].decode().lower()

    assert f"authorization: bearer {CANARY}".lower() in head
    assert "content-type: application/json" in head
    assert "connection: close" in head
    assert server.count_connections == 2


def test_too_large_a_body_is_not_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the limit there is not even a connection, so the batch can be split without doubt."""
    monkeypatch.setattr(sendgrid_provider, "MAX_BYTES", 1000)
    with serving(ScriptedServer()) as server, pytest.raises(RequestTooLargeError, match="bytes"):
        _post(server.url)
    assert server.count_connections == 0


@pytest.mark.parametrize("key", [None, SecretStr(""), SecretStr("  ")])
def test_missing_key_is_an_input_error(key: SecretStr | None) -> None:
    """Without a key nothing is posted: the package would send the word None for it."""
    with pytest.raises(InputError, match="SENDGRID_API_KEY is not set"):
        SendGridProvider(key, "https://api.sendgrid.com")


@pytest.mark.parametrize("spoilt", ["SG.canary\nX: y", "SG.canary \u20ac", "SG. canary"])
def test_spoilt_key_is_refused_without_being_shown(spoilt: str) -> None:
    """The HTTP client would quote such a key in its error."""
    with pytest.raises(InputError, match="copy it again") as refused:
        SendGridProvider(SecretStr(spoilt), "https://api.sendgrid.com")
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("host", ["http://api.sendgrid.com", "api.sendgrid.com", "ftp://127.0.0.2"])
def test_key_is_not_sent_in_the_clear(host: str) -> None:
    """Only this machine may be spoken to without TLS."""
    with pytest.raises(InputError, match="must begin with https"):
        SendGridProvider(SecretStr(CANARY), host)
