"""Time the ingest of landed events: parse, dedupe, load, suppress, make marts; beside a floor that only parses.

    python benchmarks/ingest.py --events 1000000

A fifth of the events are copies, and all are shuffled. The floor reads the same files and parses the same JSON with
orjson, and does nothing else. The second ingest must change nothing.
"""

import argparse
import random
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pyarrow as pa

from pressrun.engagement import ingest
from pressrun.landing import Landing, WebhookPost, decode_post, encode_post
from pressrun.ledger import open_ledger
from pressrun.settings import Settings
from pressrun.warehouse import open_lake

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_PER_POST = 1_000


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _measure(Settings(home=Path(folder), _env_file=None), given.events)  # type: ignore[call-arg]


def _measure(settings: Settings, count: int) -> None:
    unique = _land(settings, count)
    _fill_recipients(settings, unique)
    ledger = open_ledger(settings)
    first, seconds = _ingest(settings, ledger)
    again, seconds_again = _ingest(settings, ledger)
    ledger.close()
    assert first.read == count
    assert (first.new, first.duplicate) == (unique, count - unique)
    assert again.read == 0
    floor = _floor(settings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:,} events, {unique:,} of them distinct")
    print(f"  ingest and marts    {seconds:8.1f} s   {count / seconds:12,.0f} events/s")
    print(f"  again, nothing new  {seconds_again:8.1f} s")
    print(f"  floor: only parsing {floor:8.1f} s   ingest / floor = {seconds / floor:.1f}")
    print(f"  peak memory         {peak:8.0f} MB")


def _ingest(settings: Settings, ledger):  # type: ignore[no-untyped-def]
    began = time.monotonic()
    return ingest(settings, ledger, now=START + timedelta(days=2)), time.monotonic() - began


def _floor(settings: Settings) -> float:
    began = time.monotonic()
    for line in Landing(settings.landing_dir).lines("events", {}):
        orjson.loads(decode_post(line.content).body)
    return time.monotonic() - began


def _land(settings: Settings, count: int) -> int:
    """Land shuffled events, a fifth of them copies, and give how many are distinct."""
    chance, landing = random.Random(7), Landing(settings.landing_dir)
    unique = count - count // 5
    order = [*range(unique), *chance.sample(range(unique), count // 5)]
    chance.shuffle(order)
    for at in range(0, count, _PER_POST):
        body = b"[" + b",\r\n".join(orjson.dumps(_event(n)) for n in order[at : at + _PER_POST]) + b"]\r\n"
        landing.append("events", encode_post(WebhookPost(body=body, received_at=START)), at=START)
    return unique


def _event(n: int) -> dict[str, object]:
    kind = ("processed", "delivered", "open", "click")[n % 4]
    person = n // 4
    event: dict[str, object] = {
        "email": f"reader{person}@d{person % 50}.example",
        "timestamp": int(START.timestamp()) + (n * 7919) % 86_400,
        "event": kind,
        "sg_event_id": f"{n:022d}",
        "sg_message_id": f"m{person // 1000:021d}.recvd-5b4f-1-{person % 1000}.0",
        "pr_issue": "hello",
        "pr_batch": str(person // 1000),
        "pr_attempt": f"a{person // 1000}",
        "pr_recipient": f"r{person}",
    }
    if kind in ("open", "click"):
        event |= {"useragent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "ip": "198.51.100.7"}
    if kind == "click":
        event |= {"url": f"https://example.org/{n % 12}", "url_offset": {"index": n % 12, "type": "html"}}
    return event


def _fill_recipients(settings: Settings, unique: int) -> None:
    people = -(-unique // 4)
    issue = {
        "issue_id": "hello", "subject": "Hello", "segment": "everyone", "content_hash": "", "status": "finished",
        "fingerprint": "", "count_candidates": people, "count_recipients": people, "frozen_at": START,
        "started_at": START, "finished_at": START,
    }  # fmt: skip
    numbers = range(people)
    recipients = pa.table(
        {
            "issue_id": ["hello"] * people,
            "recipient_id": [f"r{n}" for n in numbers],
            "subscriber_id": [f"s{n}" for n in numbers],
            "address_key": [f"reader{n}@d{n % 50}.example" for n in numbers],
            "domain": [f"d{n % 50}.example" for n in numbers],
            "batch_no": pa.array([n // 1000 + 1 for n in numbers], pa.int32()),
            "state": ["submitted"] * people,
            "detail": pa.array([None] * people, pa.string()),
        }
    )
    with open_lake(settings) as lake:
        for name, table in (("issues", pa.Table.from_pylist([issue])), ("recipients", recipients)):
            with lake.table("incoming", table):
                lake._db.execute(f"insert into {name} by name select * from incoming")  # noqa: S608 - our own tables


if __name__ == "__main__":
    main()
