"""Steps of many threads share commits, and each of them is as safe as if it were alone."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from pressrun.errors import StoreBusyError
from pressrun.ledger import Ledger, decisions
from pressrun.ledger.group_commit import GroupCommit

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
Step = Callable[[Connection], int]


class Desk:
    """Transactions that can be held up, are counted, and may fail at their commit."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.committed = 0
        self.open_gate = threading.Event()
        self.begun = threading.Event()
        self.fails = 0
        self.commits = GroupCommit(self._begin)

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._ledger.write() as connection:
            self.begun.set()
            assert self.open_gate.wait(20)
            yield connection
            if self.fails:
                self.fails -= 1
                raise StoreBusyError("the disk is full")
        self.committed += 1

    def gathered(self, *steps: Step) -> list[int | BaseException]:
        """Have all steps wait behind one that is held up, so that they come into one transaction."""
        with ThreadPoolExecutor(len(steps) + 1) as pool:
            first = pool.submit(self.commits.store, noting("first"))
            assert self.begun.wait(20)
            rest = [pool.submit(self.commits.store, step) for step in steps]
            while len(self.commits._waiting) < len(steps):
                time.sleep(0.001)
            self.open_gate.set()
            assert first.result(20) == 1
            return [one.exception(20) or one.result(20) for one in rest]

    def noted(self) -> list[str]:
        """Give what is stored, in order."""
        with self._ledger.read() as connection:
            return list(connection.scalars(text("select about from decisions order by decision_id")))


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    """Give a desk over a ledger of the test's own."""
    return Desk(ledger)


def noting(about: str) -> Step:
    """Make a step that stores one row and gives its number."""

    def step(connection: Connection) -> int:
        decisions.note_told(connection, about, NOW)
        return int(connection.execute(text("select count(*) from decisions")).scalar_one())

    return step


def failing(about: str, error: BaseException) -> Step:
    """Make a step that stores one row and then raises."""

    def step(connection: Connection) -> int:
        decisions.note_told(connection, about, NOW)
        raise error

    return step


def test_steps_that_wait_share_one_commit(desk: Desk) -> None:
    """Each gets its own result, and two commits do for nine steps."""
    results = desk.gathered(*(noting(f"step {n}") for n in range(8)))

    assert sorted(map(str, results)) == [str(n) for n in range(2, 10)]
    assert desk.committed == 2
    assert len(desk.noted()) == 9


def test_a_step_that_fails_takes_nobody_elses_with_it(desk: Desk) -> None:
    """What it wrote itself is not stored."""
    results = desk.gathered(noting("a"), failing("b", ValueError("not open")), noting("c"))

    assert [type(one).__name__ for one in results] == ["int", "ValueError", "int"]
    assert set(desk.noted()) == {"first", "a", "c"}


def test_a_commit_that_fails_is_told_to_all_whose_steps_were_in_it(desk: Desk) -> None:
    """Nobody takes for stored what is not, and the next step is stored again."""

    def then_fail(connection: Connection) -> int:
        desk.fails = 1
        return noting("a")(connection)

    results = desk.gathered(then_fail, noting("b"))

    assert [type(one).__name__ for one in results] == ["StoreBusyError", "StoreBusyError"]
    assert results[0] is not results[1], "two threads would write one traceback"
    assert desk.noted() == ["first"]
    assert desk.commits.store(noting("later")) == 2


class EndError(BaseException):
    """A thread that is ended from outside."""


def test_the_end_of_the_thread_that_commits_does_not_lose_the_others_steps(desk: Desk) -> None:
    """They are stored by the next of them."""
    results = desk.gathered(failing("a", EndError()), noting("b"), noting("c"))

    assert [type(one).__name__ for one in results] == ["EndError", "int", "int"]
    assert set(desk.noted()) == {"first", "b", "c"}


def test_an_interrupt_in_the_middle_of_a_commit_concerns_the_main_thread_alone(ledger: Ledger) -> None:
    """It alone gets signals, so it never commits for others, who would not know what became of their steps."""
    held, begun, runs = threading.Event(), threading.Event(), list[str]()

    @contextmanager
    def begin() -> Iterator[Connection]:
        with ledger.write() as connection:
            begun.set()
            assert held.wait(20)
            yield connection
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt  # the disk was waited for, and all is stored

    def step(connection: Connection) -> int:
        runs.append("run")
        return noting("other")(connection)

    def come_later() -> int:
        time.sleep(0.05)  # behind the main thread
        return commits.store(step)

    def let_go() -> None:
        while not commits._waiting or commits._waiting[-1].work is not step:
            time.sleep(0.001)
        held.set()

    commits = GroupCommit(begin)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(commits.store, noting("first"))
        assert begun.wait(20)
        other, _ = pool.submit(come_later), pool.submit(let_go)
        with pytest.raises(KeyboardInterrupt):
            commits.store(noting("main"))
        assert 1 == first.result(20)
        assert other.result(20) > 1
    assert ["run"] == runs
    with ledger.read() as connection:
        assert {"first", "main", "other"} == set(connection.scalars(text("select about from decisions")))


def test_nobody_goes_on_before_the_commit(ledger: Ledger) -> None:
    """Many threads, each of which looks for its row as soon as it may."""

    def work(thread: int) -> int:
        missing = 0
        for n in range(20):
            name = f"{thread}.{n}"
            ledger.store(noting(name))
            missing += decisions.about(ledger, name) == []
        return missing

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 0
    with ledger.read() as connection:
        assert connection.execute(text("select count(distinct about) from decisions")).scalar_one() == 160
