"""Time one send to the sandbox: freeze and submit, beside a floor that only posts.

    python benchmarks/send.py --recipients 100000

The floor posts as many prebuilt bodies of the same size to the same sandbox with as many threads, each on a
fresh connection, and does nothing else. Figures are seconds of this process; peak memory is its largest so far.
"""

import argparse
import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from pydantic import SecretStr

from pressrun import delivery, terminal
from pressrun.ledger import Ledger, open_ledger
from pressrun.settings import Settings
from pressrun.warehouse import open_lake

ISSUE = Path("issues/welcome.md")
_TIME = pa.timestamp("us", tz="UTC")


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipients", type=int, default=100_000)
    given = parser.parse_args()
    terminal.configure_logs()
    with tempfile.TemporaryDirectory() as folder:
        sandbox, port = _start_sandbox(Path(folder) / "sandbox")
        try:
            _measure(Path(folder), port, given.recipients)
        finally:
            sandbox.kill()
            sandbox.wait()


def _measure(folder: Path, port: int, count: int) -> None:
    settings = Settings(
        home=folder / "home",
        sendgrid_api_key=SecretStr("SG.benchmark"),
        sendgrid_api_host=f"http://127.0.0.1:{port}",
        _env_file=None,  # type: ignore[call-arg]
    )
    _fill(settings, count)
    ledger = open_ledger(settings)
    checked = delivery.check(settings, ledger, ISSUE, datetime.now(UTC))
    with delivery.sender(settings, ledger, "welcome") as epoch:
        frozen = _timed(lambda: delivery.prepare(settings, ledger, checked))
        submitted = _timed(lambda: delivery.submit_all(settings, ledger, "welcome", epoch))
    status = delivery.status_of(settings, ledger, "welcome")
    assert status.balances
    assert status.submitted == count
    _print(count, frozen, submitted, _floor(folder, port, count, settings.concurrency), ledger)


def _print(count: int, frozen: float, submitted: float, floor: float, ledger: Ledger) -> None:
    ledger.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:,} recipients")
    print(f"  freeze and render   {frozen:8.1f} s   {count / frozen:12,.0f} recipients/s")
    print(f"  submit              {submitted:8.1f} s   {count / submitted:12,.0f} recipients/s")
    print(f"  in all              {frozen + submitted:8.1f} s   {count / (frozen + submitted):12,.0f} recipients/s")
    print(f"  floor: only posting {floor:8.1f} s   submit / floor = {submitted / floor:.2f}")
    print(f"  peak memory         {peak:8.0f} MB")


def _floor(folder: Path, port: int, count: int, workers: int) -> float:
    """Post prebuilt bodies like those of the send, and nothing else."""
    body = max((folder / "sandbox" / "requests").iterdir(), key=lambda path: path.stat().st_size).read_bytes()
    headers = {"Authorization": "Bearer SG.benchmark", "Content-Type": "application/json"}

    def post(_: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("POST", "/v3/mail/send", body, headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def post_all() -> None:
        with ThreadPoolExecutor(workers) as pool:
            assert {202} == set(pool.map(post, range(-(-count // 1000))))

    return _timed(post_all)


def _timed(work: object) -> float:
    began = time.monotonic()
    work()  # type: ignore[operator]
    return time.monotonic() - began


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


def _start_sandbox(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pressrun.sandbox", "--port", "0", "--data", str(folder), "--keep-bodies", "20"],
        env={**os.environ},
    )
    while not ((folder / "port").exists() and (folder / "port").read_text()):
        time.sleep(0.05)
    port = int((folder / "port").read_text())
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sandbox/api/summary", timeout=5).close()
            return process, port
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the sandbox did not come up")


if __name__ == "__main__":
    main()
