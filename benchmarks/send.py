"""Time `pressrun send` to a sink that answers at once, beside a floor that only posts.

    python benchmarks/send.py --recipients 1000000
    python benchmarks/send.py --recipients 100000 --delay 0.2

The send is the command itself, in a process of its own; its phases are read from the ledger it leaves. The floor
posts as many prebuilt bodies of the same size to the same sink with as many threads, each on a fresh connection,
and does nothing else. Memory is the largest sum over the command and its children, shared pages divided (Pss).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from pydantic import SecretStr

from pressrun.delivery.payload import Shared, Slots, build_request, personalization
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.ledger import attempts, batches, issues, open_ledger
from pressrun.settings import Settings
from pressrun.warehouse import open_lake

ISSUE = "issues/welcome.md"
_KEY = "SG.benchmark"
_TIME = pa.timestamp("us", tz="UTC")


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds the sink waits before each answer")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sink, port = _start_sink(Path(folder), given.delay)
        try:
            figures = _measure(Path(folder), port, given.recipients)
        finally:
            sink.kill()
            sink.wait()
    _print(figures)
    if given.json:
        given.json.write_text(json.dumps(figures))


def _measure(folder: Path, port: int, count: int) -> dict[str, float]:
    home = folder / "home"
    settings = Settings(home=home, _env_file=None)  # type: ignore[call-arg]
    _fill(settings, count)
    environment = {
        **os.environ,
        "PRESSRUN_HOME": str(home),
        "SENDGRID_API_KEY": _KEY,
        "SENDGRID_API_HOST": f"http://127.0.0.1:{port}",
    }
    began = time.time()
    process = subprocess.Popen(
        [sys.executable, "-m", "pressrun.cli", "send", ISSUE, "--json"], env=environment, stdout=subprocess.PIPE
    )
    memory = _Memory(process.pid)
    said, _ = process.communicate()
    ended = time.time()
    status = json.loads(said)
    assert process.returncode == 0
    assert status["submitted"] == count
    return {"recipients": count, "memory": memory.stop(), **_phases(settings, began, ended), **_floor(settings, port)}


def _phases(settings: Settings, began: float, ended: float) -> dict[str, float]:
    """Read from the ledger when what was done."""
    ledger = open_ledger(settings)
    issue, tried = issues.require(ledger, "welcome"), attempts.of_issue(ledger, "welcome")
    ledger.close()
    prepared, frozen = issue.preparing_at.timestamp(), issue.frozen_at.timestamp()  # type: ignore[union-attr]
    last = max(one.accepted_at.timestamp() for one in tried if one.accepted_at)
    return {
        "start and check": prepared - began,
        "freeze and render": frozen - prepared,
        "submit": last - frozen,
        "copy to the lake, end": ended - last,
        "in all": ended - began,
    }


def _print(figures: dict[str, float]) -> None:
    count = int(figures["recipients"])
    print(f"{count:,} recipients")
    for phase in ("start and check", "freeze and render", "submit", "copy to the lake, end", "in all"):
        seconds = figures[phase]
        print(f"  {phase:<22} {seconds:7.1f} s   {count / seconds:12,.0f} recipients/s")
    ratio = figures["submit"] / figures["floor"]
    print(f"  {'floor: only posting':<22} {figures['floor']:7.1f} s   submit / floor = {ratio:.2f}")
    print(f"  {'peak memory':<22} {figures['memory']:7.0f} MB")


class _Memory:
    """Watch what a process and its children take, shared pages divided among them."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most, self._ended = pid, 0.0, False
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> float:
        """Give the largest sum seen, in MB."""
        self._ended = True
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._ended:
            self._most = max(self._most, sum(map(_pss, _family(self._pid))))
            time.sleep(0.5)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _family(int(child)))]


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    except (OSError, StopIteration):
        return 0.0


def _floor(settings: Settings, port: int) -> dict[str, float]:
    """Post as many bodies like the largest of the send, through the same package, and do nothing else."""
    ledger = open_ledger(settings)
    shared = Shared.from_json(issues.require(ledger, "welcome").shared)
    count = sum(batches.sums(ledger, "welcome").batches.values())
    ledger.close()
    body = _body(shared, min(1000, settings.batch_size))
    provider = SendGridProvider(SecretStr(_KEY), f"http://127.0.0.1:{port}")

    def post(_: int) -> int | None:
        return provider.post(body, lambda: None).status

    began = time.monotonic()
    with ThreadPoolExecutor(settings.concurrency) as pool:
        assert {202} == set(pool.map(post, range(count)))
    return {"floor": time.monotonic() - began, "body": len(body)}


def _body(shared: Shared, people: int) -> bytes:
    """Make a body as the send made them; the slots themselves are gone with the end of the issue."""
    link = f"http://127.0.0.1:8000/u/v1.abcdef.{'x' * 22}.{'y' * 43}"
    slots = {f"-{'0' * 16}{at:03d}-": "a name or a sentence, and now and then a paragraph, " * 2 for at in range(9)}
    lines = {
        f"{at:022d}": personalization(
            recipient_id=f"{at:022d}",
            address=f"reader{at}@d0.example",
            name=f"Reader {at}",
            slots=slots,
            link=link,
            issue_id="welcome",
        )
        for at in range(people)
    }
    return build_request(shared, Slots.of(lines, {}), issue_id="welcome", batch_no=1, attempt_id="a" * 32)


def _fill(settings: Settings, count: int) -> None:
    """Put made-up subscribers into the lake, past the import, which has a benchmark of its own."""
    now, step = datetime.now(UTC), 100_000
    with open_lake(settings) as lake:
        for start in range(0, count, step):
            with lake.transaction(), lake.table("incoming", _people(start, min(step, count - start), now)):
                lake._db.execute("insert into raw_subscribers by name select * from incoming")


def _people(start: int, count: int, now: datetime) -> pa.Table:
    numbers = range(start, start + count)
    address = [f"reader{n}@d{n % 50}.example" for n in numbers]
    return pa.table(
        {
            "subscriber_id": [f"{n:032x}" for n in numbers],
            "address_key": address,
            "email": address,
            "domain": [f"d{n % 50}.example" for n in numbers],
            "name": [f"Reader {n}" for n in numbers],
            "status": ["active"] * count,
            "source": ["benchmark"] * count,
            "import_id": ["benchmark"] * count,
            "tags": pa.array([[]] * count, pa.list_(pa.string())),
            "attributes": [json.dumps({"tier": "paid" if n % 9 == 0 else "free", "city": "Mainz"}) for n in numbers],
            "content_hash": [""] * count,
            **{
                name: pa.array([now] * count, _TIME)
                for name in ("consented_at", "subscribed_at", "created_at", "updated_at")
            },
            "ended_at": pa.array([None] * count, _TIME),
        }
    )


def _start_sink(folder: Path, delay: float) -> tuple[subprocess.Popen[bytes], int]:
    port = folder / "port"
    program = Path(__file__).with_name("sink.py")
    sink = subprocess.Popen([sys.executable, str(program), "--port-file", str(port), "--delay", str(delay)])
    while not (port.exists() and port.read_text()):
        time.sleep(0.05)
    return sink, int(port.read_text())


if __name__ == "__main__":
    main()
