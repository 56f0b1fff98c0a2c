"""The rows of the fault matrix that are proved here, and how a test says which row it proves, how often."""

from collections.abc import Callable
from typing import Any

import pytest

#: Row → the fault, in few words.
ROWS = {
    "F1": "kill -9 between intent and wire",
    "F2": "kill -9 in mid-body",
    "F3": "kill -9 after acceptance, before the outcome",
    "F4": "kill -9 anywhere, twice in a row",
    "F5": "SIGTERM",
    "F6": "two to eight senders at once",
    "F7": "sender alive, Prefect says Crashed",
    "F8": "Prefect's server gone",
    "F9": "SIGSTOP and SIGCONT",
    "F10": "copied folder, restored snapshot, late schedule",
    "F11": "another version of the ledger in mid-issue",
    "F12": "no connection: refused, DNS, TLS",
    "F13": "connection broken: nine modes",
    "F14": "accepted, the answer never comes",
    "F15": "not accepted, the answer never comes",
    "F16": "500, 502, 503, 504, accepted or not",
    "F17": "429 for half an hour",
    "F18": "400 naming bad addresses",
    "F19": "401 or 403 in mid-issue",
    "F20": "413, over 30 MB",
    "F21": "202 without a message id, or with a repeated one",
    "F22": "accepted, all its events lost",
    "F23": "webhook dead for 30 hours",
    "F24": "late event for an abandoned or reposted attempt",
    "F25": "fenced: the cancel is taken, late, or one too many",
    "F41": "unsubscribe while a batch is checked",
    "F42": "unsubscribe during kill -9, busy lake, full disk",
    "F43": "scanners follow every link",
    "F44": "an import brings suppressed people back",
    "F45": "import killed or refused half-way",
    "F46": "messy tables",
    "F47": "a slot fails for one recipient",
    "F48": "send pressed twice, issue edited meanwhile",
}
#: Rows about the policies for what is in doubt: they count people and not runs, and run whole in `make test`.
WHOLE = ("F15", "F22", "F23", "F24", "F25")
Test = Callable[..., Any]


def row(name: str, *, sample: int, full: int, seconds: int = 1800) -> Callable[[Test], Test]:
    """Mark a test with its row and run it with `runs`: a sample in `make test`, the full figure in `make prove`."""
    proof = [pytest.mark.prove, pytest.mark.timeout(seconds)]
    sizes = [pytest.param(sample, id="sample"), pytest.param(full, id="full", marks=proof)]

    def mark(test: Test) -> Test:
        marked: Test = pytest.mark.fault(name)(pytest.mark.parametrize("runs", sizes)(test))
        return marked

    return mark
