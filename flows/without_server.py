"""End a run whose Prefect server is gone: what became of the issue is told by the ledger, as always."""

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from pressrun import terminal
from pressrun.delivery import SendStatus
from pressrun.errors import PressrunError, StoppedError
from pressrun.ledger import issues, open_ledger
from pressrun.operations import sending
from pressrun.settings import load_settings


def end_without_server(reference: str | None, error: Exception, *, as_json: bool) -> NoReturn:
    """Say that the server is gone and how the issue stands, and end this process with the exit status of the send.

    Args:
        reference: The issue that was asked for; None if all that were due.
        error: How the server was missed.
        as_json: Whether a machine reads it.
    """
    terminal.show_alarms(
        [f"Prefect's server does not answer ({type(error).__name__}); its page of this run is not whole."]
    )
    try:
        status = status_by_ledger(reference)
    except PressrunError as problem:
        terminal.show_error(problem)
        _leave(problem.exit_status)
    terminal.show_json(status.as_json()) if as_json else terminal.show_status(status.as_json())
    _leave(status.exit_status)


def status_by_ledger(reference: str | None) -> SendStatus:
    """Give the state of an issue as the ledger has it.

    Raises:
        StoppedError: It cannot be told of one issue, or nothing of it was begun.
    """
    if reference is None:
        raise StoppedError("What became of the issues that were due is in the ledger: `pressrun status` shows each.")
    settings, issue_id = load_settings(), Path(reference).stem
    with closing(open_ledger(settings)) as ledger:
        if issues.find(ledger, issue_id) is None:
            raise StoppedError(f"Nothing of issue {issue_id} was submitted. Start the server and send it again.")
        return sending.issue_status(settings, ledger, issue_id)


def _leave(status: int) -> NoReturn:
    """End at once: Prefect would try for minutes to tell the server what it missed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
