"""Five hundred kills at random moments on 20,000 recipients: by the accept log nobody twice, nobody forgotten."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proofs.checker import assert_clean
from tests.proofs.figures import Figures
from tests.proofs.made_events import unsubscribing
from tests.proofs.press import ISSUE, Press

_PEOPLE, _BATCH, _WORKERS = 20_000, 250, 4
_PARTS, _KILLS = 10, 50
_MOST_KILLS_OF_ONE_ISSUE = 20
_MOST_RESUMED = 6
_KILLED = -9
#: Answers that take their time, so that a kill finds many of them open, and a few that never come.
_FAULTS = [{"fault": "drop", "share": 0.02}, {"fault": "slow", "seconds": 0.1}]


@pytest.fixture(scope="module")
def large_press(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Press]:
    """Give an installation of 20,000 people for all runs of this worker."""
    press = Press(
        tmp_path_factory.mktemp("large"),
        root,
        people=_PEOPLE,
        PRESSRUN_BATCH_SIZE=str(_BATCH),
        PRESSRUN_CONCURRENCY=str(_WORKERS),
    )
    try:
        yield press.open()
    finally:
        press.close()


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(_PARTS))
def test_five_hundred_kills(large_press: Press, figures: Figures, part: int) -> None:
    """Sends and ingests killed again and again, at any moment, end with every promise kept."""
    chance, found = random.Random(part), Counter[str]()
    while found["kills"] < _KILLS:
        found += _one_issue(large_press, chance, most=min(_MOST_KILLS_OF_ONE_ISSUE, _KILLS - found["kills"]))
    figures(f"random kills {part + 1:02} of {_PARTS}", **found, violations=0)


def _one_issue(press: Press, chance: random.Random, *, most: int) -> Counter[str]:
    """Kill one issue at random until it ends by itself, and let its events arrive."""
    press.begin_again(_FAULTS)
    path = str(press.folder / "issues" / f"{ISSUE}.md")
    acknowledged: dict[str, float] = {}
    kills = 0
    while kills < most and press.run("send", path, kill_after=chance.uniform(0.05, 2.0)) == _KILLED:
        kills += 1
        _unsubscribe(press, chance, acknowledged)
    sent = press.run("send", path)
    doubted = press.claims().counts["in_doubt"]
    for _ in range(_MOST_RESUMED):
        assert press.land(press.events()) == 0, press.errors()
        kills += press.run("ingest", kill_after=chance.uniform(0.05, 2.0)) == _KILLED
        assert press.run("ingest") == 0, press.errors()
        if sent in (0, 5):
            break
        sent = press.run("send", path)  # ten doubts stop an issue; once their events are here, it goes on
    claims = press.claims()
    assert_clean(press.truth(acknowledged=acknowledged, proven=True), claims)
    held = claims.counts["in_doubt"]
    assert claims.status in ("finished", "in_doubt")
    return Counter(issues=1, kills=kills, in_doubt=doubted, recovered=doubted - held, held=held)


def _unsubscribe(press: Press, chance: random.Random, acknowledged: dict[str, float]) -> None:
    """Let somebody leave between two runs."""
    address = chance.choice(sorted(press.audience))
    if address not in acknowledged:
        assert press.land([unsubscribing(address)]) == 0, press.errors()
        acknowledged[address] = press.now()
