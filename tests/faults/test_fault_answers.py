"""F16 and F17: 5xx, which says nothing, and 429, which says to wait."""

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from typing import Any

import pytest
from delivery_world import ISSUE, MakeWorld, World
from fake_provider import FakeProvider

from pressrun.delivery.provider import Answer
from pressrun.delivery.sender import sender
from pressrun.errors import StoppedError
from pressrun.ledger import attempts, settling
from tests.faults.fault_world import Sandbox, judge, post_to, requests_of
from tests.faults.matrix import row
from tests.proofs.checker import Accepted
from tests.proofs.figures import Figures


@row("F16", sample=40, full=1000)
def test_5xx_is_doubt_whether_or_not_it_was_accepted(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, runs: int
) -> None:
    """One answer in ten is a 5xx, accepted or not: each is in doubt, none is posted again before it is decided."""
    world = post_to(world_of(*[2] * runs), sandbox)
    codes = [(status, accepted) for status in (500, 502, 503, 504) for accepted in (True, False)]
    sandbox.faults(*[{"fault": "status", "status": s, "accepted": a, "share": 0.1 / 8 * 1.05} for s, a in codes])
    doubts: Counter[str] = Counter()
    while True:
        with suppress(StoppedError):  # three in a row or ten in all stop the issue
            world.send()
        log = sandbox.accepted()
        judge(world, log)
        found = _decide_by_the_truth(world, log)
        doubts += found
        if not found.total() and world.status().pending == 0:
            break
    status = judge(world, sandbox.accepted())
    assert ("finished", 2 * runs) == (status.status, status.submitted)
    posts = len(sandbox.fates())
    assert posts == runs + doubts["not accepted"]
    figures("F16 5xx, one in ten", posts=posts, **{f"in_doubt_{k.replace(' ', '_')}": n for k, n in doubts.items()})


def _decide_by_the_truth(world: World, log: Collection[Accepted]) -> Counter[str]:
    """Let events prove what was accepted, and a person decide on the rest, as the provider's log has it."""
    accepted = {one.attempt for one in log}
    doubtful = [one for one in attempts.of_issue(world.ledger, ISSUE) if one.state == "in_doubt"]
    proven = settling.by_events(world.ledger, accepted, world.clock()).accepted
    for one in doubtful:
        if one.attempt_id not in accepted:
            settling.by_person(world.ledger, ISSUE, one.batch_no, accepted=False, who="reader", now=world.clock())
    return Counter({"accepted": len(proven), "not accepted": len(doubtful) - len(proven)})


class Limited(FakeProvider):
    """Take so many requests a minute by the world's clock, none at all for the first half hour, and 429 the rest."""

    def __init__(self, *, a_minute: int, tells: bool) -> None:
        super().__init__()
        self.world: World
        self._a_minute, self._tells = a_minute, tells
        self._opens_at: float | None = None
        self.by_minute: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()

    def _answer(self, step: str, request: Any) -> Answer:
        now = self.world.now.timestamp()
        self._opens_at = self._opens_at or now + 1800
        minute = int(now // 60)
        if now >= self._opens_at and self.by_minute[minute] < self._a_minute:
            self.by_minute[minute] += 1
            return super()._answer(step, request)
        self.refused[minute] += 1
        headers = {"x-ratelimit-reset": str((minute + 1) * 60)} if self._tells else {}
        return Answer(left=True, status=429, headers=headers, headers_complete=True, body=b"")


@pytest.mark.parametrize("tells", [True, False], ids=["reset told", "reset not told"])
@row("F17", sample=30, full=1000)
def test_429_for_half_an_hour_is_waited_for(world_of: MakeWorld, figures: Figures, tells: bool, runs: int) -> None:
    """A rate limit of half an hour, then a few a minute: everything waits, nothing is lost, in doubt or hurried."""
    provider = Limited(a_minute=20, tells=tells)
    world = world_of(*[2] * runs, provider=provider)
    provider.world = world

    status = world.send()

    judge(world, requests_of(world))
    assert ("finished", 2 * runs, 0) == (status.status, status.submitted, status.in_doubt)
    assert world.seconds_slept > 1800 - 61
    overshoot = max(provider.refused.values())
    assert overshoot <= 1
    assert max(provider.by_minute.values()) <= 20
    figures(f"F17 429, {'reset told' if tells else 'reset not told'}", batches=runs, overshoot_a_minute=overshoot)


@pytest.mark.fault("F17")
def test_workers_learn_of_a_limit_from_each_other(world_of: MakeWorld) -> None:
    """While one waits for the end of a limit, another does not run into it as well."""
    provider = Limited(a_minute=20, tells=True)
    world = world_of(2, 2, provider=provider)
    provider.world = world
    with sender(world.settings, world.ledger, ISSUE, world.clock) as epoch:
        first, second = world.worker(epoch), world.worker(epoch)
        others = iter([lambda: second.submit([2])])

        def wait(seconds: float) -> None:
            for other in others:
                other()
            world.sleep(seconds)

        first.controls.sleep = wait
        first.submit([1])

    judge(world, requests_of(world))
    assert max(provider.refused.values()) == 1
    assert 2 == sum(provider.by_minute.values())
