"""Go through a whole send without mailing anybody: render all, build every request, and post none of them.

With a provider each request is posted in SendGrid's sandbox mode: it is checked and answered, and no mail goes out.
Nothing is stored, so nothing of it counts as an audience.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pressrun.delivery.freeze import audience_of, chooser_now, shared_of
from pressrun.delivery.outcomes import words_of
from pressrun.delivery.payload import Slots, build_request
from pressrun.delivery.provider import Provider
from pressrun.issues import RenderedIssue
from pressrun.ledger import Ledger, pacing
from pressrun.ledger.issues import FrozenBatch
from pressrun.settings import Settings

_SANDBOX_MODE = {"mail_settings": {"sandbox_mode": {"enable": True}}}
#: What SendGrid answers in sandbox mode; a real mail gets 202.
_CHECKED = 200
_PROBLEMS_KEPT = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """What a send would be."""

    issue_id: str
    candidates: int
    excluded: Mapping[str, int]
    recipients: int
    batches: int
    #: Bytes of the largest request.
    largest_request: int
    #: Lane (a mailbox provider with a pace of its own, or empty) and number of recipients of each batch.
    sizes: tuple[tuple[str, int], ...] = field(repr=False)
    #: What SendGrid said of requests in sandbox mode, where it was asked.
    checked: int = 0
    problems: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Give the public shape."""
        names = (
            "issue_id",
            "candidates",
            "excluded",
            "recipients",
            "batches",
            "largest_request",
            "checked",
            "problems",
        )
        return {name: getattr(self, name) for name in names}


def rehearse(
    settings: Settings,
    ledger: Ledger,
    rendered: RenderedIssue,
    *,
    segment: str,
    gone: frozenset[str],
    now: datetime,
    provider: Provider | None = None,
    on_progress: Callable[[int], None] = lambda n: None,
) -> Rehearsed:
    """Render the issue for everyone and build every request.

    Args:
        settings: Where the stores and segments are.
        ledger: Read for suppressions and decisions only.
        rendered: The checked issue.
        segment: Whom to ask for candidates.
        gone: Address keys whose consent ended too recently to be in the suppressions.
        now: The present.
        provider: Asked about each request in sandbox mode; None: nothing is posted.
        on_progress: Told how many more candidates were read.

    Raises:
        RefusedError: A slot failed for a recipient.
    """
    excluded: Counter[str] = Counter()
    trial = _Trial(rendered, provider)
    read = 0
    for piece in audience_of(settings, rendered, segment, chooser_now(settings, ledger, gone, now)):
        excluded.update(one.reason for one in piece.left_out)
        for batch in piece.batches:
            trial.take(batch)
        read += piece.read
        on_progress(piece.read)
    return Rehearsed(
        issue_id=rendered.issue_id,
        candidates=read,
        excluded=dict(excluded),
        recipients=sum(count for _, count in trial.sizes),
        batches=len(trial.sizes),
        largest_request=trial.largest,
        sizes=tuple(trial.sizes),
        checked=trial.checked,
        problems=tuple(trial.problems),
    )


def planned(settings: Settings, ledger: Ledger, sizes: tuple[tuple[str, int], ...], start: datetime) -> list[datetime]:
    """Say when each batch would be due by the pace."""
    waiting = [(number, lane, count) for number, (lane, count) in enumerate(sizes)]
    due = pacing.due_times(ledger, settings.limits, waiting, start)
    return [due[number] for number in range(len(sizes))]


class _Trial:
    """Build the request of each batch, and ask about it if there is somebody to ask."""

    def __init__(self, rendered: RenderedIssue, provider: Provider | None) -> None:
        self._rendered = rendered
        self._shared = shared_of(rendered)
        self._provider = provider
        self.sizes: list[tuple[str, int]] = []
        self.largest = self.checked = 0
        self.problems: list[str] = []

    def take(self, batch: FrozenBatch) -> None:
        """Build one request."""
        request = build_request(
            self._shared,
            Slots.unpack(batch.slots),
            issue_id=self._rendered.issue_id,
            batch_no=batch.batch_no,
            attempt_id="rehearsal",
            extra=_SANDBOX_MODE if self._provider else None,
        )
        self.sizes.append((batch.lane, len(batch.recipients)))
        self.largest = max(self.largest, len(request))
        if self._provider is not None:
            self._ask(self._provider, request, batch.batch_no)

    def _ask(self, provider: Provider, request: bytes, number: int) -> None:
        answer = provider.post(request, lambda: None)
        self.checked += 1
        if answer.status != _CHECKED and len(self.problems) < _PROBLEMS_KEPT:
            self.problems.append(f"request {number}: {answer.status or 'no answer'}: {words_of(answer)}")
