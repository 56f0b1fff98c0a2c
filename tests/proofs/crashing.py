"""Run commands of Pressrun in forked children that end themselves at a named point: `python -m tests.proofs.crashing`.

The parent imports everything once and opens no store; a fork of it starts in milliseconds what a fresh interpreter
starts in a second. Orders come as JSON lines on standard input, and each is answered by one JSON line.
"""

import asyncio
import gc
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from pressrun.ledger import identity

Order = Mapping[str, Any]


def main() -> None:
    """Carry out orders until the input ends."""
    _import_everything()
    _spare_signatures()
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(json.dumps({"status": _carry_out(json.loads(line))}) + "\n")
        sys.stdout.flush()


def _import_everything() -> None:
    import httpx  # noqa: F401
    import pandas  # noqa: F401
    import sqlalchemy.dialects.sqlite.pysqlite  # noqa: F401

    import pressrun.cli
    import pressrun.delivery
    import pressrun.operations.control
    import pressrun.operations.ingesting
    import pressrun.operations.sending
    import pressrun.receiver.service
    import pressrun.warehouse  # noqa: F401


def _spare_signatures() -> None:
    """Load DuckDB's extensions without hashing 50 MB each time: they are checked by every other test."""
    import duckdb

    connect = duckdb.connect

    def quick(*arguments: Any, config: Mapping[str, Any], **more: Any) -> duckdb.DuckDBPyConnection:
        return connect(*arguments, config={**config, "allow_unsigned_extensions": True, "threads": 1}, **more)

    duckdb.connect = quick  # type: ignore[assignment]


def _carry_out(order: Order) -> int | list[int]:
    """Fork, run, and give the exit status; a negative one is the signal that ended it."""
    if "race" in order:
        return _race(order)
    child = os.fork()
    if child == 0:
        _be_the_child(order)
    if "kill_after" in order:
        killer = threading.Timer(order["kill_after"], os.kill, (child, signal.SIGKILL))
        killer.start()
        status = os.waitstatus_to_exitcode(_waited(child))
        killer.cancel()
        return status
    return os.waitstatus_to_exitcode(_waited(child))


def _race(order: Order) -> list[int]:
    """Fork several that wait for one word to begin at the same moment, and give all their exit statuses."""
    waiting, word = os.pipe()
    children = []
    for number in range(order["race"]):
        child = os.fork()
        if child == 0:
            os.close(word)
            os.read(waiting, 1)
            identity._TRIES = 6
            _be_the_child({**order, "output": f"{order['output']}.{number}", "errors": order["output"] + ".err"})
        children.append(child)
    os.close(waiting)
    os.close(word)
    return [os.waitstatus_to_exitcode(_waited(child)) for child in children]


def _waited(child: int) -> int:
    """Wait without reaping, so that a timer can never hit a number that was given out again."""
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return os.waitpid(child, 0)[1]


def _be_the_child(order: Order) -> None:
    status = 70
    try:
        _redirect(order["output"], order.get("errors", order["output"] + ".err"))
        os.chdir(order["folder"])
        os.environ.update(order["environment"])
        random.seed()
        _arm(order)
        status = _land(order) if "land" in order else _command(order["arguments"], order.get("ahead", 0))
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  # the child ends here whatever it was
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status or 0)


def _redirect(path: str, errors: str) -> None:
    out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    error = os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for handle, number in ((nothing, 0), (out, 1), (error, 2)):
        os.dup2(handle, number)


def _arm(order: Order) -> None:
    """Listen to the named points: end the process at one of them, or write down all."""
    from pressrun import crash_points

    if order.get("kill"):
        crash_points.listen(_killer(*order["kill"]))
    elif order.get("record"):
        crash_points.listen(_recorder(Path(order["record"])))


def _killer(name: str, at: int) -> Callable[[str], None]:
    seen: Counter[str] = Counter()

    def hear(reached: str) -> None:
        seen[reached] += 1
        if reached == name and seen[reached] == at:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)

    return hear


def _recorder(path: Path) -> Callable[[str], None]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return lambda reached: os.write(handle, f"{reached}\n".encode()) and None


def _command(arguments: list[str], seconds_ahead: float) -> int:
    from pressrun.cli import main as pressrun

    if seconds_ahead:
        _set_clocks(timedelta(seconds=seconds_ahead))
    sys.argv = ["pressrun", *arguments]
    pressrun()
    return 0


def _set_clocks(ahead: timedelta) -> None:
    """Let everything of Pressrun that asks for the time get a later one."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + ahead

    for name, module in list(sys.modules.items()):
        if name.startswith("pressrun") and getattr(module, "datetime", None) is datetime:
            module.datetime = Later  # type: ignore[attr-defined]


def _land(order: Order) -> int:
    """Give posts to the receiver's application, and note each that it answered with 2xx."""
    import httpx

    from pressrun.receiver.service import build_app
    from pressrun.settings import load_settings

    noted = os.open(order["noted"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def post_all() -> int:
        transport = httpx.ASGITransport(build_app(load_settings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://receiver.example") as client:
            for name, path, headers, body in order["land"]:
                answer = await client.post(path, headers=headers, content=b64decode(body))
                if not answer.is_success:
                    return answer.status_code // 100
                os.write(noted, f"{name}\n".encode())
        return 0

    return asyncio.run(post_all())


if __name__ == "__main__":
    main()
