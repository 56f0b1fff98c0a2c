"""Send an issue: preflight, frozen audience, batches, SendGrid.

Prefect shows and schedules; it never decides. The ledger's compare-and-set makes a batch go out once, and the
sender's lock makes the sender the only one, so tasks that post have no retries, no cached results and no
transactions (a retry by time or by a crashed run's state would post again what may have been accepted).

The flow's process is the coordinator: it alone holds the lock. Its tasks run in threads of its own, or, with
PRESSRUN_DASK_ADDRESS, in the workers of a Dask cluster, which share nothing with it but the stores.

A worker that dies: Dask runs its task again on another one, whatever Prefect's retries say, and does the same for
a worker it only cannot hear any more. Both are harmless. A batch is claimed by compare-and-set, so the second run
passes over what the first one began and goes on with the rest; what was open in the dead worker stays open until
the coordinator, when all tasks have ended and while it still has the lock, judges it as after any crash: in doubt if
the first byte may have left, planned again if not. If the worker was alive after all, its next step of that attempt
is refused: "wire" can only follow "intent", and an outcome only "intent" or "wire".
"""

import argparse
import os
import signal
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.run_page import RunPage
from flows.without_server import end_without_server, is_of_prefect
from pressrun import delivery, terminal
from pressrun.delivery import NotDueError, SendStatus
from pressrun.delivery.sender import utc_now
from pressrun.errors import PressrunError, StoppedError
from pressrun.issues import reference_of
from pressrun.ledger import Ledger, attempts, batches, issues, open_ledger, schedules
from pressrun.operations import due, sending, site
from pressrun.settings import Settings, load_settings

#: Prefect's server keeps about 50 task runs a second and a flow run should have at most 300, so a task owns several
#: batches of a large issue, and what dead workers left is taken up at most twice.
MAX_TASKS = 100
MAX_ROUNDS = 3
#: Seconds between two looks at the cluster while a task runs, and how many looks without any worker are enough.
LOOK_EVERY = 5.0
MAX_LOOKS_WITHOUT_WORKER = 12
#: How often Prefect's client asks a server again that does not answer, at the beginning and at the end of a run.
PATIENCE = 3


@task(name="submit batches", cache_policy=NO_CACHE, retries=0)
def submit_batches(issue_id: str, epoch: int, numbers: list[int]) -> None:
    """Submit some batches of a frozen issue; those that are not planned any more are passed over."""
    settings = load_settings()
    with closing(open_ledger(settings)) as ledger:
        delivery.make_worker(settings, ledger, issue_id, epoch).submit(numbers)


@task(name="freeze audience", cache_policy=NO_CACHE, retries=0)
def freeze_audience(reference: str, segment: str | None) -> str:
    """Check the issue and freeze its audience once, everything rendered for everyone."""
    settings = load_settings()
    ledger = open_ledger(settings)
    planned = sending.plan(settings, ledger, reference_of(reference))
    if planned.checked is not None:
        delivery.prepare(settings, ledger, planned.checked, segment=segment)
    return planned.issue_id


@flow(name="send-issue", task_runner=ThreadPoolTaskRunner())  # type: ignore[arg-type]  # its own type is too narrow
def send_issue(issue: str | None = None, segment: str | None = None) -> list[dict[str, object]]:
    """Submit one issue to its audience; safe to run again after anything.

    Args:
        issue: Path of a Markdown file, or a slug; None for every issue whose publish_at has come.
        segment: Whom to ask for candidates, instead of the issue's own segment.
    """
    settings = load_settings()
    ledger = open_ledger(settings)
    wanted = [due.Due(reference=issue, segment=segment)] if issue else due.due_issues(settings, ledger, utc_now())
    ended, errors = [], []
    for one in wanted:
        try:
            ended.append(send_one(settings, ledger, one.reference, one.segment).as_json())
        except PressrunError as error:  # one issue that cannot go on holds up no other
            errors.append(error)
    if errors:
        raise errors[0]
    return ended


