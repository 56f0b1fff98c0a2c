"""What can hold or stop a worker, and how it waits meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pressrun.delivery.outcomes import without_addresses
from pressrun.errors import StoppedError
from pressrun.ledger import Ledger, attempts, batches, issues

#: Pieces of waiting after which the ledger is asked whether the issue may still go on.
_LOOK_EVERY = 5
#: A batch that is due later than this is not waited for.
PATIENCE = timedelta(minutes=15)


class NotDueError(StoppedError):
    """All that may go by the pace has gone; the rest is due later."""


@dataclass(slots=True)
class Brake:
    """What one worker learns of SendGrid's rate limit, told to all workers of its process."""

    #: Epoch seconds before which nobody posts.
    until: float = 0.0

    def hold(self, until: float) -> None:
        """Keep everybody from posting for a while."""
        self.until = max(self.until, until)


@dataclass(kw_only=True, slots=True)
class Controls:
    """How one worker is held and stopped."""

    ledger: Ledger
    issue_id: str
    #: A file that stops every sender before its next POST, without any database.
    stop_file: Path
    #: Tells whether this process is to end politely.
    stopping: Callable[[], bool]
    brake: Brake
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    #: Seconds of waiting between two looks whether anybody wants it to stop.
    piece: float = 1.0

    def require_go(self) -> None:
        """Let the next claim or first byte come only if nobody wants it to stop; needs no database.

        Raises:
            StoppedError: Somebody does.
        """
        if self.stop_file.exists():
            raise StoppedError(
                f"The stop file {self.stop_file} is there: no batch is posted. Delete it and send again."
            )
        if self.stopping():
            raise StoppedError(
                "Told to stop: the open attempts were ended and stored, no new one was begun. "
                "Run the send again to go on."
            )

    def rest(self, seconds: float) -> None:
        """Wait in short pieces, so that a stop file is seen within a second, and a pause soon.

        Raises:
            StoppedError: Somebody wants it to stop.
        """
        slept = 0
        while seconds > 0:
            self.require_go()
            if slept % _LOOK_EVERY == 0:
                attempts.require_running(self.ledger, self.issue_id)
            self.sleep(min(self.piece, seconds))
            seconds -= self.piece
            slept += 1

    def rest_until_due(self, until: datetime) -> None:
        """Wait for the time of the next batch; if that is long, end, and leave the going on to the schedule.

        Raises:
            NotDueError: It is long.
            StoppedError: Somebody wants it to stop.
        """
        wait = until - self.clock()
        if wait > PATIENCE:
            raise NotDueError(
                f"Issue {self.issue_id} keeps to its pace: the next batch is due at {until:%Y-%m-%d %H:%M} UTC. The "
                f"schedule goes on by itself then, and so does `pressrun send {self.issue_id}`."
            )
        self.rest(max(0.001, wait.total_seconds()))

    def stop(self, reason: str) -> StoppedError:
        """Stop the issue for all its workers, and give the error that tells the person."""
        reason = without_addresses(reason)
        issues.stop(self.ledger, self.issue_id, reason, self.clock())
        open_batches = len(batches.planned(self.ledger, self.issue_id))
        return StoppedError(
            f"Issue {self.issue_id} was stopped: {reason} {open_batches} batches are still planned; nothing is "
            "lost. Mend the cause and send it again."
        )
