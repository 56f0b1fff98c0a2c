"""End a run that Prefect cannot keep, as when its server is gone: the ledger tells what became of the issue."""

import os
import sys
import traceback
from contextlib import closing
from typing import NoReturn

import httpx
from prefect.exceptions import PrefectException

from pressrun import terminal
from pressrun.delivery import SendStatus
from pressrun.errors import PressrunError, StoppedError
from pressrun.issues import reference_of
from pressrun.ledger import issues, open_ledger
from pressrun.operations import sending
from pressrun.settings import load_settings

#: What Prefect raises when its server cannot be reached (before a run that is a RuntimeError), or does not do as asked.
_PREFECTS = (httpx.HTTPError, PrefectException, RuntimeError)
_OURS = ("flows", "pressrun", "__main__")


def is_of_prefect(error: Exception) -> bool:
    """Tell trouble between Prefect and its server from what went wrong in a send, which is nobody's to hide."""
    modules = [frame.f_globals.get("__name__", "").split(".")[0] for frame, _ in traceback.walk_tb(error.__traceback__)]
    raised_in = [name for name in modules if name == "prefect" or name in _OURS]
    return isinstance(error, _PREFECTS) and raised_in[-1:] == ["prefect"]


def words_of(error: Exception) -> str:
    """Say in a line what Prefect's trouble is."""
    if isinstance(error, httpx.HTTPStatusError):
        # httpx would quote the whole address, with a password if one is in it
        return f"its server answered {error.response.status_code}"
    said = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def end_without_server(reference: str | None, error: Exception, *, as_json: bool) -> NoReturn:
    """Say what is wrong and how the issue stands, and end this process with the exit status of the send.

    Args:
        reference: The issue that was asked for; None if all that were due.
        error: What Prefect raised.
        as_json: Whether a machine reads it.
    """
    terminal.show_alarms([f"Prefect could not keep this run ({words_of(error)}); its page of it is not whole."])
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
        InputError: There is no such issue.
        StoppedError: It cannot be told of one issue, or nothing of it was begun.
    """
    if reference is None:
        raise StoppedError("What became of the issues that were due is in the ledger: `pressrun status` shows each.")
    settings = load_settings()
    with closing(open_ledger(settings)) as ledger:
        issue_id = sending.slug_of(settings, ledger, reference_of(reference))
        if issues.find(ledger, issue_id) is None:
            raise StoppedError(
                f"Nothing of issue {issue_id} was submitted. Mend that (is Prefect's server up, and PREFECT_API_URL "
                f"right?) and run it again, or send it without Prefect: `pressrun send {issue_id}`."
            )
        return sending.issue_status(settings, ledger, issue_id)


def _leave(status: int) -> NoReturn:
    """End at once: Prefect would try for minutes to tell the server what it missed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