def send_one(settings: Settings, ledger: Ledger, reference: str, segment: str | None) -> SendStatus:
    """Send one issue as the one sender of the ledger."""
    page = RunPage()
    with delivery.sender(settings, ledger, Path(reference).stem) as epoch:
        issue_id = freeze_audience(reference, segment)
        schedules.forget(ledger, issue_id)
        site.open_page(settings, ledger, issue_id)
        delivery.go_on(settings, ledger, issue_id, utc_now())
        try:
            submit_in_tasks(settings, ledger, issue_id, epoch, page)
        except NotDueError as rest:
            get_run_logger().info(str(rest))
        finally:
            sending.copy_to_lake(settings, ledger)
            site.announce(settings, ledger, issue_id)
    delivery.end(ledger, issue_id)
    status = sending.issue_status(settings, ledger, issue_id)
    page.sums(status)
    return status


def submit_in_tasks(settings: Settings, ledger: Ledger, issue_id: str, epoch: int, page: RunPage) -> None:
    """Spread the planned batches over tasks, and take up again what dead workers left planned.

    Raises:
        StoppedError: A task had to stop, or workers kept dying; what is left is planned and can be sent again.
    """
    page.begin(issue_id)
    with task_runner(settings) as runner:
        for _ in range(MAX_ROUNDS):
            groups = delivery.groups(batches.planned(ledger, issue_id), at_most=MAX_TASKS)
            if not groups:
                page.progress(100.0)
                return
            tasks = Tasks(runner, ledger, issue_id, epoch, page)
            try:
                tasks.run(groups, at_once=settings.concurrency)
            finally:
                attempts.recover(ledger, utc_now(), epoch)
    if left := len(batches.planned(ledger, issue_id)):
        raise StoppedError(
            f"Workers were lost in each of {MAX_ROUNDS} rounds. {left} batches of issue {issue_id} are still "
            "planned; nothing is lost. Look at the Dask cluster and send it again."
        )


def task_runner(settings: Settings) -> "TaskRunner[Any]":
    """Give threads of this process, or the workers of a Dask cluster if one is named."""
    if settings.dask_address is None:
        return ThreadPoolTaskRunner()
    # both cost two seconds, and most installations never need them
    import cloudpickle  # type: ignore[import-untyped]
    from prefect_dask.task_runners import DaskTaskRunner

    # Prefect may have loaded this file under a name that a worker cannot import
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    return DaskTaskRunner(address=settings.dask_address)


