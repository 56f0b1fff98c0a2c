"""Let threads that write at the same moment share one durable commit.

SQLite has one writer, and a commit costs a wait for the disk; eight workers that each store a step would wait eight
times, one after the other. So the first to come commits for all who came meanwhile. Nobody goes on before the commit
that holds their step, and a step that fails takes nobody else's with it.

The main thread commits for itself alone: an interrupt (Ctrl-C, SIGTERM) may end it anywhere, in the middle of a commit
too, and then nobody could tell the others whether their steps were stored.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from pressrun.errors import StoreBusyError

_T = TypeVar("_T")
_Begin = Callable[[], AbstractContextManager[Connection]]


@dataclass(slots=True)
class _Step:
    """What one thread wants stored, and what came of it."""

    work: Callable[[Connection], Any]
    told: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False
    result: Any = None
    error: BaseException | None = None

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


class GroupCommit:
    """Gather steps of several threads into transactions."""

    def __init__(self, begin: _Begin) -> None:
        """Take what begins a transaction and commits it durably at its end."""
        self._begin = begin
        self._lock = threading.Lock()
        self._waiting: list[_Step] = []
        self._is_led = False

    def store(self, work: Callable[[Connection], _T]) -> _T:
        """Run a step in a transaction that others may share, and return once it is committed.

        Args:
            work: Writes within the transaction it is given; it is run again if the transaction is rolled back on
                account of somebody else, so it changes nothing but the database.

        Raises:
            StoreBusyError: The transaction was not stored.
            Exception: What the step itself raised; nothing of it is stored.
        """
        if threading.current_thread() is threading.main_thread():
            with self._begin() as connection:
                return work(connection)
        step = _Step(work)
        with self._lock:
            self._waiting.append(step)
            leads, self._is_led = not self._is_led, True
        if not leads:
            step.told.wait()
        if not step.is_done:  # it is this thread's turn to commit
            self._lead(step)
        found: _T = step.outcome()
        return found

    def _lead(self, mine: _Step) -> None:
        with self._lock:
            steps, self._waiting = self._waiting, []
        try:
            _run(self._begin, steps)
        except BaseException:
            # this thread ends, and what the others want stored is still to do
            with self._lock:
                self._waiting = [one for one in steps if one is not mine and not one.is_done] + self._waiting
            raise
        finally:
            self._pass_on([one for one in steps if one.is_done])

    def _pass_on(self, steps: Sequence[_Step]) -> None:
        """Let those go on whose steps are stored, and the first of those who came meanwhile commit next."""
        with self._lock:
            self._is_led = bool(self._waiting)
            for step in (*steps, *self._waiting[:1]):
                step.told.set()


def _run(begin: _Begin, steps: Sequence[_Step]) -> None:
    try:
        with begin() as connection:
            results = [step.work(connection) for step in steps]
    except StoreBusyError as error:
        results = [None] * len(steps)
        for step in steps:
            step.error = _copy_of(error)  # each thread raises its own, with its own traceback
    except Exception:
        if len(steps) == 1:
            raise
        for step in steps:
            _run_alone(begin, step)
        return
    for step, result in zip(steps, results, strict=True):
        step.result, step.is_done = result, True


def _copy_of(error: StoreBusyError) -> StoreBusyError:
    copy = StoreBusyError(*error.args)
    copy.__cause__ = error
    return copy


def _run_alone(begin: _Begin, step: _Step) -> None:
    try:
        with begin() as connection:
            step.result = step.work(connection)
    except Exception as error:  # noqa: BLE001  # raised again in the thread whose step it is
        step.error = error
    step.is_done = True
