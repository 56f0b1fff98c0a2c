"""What the coordinator makes of tasks that end badly, without any cluster."""

from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from pressrun.errors import StoppedError
from pressrun.settings import Settings

SETTINGS = Settings(_env_file=None, concurrency=2)  # type: ignore[call-arg]


class KilledWorker(Exception):
    """Stands for Dask's error of this name."""


class Runner:
    """Runs nothing: each task ends as the test wants it, once somebody waits for it."""

    def __init__(self, end: Callable[[int, int], Exception | None], *, workers: int = 1) -> None:
        self.end = end
        self.client = SimpleNamespace(scheduler_info=lambda: {"workers": dict.fromkeys(range(workers))})
        self.planned = [1, 2, 3]
        self.submitted: list[int] = []
        self.waited = 0
        self.recovered = 0

    def submit(self, _task: object, given: dict[str, Any]) -> Any:
        """Begin a task."""
        (number,) = given["numbers"]
        self.submitted.append(number)
        return SimpleNamespace(
            wrapped_future=SimpleNamespace(done=lambda: bool(self.client.scheduler_info()["workers"])),
            wait=lambda timeout: None,
            result=lambda: self._result(number),
        )

    def _result(self, number: int) -> None:
        self.waited += 1
        error = self.end(number, self.submitted.count(number))
        if error is not None:
            raise error
        self.planned.remove(number)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[Runner], None]:
    """Give a function that spreads three batches over a runner."""
    from flows import send_issue  # two seconds that other workers of a run are spared
    from flows.run_page import RunPage

    def spread(runner: Runner) -> None:
        def recover(*_: object) -> None:
            runner.recovered += 1

        monkeypatch.setattr(send_issue, "task_runner", lambda _: nullcontext(runner))
        monkeypatch.setattr(send_issue.batches, "planned", lambda *_: list(runner.planned))
        monkeypatch.setattr(send_issue.attempts, "recover", recover)
        send_issue.submit_in_tasks(SETTINGS, None, "hello", 1, RunPage())  # type: ignore[arg-type]  # it is not read

    monkeypatch.setattr(RunPage, "_show", lambda *_: None)
    monkeypatch.setattr(send_issue, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(send_issue.Tasks, "_stop", lambda _: None)
    return spread


def test_what_a_dead_worker_left_is_taken_up_again(run: Callable[[Runner], None]) -> None:
    """A task lost with its worker stops nobody; its batch goes into the next round."""
    runner = Runner(lambda number, tries: KilledWorker() if (number, tries) == (2, 1) else None)

    run(runner)

    assert ([1, 2, 3, 2], []) == (runner.submitted, runner.planned)
    assert 2 == runner.recovered


def test_workers_that_keep_dying_end_it(run: Callable[[Runner], None]) -> None:
    """Three rounds and no more; the error says what is left."""
    runner = Runner(lambda number, _: KilledWorker() if number == 2 else None)

    with pytest.raises(StoppedError, match="1 batches of issue hello are still planned"):
        run(runner)

    assert ([1, 2, 3, 2, 2], 3) == (runner.submitted, runner.recovered)


def test_the_others_are_waited_for_and_the_most_telling_error_is_raised(run: Callable[[Runner], None]) -> None:
    """No task is begun after an error, all that run end before anything is judged."""
    errors = {1: StoppedError("paused"), 2: ValueError("unexpected")}
    runner = Runner(lambda number, _: errors.get(number))

    with pytest.raises(ValueError, match="unexpected"):
        run(runner)

    assert ([1, 2], 2, 1) == (runner.submitted, runner.waited, runner.recovered)


def test_nobody_left_to_run_them(run: Callable[[Runner], None]) -> None:
    """Without any worker the coordinator does not wait for ever."""
    with pytest.raises(StoppedError, match="No Dask worker"):
        run(Runner(lambda *_: None, workers=0))
