"""kill -9 of `pressrun send` at random moments, from its start on: by the accept log nobody twice, nobody forgotten."""

import random
import time

import pytest
from town import OpenTown, Town, subscribers_csv, sums_hold

ISSUE = "issues/welcome.md"


@pytest.mark.prove
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_kills_of_the_command_on_twenty_thousand(open_town: OpenTown, seed: int) -> None:
    """20,000 recipients, 20 kills anywhere, restarted until it ends; then events settle whatever was accepted."""
    town = open_town(PRESSRUN_BATCH_SIZE="250")
    town.json("import", str(subscribers_csv(town.folder / "members.csv", 20_000)))
    town.ask("/sandbox/faults", "PUT", [{"every": 1, "fault": "slow", "seconds": 0.15}])

    _kill_again_and_again(town, random.Random(seed), kills=20)
    last = town.run("send", ISSUE, expect=None)

    assert last.returncode in (0, 5), last.stderr
    _judge(town)
    assert 0 == town.ask("/sandbox/play", "POST", {"hours": 24})["failed_posts"]
    town.json("ingest")
    _judge(town)
    status = town.json("status", "welcome")
    mails = town.mails("welcome")
    assert status["submitted"] == len(mails), "everything SendGrid accepted is settled by its events"


def _kill_again_and_again(town: Town, chance: random.Random, *, kills: int) -> None:
    for _ in range(kills):
        before = len(town.accepted())
        sender = town.begin("send", ISSUE)
        deadline = time.monotonic() + chance.uniform(0.5, 6.0)
        while time.monotonic() < deadline and len(town.accepted()) < before + chance.randint(1, 4):
            time.sleep(0.01)
        sender.kill()
        sender.wait()


def _judge(town: Town) -> None:
    """Hold the status against the sandbox's own log."""
    status, mails = town.json("status", "welcome"), town.mails("welcome")
    assert sums_hold(status)
    assert 20_000 == status["recipients"]
    assert {1} == set(mails.values()), "duplicated"
    assert 0 == status["pending"], "missed"
    assert status["submitted"] <= len(mails), "false claim"
    assert len(mails) <= status["submitted"] + status["in_doubt"]
