"""Send an issue: preflight, frozen audience, batches, SendGrid.

Prefect shows and schedules; it never decides. The ledger's compare-and-set makes a batch go out once, and the
sender's lock makes the sender the only one, so tasks that post have no retries, no cached results and no
transactions (a retry by time or by a crashed run's state would post again what may have been accepted).
"""

import argparse
from collections import deque
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.task_runners import ThreadPoolTaskRunner

from pressrun import delivery, terminal
from pressrun.delivery import SendStatus
from pressrun.delivery.sender import utc_now
from pressrun.errors import PressrunError
from pressrun.ledger import Ledger, batches, issues, open_ledger
from pressrun.operations import due, sending
from pressrun.settings import Settings, load_settings

#: Prefect's server keeps about 50 task runs a second, so a task owns several batches of a large issue.
MAX_TASKS = 100


@task(name="submit batches", cache_policy=NO_CACHE, retries=0)
def submit_batches(issue_id: str, epoch: int, numbers: list[int]) -> None:
    """Submit some batches of a frozen issue; those that are not planned any more are passed over."""
    settings = load_settings()
    ledger = open_ledger(settings)
    delivery.make_worker(settings, ledger, issue_id, epoch).submit(numbers)


@task(name="freeze audience", cache_policy=NO_CACHE, retries=0)
def freeze_audience(reference: str, segment: str | None) -> str:
    """Check the issue and freeze its audience once, everything rendered for everyone."""
    settings = load_settings()
    ledger = open_ledger(settings)
    planned = sending.plan(settings, ledger, as_reference(reference))
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
    wanted = [issue] if issue else due.due_issues(settings, ledger, utc_now())
    return [send_one(settings, ledger, reference, segment).as_json() for reference in wanted]


def send_one(settings: Settings, ledger: Ledger, reference: str, segment: str | None) -> SendStatus:
    """Send one issue as the one sender of the ledger."""
    with delivery.sender(settings, ledger, Path(reference).stem) as epoch:
        issue_id = freeze_audience(reference, segment)
        issues.go_on(ledger, issue_id)
        try:
            submit_in_tasks(ledger, issue_id, epoch, settings.concurrency)
        finally:
            sending.copy_to_lake(settings, ledger)
    delivery.end(ledger, issue_id)
    status = sending.issue_status(settings, ledger, issue_id)
    show(status)
    return status


def submit_in_tasks(ledger: Ledger, issue_id: str, epoch: int, workers: int) -> None:
    """Spread the planned batches over tasks, a few at a time, and move the progress bar as they end."""
    groups = delivery.groups(batches.planned(ledger, issue_id), at_most=MAX_TASKS)
    bar = create_progress_artifact(progress=0.0, key=f"submit-{issue_id}", description=f"Submitting {issue_id}")
    running: deque[PrefectFuture[None]] = deque()
    ended = 0
    for numbers in groups:
        if len(running) == workers:
            ended += finish(running.popleft(), bar, ended, len(groups))
        running.append(submit_batches.submit(issue_id, epoch, numbers))
    while running:
        ended += finish(running.popleft(), bar, ended, len(groups))
    if not groups:
        update_progress_artifact(bar, progress=100.0)  # type: ignore[arg-type]  # a sync call gives the id itself


def finish(future: "PrefectFuture[None]", bar: object, ended: int, all_of_them: int) -> int:
    """Wait for one task, raise what stopped it, and move the progress bar."""
    future.result()
    update_progress_artifact(bar, progress=100.0 * (ended + 1) / all_of_them)  # type: ignore[arg-type]
    return 1


def as_reference(issue: str) -> str | Path:
    """Tell a path from a slug."""
    return Path(issue) if issue.endswith((".md", ".markdown")) or "/" in issue else issue


def show(status: SendStatus) -> None:
    """Leave the sums on the run's page."""
    create_table_artifact(
        key=f"sums-{status.issue_id}",
        table=[{"what": name, "value": str(value)} for name, value in status.as_json().items()],
        description="candidates = recipients + excluded; recipients = submitted + refused + withdrawn + in doubt "
        "+ abandoned + pending",
    )


def main() -> int:
    """Run the flow from a shell and give the exit status."""
    parser = argparse.ArgumentParser(description="Send one issue through Prefect; without one, all that are due.")
    parser.add_argument("issue", nargs="?", help="path of a Markdown file, or a slug")
    parser.add_argument("--segment")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    terminal.configure_logs()
    try:
        ended = send_issue(given.issue, given.segment)
    except PressrunError as error:
        terminal.show_error(error)
        return error.exit_status
    for status in ended:
        terminal.show_json(status) if given.json else terminal.show_status(status)
    return max((5 if status["status"] == "in_doubt" else 0 for status in ended), default=0)


if __name__ == "__main__":
    raise SystemExit(main())
