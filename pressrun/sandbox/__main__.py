"""Run the sandbox by itself: `python -m pressrun.sandbox --port 8025 --data DIR`."""

import argparse
import socket
from pathlib import Path

from pressrun.sandbox import SandboxConfig, serve


def main() -> None:
    """Read the arguments and serve; `--port 0` takes a free port and writes it to DIR/port."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--webhook")
    parser.add_argument("--faults", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep-bodies", type=int, default=200)
    given = parser.parse_args()
    given.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = given.port or _free_port()
    (given.data / "port").write_text(str(port))
    serve(
        SandboxConfig(
            port=port,
            data_dir=given.data,
            webhook_url=given.webhook,
            faults=given.faults,
            seed=given.seed,
            keep_bodies=given.keep_bodies,
        )
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
