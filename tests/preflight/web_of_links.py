"""A small web on loopback in which links go wrong in every way, and a name service that knows it."""

import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pressrun.checks.fetching import Limits
from pressrun.checks.public_addresses import Address, is_public

LOOPBACK = ipaddress.ip_address("127.0.0.1")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up here on purpose."""


class _Pages(BaseHTTPRequestHandler):
    """What is asked for is in the path: /200/…, /404/…, /405-on-head/…, /hang/…, /loop/…, /hops-5/…"""

    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def _answer(self, method: str) -> None:
        self.server.asked.append((method, self.path, self.headers["Host"]))  # type: ignore[attr-defined]
        what, _, rest = self.path.strip("/").partition("/")
        if what == "hang":
            time.sleep(8)
            self.close_connection = True
        elif what == "405-on-head":
            self._say(405 if method == "HEAD" else 200)
        elif what == "loop":
            self._say(302, Location=f"/loop/{rest}")
        elif what.startswith("hops-"):
            left = int(what.removeprefix("hops-"))
            self._say(301, Location=f"/hops-{left - 1}/{rest}") if left else self._say(200)
        elif what == "to":
            self._say(302, Location="http://" + rest)
        elif what == "reset":
            self.connection.close()
            self.close_connection = True
        elif what == "image":
            self._say(200, **{"Content-Type": "image/png"})
        elif what == "heavy":
            self._say(200, length=3_000_000 if method == "HEAD" else 0, **{"Content-Type": "image/png"})
        else:
            self._say(int(what or 200))

    def _say(self, status: int, *, length: int = 0, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Web:
    """Two servers, and what they were asked."""

    def __init__(self, certificate: Path) -> None:
        self.asked: list[tuple[str, str, str]] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._servers = [_Server(("127.0.0.1", 0), _Pages) for _ in range(2)]
        for server in self._servers:
            server.asked = self.asked  # type: ignore[attr-defined]
        self._servers[1].socket = context.wrap_socket(
            self._servers[1].socket, server_side=True, do_handshake_on_connect=False
        )
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.port, self.tls_port = (server.server_address[1] for server in self._servers)

    def url(self, path: str, host: str = "site.example") -> str:
        """Give an address of this web."""
        return f"http://{host}:{self.port}/{path}"

    def tls_url(self, path: str, host: str = "secure.example") -> str:
        """Give an encrypted one."""
        return f"https://{host}:{self.tls_port}/{path}"

    def limits(self, **changed: object) -> Limits:
        """Give limits that let this web be asked, and nothing else that is not public."""
        return Limits(
            ports=frozenset({80, 443, self.port, self.tls_port}),
            allowed=lambda address: address == LOOPBACK or is_public(address),
            **{"seconds": 3.0, "head_seconds": 1.0, **changed},  # type: ignore[arg-type]
        )

    def close(self) -> None:
        """Stop answering."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


@contextmanager
def web(certificate: Path) -> Iterator[Web]:
    """Run it for a while."""
    running = Web(certificate)
    try:
        yield running
    finally:
        running.close()


class Names:
    """A name service: `*.example` is this machine, some names are private, the others do not exist."""

    def __init__(self, **known: str) -> None:
        self.asked: list[str] = []
        self._known = known

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """Resolve one name."""
        self.asked.append(host)
        try:
            return [ipaddress.ip_address(host.strip("[]"))]
        except ValueError:
            pass
        if host in self._known:
            return [ipaddress.ip_address(one) for one in self._known[host].split()]
        if host.endswith(".example"):
            return [LOOPBACK]
        raise OSError("no such name")
