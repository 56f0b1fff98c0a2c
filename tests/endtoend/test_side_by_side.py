"""Things that happen at the same time: two sends, an unsubscribe in mid-send, readers while others write."""

import time

import pytest
from town import OpenTown, Town, post_form, subscribers_csv, sums_hold, until

from pressrun.audiences.tokens import Minter
from pressrun.ledger import open_ledger, recipients
from pressrun.settings import Settings

SLOW = [{"every": 1, "fault": "slow", "seconds": 0.25}]
_READER = """
import sys, time
from pathlib import Path
from pressrun.settings import Settings
from pressrun.warehouse import connect

home, count = Path(sys.argv[1]), int(sys.argv[2])
questions = (
    "select status, count(*) from subscribers group by all",
    "select event, count(*) from events group by all",
    "select * from issue_stats",
    "select state, count(*) from recipients group by all",
)
for number in range(count // 20):
    db = connect(Settings(home=home, _env_file=None))
    for question in questions * 5:
        db.sql(question).fetchall()
        time.sleep(0.02)
    db.close()
"""


def _ready(town: Town, count: int) -> Settings:
    town.json("import", str(subscribers_csv(town.folder / "members.csv", count)))
    return Settings(home=town.home, _env_file=None)  # type: ignore[call-arg]


@pytest.mark.prove
def test_the_second_of_two_sends_exits_4_and_names_the_holder(open_town: OpenTown) -> None:
    """Two sends of one issue: one works, the other is told who holds the lock, and nobody gets it twice."""
    town = open_town(receiver=False, PRESSRUN_BATCH_SIZE="50", PRESSRUN_CONCURRENCY="1")
    _ready(town, 200)
    town.ask("/sandbox/faults", "PUT", [{"every": 1, "fault": "slow", "seconds": 8}])
    first = town.begin("send", "issues/welcome.md")
    until(lambda: town.accepted())

    second = town.run("send", "issues/welcome.md", expect=4)
    town.ask("/sandbox/faults", "PUT", [])

    assert f"issue welcome, process {first.pid}" in second.stderr
    assert 0 == first.wait(60)
    assert {1} == set(town.mails("welcome").values())
    assert 200 == len(town.mails("welcome"))


@pytest.mark.prove
def test_an_acknowledged_unsubscribe_is_in_no_later_post(open_town: OpenTown) -> None:
    """Links are POSTed while the issue goes out; whoever was acknowledged is in no request that began after it."""
    town = open_town(PRESSRUN_BATCH_SIZE="50", PRESSRUN_CONCURRENCY="2")
    settings = _ready(town, 600)
    town.ask("/sandbox/faults", "PUT", [{"every": 1, "fault": "slow", "seconds": 3}])
    sender = town.begin("send", "issues/welcome.md")
    until(lambda: town.accepted())

    acknowledged = _unsubscribe_last_batches(town, settings)
    town.ask("/sandbox/faults", "PUT", [])

    assert 0 == sender.wait(60)
    started = {one["recipient"]: line["received_at"] for line in town.accepted() for one in line["recipients"]}
    forbidden = [who for who, at in acknowledged.items() if started.get(who, "") > at]
    assert [] == forbidden
    status = town.json("status", "welcome")
    assert sums_hold(status)
    assert status["withdrawn"] == sum(who not in started for who in acknowledged) > 20


def _unsubscribe_last_batches(town: Town, settings: Settings) -> dict[str, str]:
    """Unsubscribe five of each of the later batches, and note when each was acknowledged."""
    ledger, minter = open_ledger(settings), Minter(settings.signing_key)
    acknowledged = {}
    for batch_no in (12, 11, 10, 9, 8, 7):
        for one in recipients.of_batch(ledger, "welcome", batch_no)[:5]:
            assert 200 == post_form(f"{town.receiver_url}/u/{minter.mint(one.recipient_id)}")
            acknowledged[one.recipient_id] = _now()
    ledger.close()
    return acknowledged


def _now() -> str:
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e6):06d}+00:00"


@pytest.mark.prove
def test_readers_meet_no_error_while_a_send_and_an_ingest_write(open_town: OpenTown) -> None:
    """200 queries from another process, while one issue is sent and another's events are ingested."""
    town = open_town(PRESSRUN_BATCH_SIZE="100")
    _ready(town, 1000)
    town.json("send", "issues/welcome.md")
    second = town.folder / "second.md"
    second.write_text("---\nsubject: Second\npreheader: The second letter of this test\n---\n\n# Second\n\nText.\n")
    town.ask("/sandbox/play", "POST", {"hours": 24})
    town.ask("/sandbox/faults", "PUT", SLOW)
    reader = town._start("-c", _READER, str(town.home), "200")

    writers = [town.begin("send", str(second)), town.begin("ingest")]
    while reader.poll() is None:
        if all(writer.poll() is not None for writer in writers):
            assert {0} == {writer.wait() for writer in writers}
            writers = [town.begin("ingest")]
        time.sleep(0.1)

    assert 0 == reader.wait(), (town.folder / "processes.log").read_text()[-2000:]
    assert all(0 == writer.wait(60) for writer in writers)
