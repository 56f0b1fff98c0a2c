"""Answer every POST with 202 at once, or after a while, and look at nothing: what a send is measured against.

python benchmarks/sink.py --port 8025 --delay 0.2
"""

import argparse
import socket
import threading
import time
from pathlib import Path

_ANSWER = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: sink%d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def main() -> None:
    """Listen until killed; the port that was taken goes to a file, if one is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    given = parser.parse_args()
    with socket.create_server(("127.0.0.1", given.port), backlog=256) as listener:
        if given.port_file:
            given.port_file.write_text(str(listener.getsockname()[1]))
        number = 0
        while True:
            connection, _ = listener.accept()
            number += 1
            threading.Thread(target=_answer, args=(connection, number, given.delay), daemon=True).start()


def _answer(connection: socket.socket, number: int, delay: float) -> None:
    with connection:
        connection.settimeout(120)
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65_536)
            if not more:
                return
            head += more
        top, _, rest = head.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in top.split(b"\r\n") if line.lower().startswith(b"content-len")
        )
        left, room = length - len(rest), bytearray(1 << 20)
        while left > 0:
            got = connection.recv_into(room)
            if got == 0:
                return
            left -= got
        time.sleep(delay)
        connection.sendall(_ANSWER % number)


if __name__ == "__main__":
    main()