class Tasks:
    """One round of tasks: started a few at a time, and all of them ended before anything is judged."""

    def __init__(self, runner: "TaskRunner[Any]", ledger: Ledger, issue_id: str, epoch: int, page: RunPage) -> None:
        self._runner, self._ledger, self._issue_id, self._epoch, self._page = runner, ledger, issue_id, epoch, page
        self._running: deque[PrefectFuture[None]] = deque()
        self._errors: list[Exception] = []
        self._ended = 0
        self._looks_without_worker = 0

    def run(self, groups: Sequence[list[int]], *, at_once: int) -> None:
        """Run one task for each group and wait for all of them.

        Raises:
            StoppedError: One of them had to stop, or nobody is left to run them.
        """
        try:
            for numbers in groups:
                if len(self._running) == at_once:
                    self._finish(len(groups))
                if any(not isinstance(error, NotDueError) for error in self._errors):
                    break
                given = {"issue_id": self._issue_id, "epoch": self._epoch, "numbers": numbers}
                self._running.append(self._runner.submit(submit_batches, given))
            while self._running:
                self._finish(len(groups))
        except KeyboardInterrupt:
            self._stop()
            raise StoppedError(
                "Interrupted: the open attempts were ended and stored, no new one was begun. "
                "Run the send again to go on."
            ) from None
        except BaseException:
            self._stop()
            raise
        # an unexpected error tells more than those that only say "stopped"
        kinds = (StoppedError, NotDueError)
        for error in sorted(self._errors, key=lambda error: [isinstance(error, kind) for kind in kinds]):
            raise error

    def _finish(self, all_of_them: int) -> None:
        """Wait for the oldest task, note what stopped it, and move the progress bar."""
        error = self._end_of(self._running[0])
        self._running.popleft()
        self._ended += 1
        if error is not None:
            self._errors.append(error)
        self._page.progress(100.0 * self._ended / all_of_them)

    def _end_of(self, future: "PrefectFuture[None]") -> Exception | None:
        """Wait for the end of a task; None if there is nothing to tell, be it that its workers died."""
        if not self._wait_for(future):
            raise StoppedError(
                f"No Dask worker was there for {LOOK_EVERY * MAX_LOOKS_WITHOUT_WORKER:.0f} seconds. What was "
                "submitted is stored, the other batches are still planned. Start workers and send it again."
            )
        try:
            future.result()
        except Exception as error:  # noqa: BLE001  # it is raised when the other tasks have ended
            return reason_of(error)
        return None

    def _wait_for(self, future: Any) -> bool:
        """Wait for the end of a task; False if there has been no worker for too long."""
        while not future.wrapped_future.done():
            if self._looks_without_worker == MAX_LOOKS_WITHOUT_WORKER:
                return False
            future.wait(timeout=LOOK_EVERY)
            self._looks_without_worker = 0 if has_workers(self._runner) else self._looks_without_worker + 1
        return True

    def _stop(self) -> None:
        """Let the tasks end after their open attempt, wherever they run, because nobody will wait for them."""
        reason = "its flow ended before its tasks."
        delivery.told_to_stop.set()
        if issues.require(self._ledger, self._issue_id).stopped_at is None:
            issues.stop(self._ledger, self._issue_id, reason, utc_now())
        for future in self._running:
            self._wait_for(future)
        if issues.require(self._ledger, self._issue_id).stop_reason == reason:
            issues.go_on(self._ledger, self._issue_id)  # nothing to mend: the schedule may take it up again
        delivery.told_to_stop.clear()


def reason_of(error: Exception) -> Exception | None:
    """Tell what stopped a task; None if nothing did but the deaths of the workers that ran it."""
    kind = type(error).__name__  # Dask's own classes would have to be loaded
    if kind == "KilledWorker":
        return None
    if kind == "FutureCancelledError":
        return StoppedError(
            "The Dask scheduler cannot be reached any more. What was submitted is stored, the other batches are "
            "still planned. Start the cluster anew and send it again."
        )
    return error


def has_workers(runner: "TaskRunner[Any]") -> bool:
    """Tell whether anybody is there to run tasks; threads always are."""
    cluster = getattr(runner, "client", None)
    return cluster is None or bool(cluster.scheduler_info()["workers"])


def main() -> int:
    """Run the flow from a shell and give the exit status."""
    parser = argparse.ArgumentParser(description="Send one issue through Prefect; without one, all that are due.")
    parser.add_argument("issue", nargs="?", help="path of a Markdown file, or a slug")
    parser.add_argument("--segment")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    terminal.configure_logs()
    # a polite stop ends open attempts like Ctrl-C does
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # nobody watches a run from a shell: no second of waiting for the end of its heartbeat, no minutes for a server
    # that is gone, unless somebody wants it so
    wanted = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, PREFECT_CLIENT_MAX_RETRIES: PATIENCE}
    try:
        with temporary_settings({name: value for name, value in wanted.items() if name.name not in os.environ}):
            ended = send_issue(given.issue, given.segment)
    except PressrunError as error:
        terminal.show_error(error)
        return error.exit_status
    except Exception as error:
        if not is_of_prefect(error):
            raise
        end_without_server(given.issue, error, as_json=given.json)
    for status in ended:
        terminal.show_json(status) if given.json else terminal.show_status(status)
    return max((5 if status["status"] == "in_doubt" else 0 for status in ended), default=0)


if __name__ == "__main__":
    raise SystemExit(main())
