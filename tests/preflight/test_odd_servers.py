"""Servers that keep to no standard, or answer HEAD as nothing else, are judged by what a reader would find there."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from certificates import certificate
from web_of_links import LOOPBACK, Names

from pressrun.checks.fetching import Answer, Fetcher, Limits
from pressrun.checks.public_addresses import is_public

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_SET = b"HTTP/1.1 302 Found\r\nSet-Cookie: seen=1; Path=/\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"
_FOREVER = b"a" * 10_000


def _moved(status: int, target: str) -> bytes:
    return f"HTTP/1.1 {status} X\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()


#: Path → what is answered, with HEAD and GET if they differ, and what that is.
ANSWERS: dict[str, tuple[bytes | tuple[bytes, bytes], str]] = {
    "relative": (_moved(302, "../fine"), "there"),
    "other-host": (_moved(301, "//other.example:PORT/fine"), "there"),
    "see-other": (_moved(303, "/fine"), "there"),
    "permanent": (_moved(308, "/fine"), "there"),
    "not-ascii": (_moved(302, "/fine/größe"), "there"),
    "blank": (_moved(302, "/fine/a b"), "there"),
    "nowhere": (_moved(302, ""), "dead"),
    "script": (_moved(302, "javascript:alert(1)"), "dead"),
    "inside": (_moved(302, "http://10.0.0.7/"), "private"),
    "metadata": (_moved(302, "http://169.254.169.254/latest"), "private"),
    "no-address": (_moved(302, "http://[::1"), "unreachable"),
    "several": (b"HTTP/1.1 300 X\r\nContent-Length: 0\r\n\r\n", "there"),
    "refresh": (b'HTTP/1.1 200 X\r\n\r\n<meta http-equiv="refresh" content="0;url=/gone">', "there"),
    "bomb": (b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: 9999999999\r\n\r\n\x1f\x8b\0", "there"),
    "chunks": (b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\nnonsense", "there"),
    "old": (b"HTTP/1.0 200 OK\r\n\r\nhello", "there"),
    "older": (b"hello", "unreachable"),
    "lines": (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "there"),
    "hint": (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + _OK, "there"),
    "slow-down": (b"HTTP/1.1 429 X\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n", "unsure"),
    "not-for-you": (b"HTTP/1.1 451 X\r\nContent-Length: 0\r\n\r\n", "unsure"),
    "later": (b"HTTP/1.1 503 X\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n", "unreachable"),
    "hangs-up": (b"", "unreachable"),
    "two-lengths": (b"HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "unreachable"),
    "head-403": ((b"HTTP/1.1 403 X\r\n\r\n", _OK), "there"),
    "head-418": ((b"HTTP/1.1 418 X\r\n\r\n", _OK), "there"),
    "head-hangs-up": ((b"", _OK), "there"),
    "head-noise": ((b"noise\r\n\r\n", _OK), "there"),
    "head-elsewhere": ((_moved(302, "/gone"), _OK), "there"),
    "gone": (b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n", "dead"),
    "cookie": (_SET % b"/cookie", "there"),
    "no-cookie-helps": (_SET % b"/no-cookie-helps", "loop"),
    "endless-body": (b"HTTP/1.1 200 X\r\n\r\n" + _FOREVER, "there"),
    "endless-head": (b"HTTP/1.1 200 X\r\nX: " + _FOREVER, "unreachable"),
}


class _Odd:
    """A server of bytes on loopback."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.heard: list[bytes] = []
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def limits(self, **changed: object) -> Limits:
        return Limits(
            ports=frozenset({self.port, 80, 443}),
            allowed=lambda address: address == LOOPBACK or is_public(address),
            seconds=2.0,
            **changed,  # type: ignore[arg-type]
        )

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            heard = connection.recv(65_536)
            self.heard.append(heard)
            answer = self._said(heard).replace(b"PORT", str(self.port).encode())
            connection.sendall(answer)
            while answer.endswith(_FOREVER):
                connection.sendall(_FOREVER)
        except OSError:
            pass  # whoever asked has hung up, as is wanted
        finally:
            connection.close()

    def _said(self, heard: bytes) -> bytes:
        method, path = heard.split(b" ")[:2]
        name = path.decode("latin-1").split("/")[1]
        if name == "cookie" and b"seen=1" in heard:
            return _OK
        said = ANSWERS.get(name, (_OK, "there"))[0]
        return said if isinstance(said, bytes) else said[method == b"GET"]


@pytest.fixture
def odd() -> Iterator[_Odd]:
    """Give a server to ask."""
    server = _Odd()
    yield server
    server.close()


def _ask(urls: list[str], limits: Limits) -> list[Answer]:
    async def ask() -> list[Answer]:
        async with Fetcher(limits, Names()) as fetcher:
            return await asyncio.gather(*(fetcher.ask(url) for url in urls))

    return asyncio.run(ask())


def test_whatever_a_server_answers_is_classified(odd: _Odd) -> None:
    """None of them ends in a traceback, holds a check up, or is downloaded."""
    answers = _ask([f"http://site.example:{odd.port}/{name}/x" for name in ANSWERS], odd.limits())

    assert {name: state for name, (_, state) in ANSWERS.items()} == {
        name: answer.state for name, answer in zip(ANSWERS, answers, strict=True)
    }


def test_a_cookie_goes_back_to_its_host_alone(odd: _Odd) -> None:
    """Two sites at one address do not hear of each other, nor does the next address of the same site."""
    _ask([f"http://site.example:{odd.port}/cookie/x"], odd.limits())
    first = len(odd.heard)
    asked = [f"http://{host}.example:{odd.port}/fine" for host in ("other", "site")]
    _ask([f"http://site.example:{odd.port}/cookie/x", *asked], odd.limits(at_once=1))

    assert any(b"cookie: seen=1" in one.lower() for one in odd.heard[:first])
    assert not [one for one in odd.heard[first:] if b"/fine" in one and b"cookie" in one.lower()]


@pytest.mark.parametrize(
    ("host", "age", "state"),
    [("secure.example", 0, "there"), ("other.example", 0, "tls"), ("secure.example", 30, "tls")],
    ids=["good", "of another host", "expired"],
)
def test_a_certificate_must_be_of_the_host_and_of_today(host: str, age: int, state: str, tmp_path: Path) -> None:
    """An authority that is trusted signed all of them."""
    path = certificate(tmp_path, "secure.example", datetime.now(UTC) - timedelta(days=age))
    served, trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=path)
    served.load_cert_chain(path)
    server = _Odd(served)
    answer = _ask([f"https://{host}:{server.port}/fine"], server.limits(certificates=trusted))[0]
    server.close()

    assert state == answer.state, answer.said
