"""Go through everybody an issue would go to, without freezing anybody: how many they are, and whom it fails for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pressrun import audiences
from pressrun.checks.earlier_issues import judge_audience
from pressrun.delivery.freeze import chooser_now, divide
from pressrun.delivery.packing import Candidate, person_of
from pressrun.errors import InputError
from pressrun.issues import RenderedIssue, SlotRenderer
from pressrun.issues.findings import Finding, error
from pressrun.ledger import Ledger, preflights
from pressrun.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Readers:
    """Who would get an issue, and what was found about them."""

    findings: tuple[Finding, ...] = ()
    #: None: it could not be told.
    recipients: int | None = None
    #: Why it could not be told.
    skipped: str = ""


def look_at_readers(
    settings: Settings,
    ledger: Ledger,
    rendered: RenderedIssue,
    gone: frozenset[str],
    *,
    now: datetime,
    where: str,
    on_progress: Callable[[int], None] = lambda n: None,
) -> Readers:
    """Render every slot for every recipient, and compare their number with the last issue's.

    Args:
        settings: Where the stores and segments are.
        ledger: Knows suppressions and earlier issues.
        rendered: The issue.
        gone: Address keys whose consent ended too recently to be in the suppressions.
        now: The present.
        where: The place of the segment in the issue.
        on_progress: Told how many more candidates were looked at.
    """
    if not settings.catalog_path.exists():
        return Readers(skipped="who would get it: there are no subscribers yet")
    # what is known to take too long for anybody would take it again for everybody
    greedy = {one.where for one in rendered.findings if one.rule == "template-limit"}
    slots = [slot for slot in rendered.slots if slot.where not in greedy]
    search = _Search(SlotRenderer(slots, nonce=rendered.nonce))
    recipients = 0
    try:
        for people, read in _people(settings, rendered.segment, chooser_now(settings, ledger, gone, now)):
            recipients += len(people)
            search.take(people)
            on_progress(read)
    except InputError as problem:
        return Readers(findings=(error("segment", str(problem), where),))
    earlier = [one for one in preflights.earlier(ledger, rendered.issue_id) if one.segment == rendered.segment]
    last = (earlier[-1].issue_id, earlier[-1].recipients) if earlier else None
    found = (*search.findings(), *judge_audience(recipients, last, where))
    return Readers(findings=found, recipients=recipients)


class _Search:
    """Look for slots that fail; one that has failed is not tried any more, for its writer must mend it anyway."""

    def __init__(self, renderer: SlotRenderer) -> None:
        self._renderer = renderer
        self._looked_at = 0
        self._found: list[Finding] = []

    def take(self, people: list[dict[str, object]]) -> None:
        self._looked_at += len(people)
        for fault in self._renderer.take_out_failing(people):
            others = fault.failing - 1
            more = f" and {others:,} more of the first {self._looked_at:,} recipients" if others else ""
            problem = f"{fault.expression} cannot be rendered for subscriber {fault.subscriber_id}{more}: {fault.said}."
            self._found.append(error(fault.rule, problem, fault.where))

    def findings(self) -> list[Finding]:
        return self._found


def _people(
    settings: Settings, segment: str, chooser: audiences.Chooser
) -> Iterator[tuple[list[dict[str, object]], int]]:
    for rows in audiences.candidates(settings, segment):
        kept, _ = divide(rows, chooser)
        yield [person_of(Candidate._asdict(row)) for row in kept], rows.num_rows
