"""Send one issue: the one sender of its ledger, from lock to status."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from os import getpid
from pathlib import Path

from pressrun.crash_points import reach
from pressrun.delivery import doubt
from pressrun.delivery.consent import ConsentReader
from pressrun.delivery.controls import Brake, Controls, NotDueError
from pressrun.delivery.freeze import freeze_once
from pressrun.delivery.payload import Shared
from pressrun.delivery.preflight import Checked, require_ok
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.delivery.submit import Worker
from pressrun.errors import StoppedError
from pressrun.landing import Landing
from pressrun.ledger import Ledger, attempts, batches, identity, issues
from pressrun.ledger.issues import Issue
from pressrun.policies import policy_of
from pressrun.settings import Settings

Clock = Callable[[], datetime]
_BRAKE = Brake()
#: Set while this process is told to end; every worker in it looks before each claim and each first byte.
told_to_stop = threading.Event()


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporter:
    """Who wants to hear how far a send is; called from several threads."""

    #: How many more candidates were read and rendered.
    on_frozen: Callable[[int], None] = lambda n: None
    #: How many recipients wait to be submitted, once that is known.
    on_start: Callable[[int], None] = lambda n: None
    #: How many more recipients have reached an end.
    on_submitted: Callable[[int], None] = lambda n: None


def utc_now() -> datetime:
    """Give the time, at the rim."""
    return datetime.now(UTC)


@contextmanager
def sender(settings: Settings, ledger: Ledger, issue_id: str, clock: Clock = utc_now) -> Iterator[int]:
    """Be the one sender, with everything judged that a dead one left behind; gives the epoch.

    Raises:
        HeldElsewhereError: Another sender is at work.
        RefusedError: This copy was moved or restored and is not armed.
    """
    identity.require_armed(ledger, settings, clock())
    since = clock().strftime("%Y-%m-%d %H:%M:%S UTC")
    holder = f"issue {issue_id}, process {getpid()}, since {since}"
    with identity.sender_lock(ledger, settings, holder) as epoch:
        reach("recover.before")
        attempts.recover(ledger, clock(), epoch)
        reach("recover.done")
        yield epoch


def prepare(
    settings: Settings,
    ledger: Ledger,
    checked: Checked,
    *,
    segment: str | None = None,
    clock: Clock = utc_now,
    reporter: Reporter | None = None,
) -> Issue:
    """Freeze the audience of a checked issue, as the one sender; safe to repeat.

    Raises:
        RefusedError: Preflight found errors, or a slot failed for a recipient; nothing was submitted.
    """
    rendered = checked.rendered
    require_ok(checked)
    consent = ConsentReader(ledger, Landing(settings.landing_dir), spellings=settings.gmail_merge)
    return freeze_once(
        settings,
        ledger,
        rendered,
        segment=segment or rendered.segment,
        gone=consent.refresh(),
        clock=clock,
        on_progress=(reporter or Reporter()).on_frozen,
    )


def require_provider(settings: Settings) -> None:
    """Find out before anything is frozen whether there is a provider to post to.

    Raises:
        InputError: The key is missing, or the host cannot be used.
    """
    SendGridProvider(settings.sendgrid_api_key, settings.sendgrid_api_host)


def make_worker(
    settings: Settings,
    ledger: Ledger,
    issue_id: str,
    epoch: int,
    *,
    clock: Clock = utc_now,
    on_progress: Callable[[int], None] = lambda n: None,
    stopping: Callable[[], bool] = told_to_stop.is_set,
) -> Worker:
    """Make a worker for one thread; everything it needs to know is in the stores."""
    issue = issues.require(ledger, issue_id)
    return Worker(
        ledger=ledger,
        provider=SendGridProvider(settings.sendgrid_api_key, settings.sendgrid_api_host),
        consent=ConsentReader(ledger, Landing(settings.landing_dir), spellings=settings.gmail_merge),
        issue_id=issue_id,
        shared=Shared.from_json(issue.shared),
        policy=policy_of(issue.in_doubt),
        epoch=epoch,
        pace=settings.limits,
        group=settings.sendgrid_group,
        controls=Controls(
            ledger=ledger,
            issue_id=issue_id,
            stop_file=stop_file(settings),
            stopping=stopping,
            brake=_BRAKE,
            clock=clock,
            sleep=time.sleep,
        ),
        on_progress=on_progress,
    )


def submit_all(
    settings: Settings,
    ledger: Ledger,
    issue_id: str,
    epoch: int,
    *,
    clock: Clock = utc_now,
    reporter: Reporter | None = None,
) -> None:
    """Submit every planned batch of a frozen issue with several threads.

    Raises:
        StoppedError: One of them had to stop; the others ended after their open attempt.
    """
    reporter = reporter or Reporter()
    go_on(settings, ledger, issue_id, clock())
    numbers = batches.planned(ledger, issue_id)
    reporter.on_start(batches.sums(ledger, issue_id).by_batch_state.get("planned", 0))
    line = _Line(numbers)

    def work() -> None:
        worker = make_worker(
            settings,
            ledger,
            issue_id,
            epoch,
            clock=clock,
            on_progress=reporter.on_submitted,
            stopping=lambda: line.closed_by_hand or told_to_stop.is_set(),
        )
        try:
            worker.submit(line)
        except BaseException:
            line.close()
            raise

    _run_in_threads(settings.concurrency, work, line)


def go_on(settings: Settings, ledger: Ledger, issue_id: str, now: datetime) -> None:
    """Clear a stop, and do what the policy says about answers that a dead sender lost."""
    issues.go_on(ledger, issue_id)
    policy = policy_of(issues.require(ledger, issue_id).in_doubt)
    if policy.kind in ("resend_now", "fenced"):
        provider = SendGridProvider(settings.sendgrid_api_key, settings.sendgrid_api_host)
        doubt.after_crash(ledger, provider, issue_id, policy, now)


def groups(numbers: Sequence[int], *, at_most: int) -> list[list[int]]:
    """Divide batch numbers into few enough groups that each can be one task of a flow."""
    size = max(1, -(-len(numbers) // at_most))
    return [list(numbers[at : at + size]) for at in range(0, len(numbers), size)]


def end(ledger: Ledger, issue_id: str) -> None:
    """Drop the rendered slots once nothing of the issue can be posted again."""
    present = batches.sums(ledger, issue_id).batches
    if not {"planned", "open", "in_doubt"} & set(present):
        reach("issue.before_end")
        issues.forget_slots(ledger, issue_id)
        reach("issue.ended")


def stop_file(settings: Settings) -> Path:
    """Name the file that stops every sender before its next POST."""
    return settings.home / "stop"


class _Line:
    """Batch numbers that several threads take from, each number once."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = iter(numbers)
        self._lock = threading.Lock()
        self._closed = False
        #: Whether a person wants the workers to end.
        self.closed_by_hand = False

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        with self._lock:
            if self._closed:
                raise StopIteration
            return next(self._numbers)

    def close(self) -> None:
        """Let the others end after their open attempt."""
        self._closed = True


def _run_in_threads(count: int, work: Callable[[], None], line: "_Line") -> None:
    """Run the same work in several threads; an interrupt lets the open attempts end and claims no more."""
    with ThreadPoolExecutor(count, thread_name_prefix="sender") as pool:
        ended = [pool.submit(work) for _ in range(count)]
        try:
            wait(ended)
        except KeyboardInterrupt:
            line.closed_by_hand = True
            line.close()
            wait(ended)
            raise StoppedError(
                "Interrupted: the open attempts were ended and stored, no new one was begun. "
                "Run the send again to go on."
            ) from None
    _raise_first([future.exception() for future in ended])


def _raise_first(errors: Sequence[BaseException | None]) -> None:
    """Raise the most telling of the errors: an unexpected one before "stopped", and that before "not due yet"."""
    found = [error for error in errors if error is not None]
    found.sort(key=lambda error: (isinstance(error, StoppedError), isinstance(error, NotDueError)))
    if found:
        raise found[0]
