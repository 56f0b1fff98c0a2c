"""What a run shows on its page of Prefect: a bar and the sums. Never anything that the send depends on.

Prefect's server may be gone in the middle of a send. Then its page stays as it was, the log says so once, and the
mails go out all the same, because the ledger alone decides.
"""

from collections.abc import Callable
from typing import Any

from prefect import get_run_logger
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from flows.without_server import words_of
from pressrun.delivery import SendStatus


class RunPage:
    """The page of one run; quiet from the first call on that its server does not take."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._is_gone = False

    def begin(self, issue_id: str) -> None:
        """Show an empty bar."""
        key, words = f"submit-{issue_id}", f"Submitting {issue_id}"
        self._bar = self._show(lambda: create_progress_artifact(progress=0.0, key=key, description=words))

    def progress(self, percent: float) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._show(lambda: update_progress_artifact(self._bar, progress=percent))

    def sums(self, status: SendStatus) -> None:
        """Show what became of everybody."""
        self._show(
            lambda: create_table_artifact(
                key=f"sums-{status.issue_id}",
                table=[{"what": name, "value": str(value)} for name, value in status.as_json().items()],
                description="candidates = recipients + excluded; recipients = submitted + refused + withdrawn + "
                "in doubt + abandoned + pending",
            )
        )

    def _show(self, call: Callable[[], object]) -> object:
        if self._is_gone:
            return None
        try:
            with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 1}):  # a picture is not worth minutes of waiting
                return call()
        except Exception as error:  # noqa: BLE001  # whatever it is: mails do not wait for a picture
            self._is_gone = True
            get_run_logger().warning(
                "Prefect's page of this run cannot be kept (%s). The send goes on; `pressrun status` shows how far.",
                words_of(error),
            )
            return None
