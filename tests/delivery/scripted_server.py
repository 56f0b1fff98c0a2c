"""A TCP server that does to each connection what its script says, and keeps the truth of what arrived."""

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

Read = Literal["nothing", "head", "all"]
Then = Literal["close", "reset", "stall"]


@dataclass(kw_only=True)
class ScriptedServer:
    """What one connection is to see, and what was received over all of them."""

    #: How much of the request is read before the answer.
    read: Read = "all"
    #: Bytes that are sent, as they are.
    answer: bytes = b""
    #: What happens to the connection in the end.
    then: Then = "close"
    port: int = 0
    #: Whole requests as received, head and body.
    requests: list[bytes] = field(default_factory=list)
    count_connections: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Give its address."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.count_connections += 1
            with connection:
                self._treat(connection)

    def _treat(self, connection: socket.socket) -> None:
        if self.read == "all":
            self.requests.append(_whole_request(connection))
        elif self.read == "head":
            connection.recv(1000)
        else:
            time.sleep(0.05)  # so that the client is past connecting, whatever comes
        if self.answer:
            connection.sendall(self.answer)
        if self.then == "stall":
            self._ended.wait(10)
        if self.then == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def end(self) -> None:
        """Let stalled connections go."""
        self._ended.set()


@contextmanager
def serving(server: ScriptedServer) -> Iterator[ScriptedServer]:
    """Run a scripted server on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.end()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _whole_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = received.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)content-length: (\d+)", head)
    missing = (int(found[1]) if found else 0) - len(body)
    while missing > 0 and (more := connection.recv(65536)):
        received, missing = received + more, missing - len(more)
    return received
