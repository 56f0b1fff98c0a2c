"""Order, repetition and crashes change nothing in what is counted."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from engagement_world import World, event
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pressrun.ledger import suppressions
from pressrun.warehouse import Lake

MakeWorld = Callable[[], World]
FEED = [
    event("delivered", "ana", after=5),
    event("delivered", "bob", after=6),
    event("deferred", "cy", after=6, attempt="1"),
    event("bounce", "cy", after=9, type="bounce", reason="550"),
    event("bounce", "dee", after=900, type="bounce", pr_issue=None, pr_recipient=None),
    event("open", "ana", after=60, sg_machine_open=True),
    event("open", "ana", after=3700, useragent="Firefox"),
    event("click", "ana", after=3720, url="https://a.example/", useragent="Firefox"),
    event("click", "ana", after=3720, url="https://b.example/", useragent="Firefox"),
    *(event("click", "bob", after=30, url=f"https://{name}.example/", useragent="x") for name in "abc"),
    event("unsubscribe", "ana", after=4000),
    event("spamreport", "bob", after=5000),
]
Counted = tuple[list[str], dict[str, list[tuple[Any, ...]]], dict[str, str]]


def _counted(world: World) -> Counted:
    return world.events(), world.marts(), world.suppressed()


@pytest.fixture(scope="module")
def orderly(mailed: Any, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    """Give what is counted when all comes once, in order, in one load."""
    world = World.make(tmp_path_factory.mktemp("orderly") / "home", mailed)
    world.land(*FEED)
    world.leave("dee")
    world.ingest()
    world.ledger.close()
    return _counted(world)


def _feeds() -> st.SearchStrategy[list[dict[str, object]]]:
    """The feed, each event one to five times, in any order."""
    repeats = st.lists(st.integers(1, 5), min_size=len(FEED), max_size=len(FEED))
    repeated = repeats.map(lambda times: [one for one, n in zip(FEED, times, strict=True) for _ in range(n)])
    return repeated.flatmap(st.permutations)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(feed=_feeds(), cut=st.integers(0, len(FEED)))
def test_order_and_copies_change_nothing(
    worlds: MakeWorld, orderly: Counted, feed: list[dict[str, object]], cut: int
) -> None:
    """However the provider repeats and shuffles, events, marts and suppressions are those of the orderly feed."""
    world = worlds()
    world.leave("dee")
    world.land(*feed[:cut])
    world.ingest()
    world.land(*feed[cut : cut + 9])
    world.land(*feed[cut + 9 :])
    world.ingest()

    assert orderly == _counted(world)


class Crash(BaseException):
    """The process ends here."""


@contextmanager
def _crash(monkeypatch: pytest.MonkeyPatch, *, after: bool) -> Iterator[None]:
    """End the process right before or right after the next thing that is committed, in the lake or the ledger."""
    whole, add = Lake.transaction, suppressions.add

    @contextmanager
    def transaction(lake: Lake) -> Iterator[None]:
        with whole(lake):
            yield
            if not after:
                raise Crash
        raise Crash

    def adding(*arguments: Any, **named: Any) -> int:
        if after:
            add(*arguments, **named)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "transaction", transaction)
        patched.setattr(suppressions, "add", adding)
        yield


def _dies(world: World) -> bool:
    try:
        world.ingest()
    except Crash:
        return True
    return False


def test_crash_before_or_after_any_commit_changes_nothing(
    worlds: MakeWorld, orderly: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed around each commit in turn, ingest goes on where it was and counts what an orderly run counts."""
    world = worlds()
    monkeypatch.setattr(sys.modules["pressrun.engagement.ingest"], "STRETCH", 8)
    world.land(*FEED[:8])
    world.land(*FEED[8:])
    world.leave("dee")
    deaths = 0
    for after in [False, True] * 7:
        with _crash(monkeypatch, after=after):
            died = _dies(world)
        deaths += died
        if not died:
            break

    assert 12 == deaths  # two stretches, consent, ledger, its copy, marts
    assert orderly == _counted(world)


@pytest.mark.prove
def test_crash_at_any_step_changes_nothing(
    worlds: MakeWorld, orderly: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before or after any single query, one more ingest counts what an orderly run counts."""
    run = Lake.run
    for step in range(200):
        world = worlds()
        world.land(*FEED)
        world.leave("dee")
        left = [step]

        def failing(lake: Lake, *arguments: Any, left: list[int] = left) -> None:
            if left[0] == 0:
                raise Crash
            left[0] -= 1
            run(lake, *arguments)

        with monkeypatch.context() as patched:
            patched.setattr(Lake, "run", failing)
            died = _dies(world)
        world.ingest()
        assert orderly == _counted(world)
        if not died:
            return
    raise AssertionError("ingest never came to its end")
