"""One issue in a world of chance: fake clock, fake provider, a ledger in memory's own file system, and its truth."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pressrun import crash_points
from pressrun.delivery import settle as settle_by_policies
from pressrun.delivery.sender import make_worker, sender
from pressrun.delivery.silence import Control
from pressrun.delivery.silence import judge as judge_silence
from pressrun.delivery.status import status_of
from pressrun.delivery.submit import Worker
from pressrun.errors import PressrunError
from pressrun.landing import Beat, ConsentAction, Landing, encode_consent
from pressrun.ledger import Ledger, attempts, batches, issues, recipients, settling
from pressrun.ledger.attempts import Attempt
from pressrun.policies import policy_of
from pressrun.settings import Settings
from tests.proofs.chancy_provider import ChancyProvider
from tests.proofs.checker import Claims, Truth, Verdict, assert_clean

ISSUE = "sim"


class KilledError(BaseException):
    """The process ends here; nobody may catch it."""


@dataclass(kw_only=True)
class SimWorld:
    """Everything around one issue. Its public methods are what may happen; each leaves it at rest."""

    chance: random.Random
    settings: Settings
    ledger: Ledger
    provider: ChancyProvider
    policy: str
    people: tuple[str, ...]
    now: datetime
    #: When our 2xx to an unsubscribe had returned, by person.
    acknowledged: dict[str, float] = field(default_factory=dict)
    #: Attempts of which an event is in the lake, and when a settling saw it.
    arrived: set[str] = field(default_factory=set)
    proven: dict[str, float] = field(default_factory=dict)
    announced: Counter[str] = field(default_factory=Counter)
    vouched: set[str] = field(default_factory=set)
    recovered: set[str] = field(default_factory=set)
    given_up: bool = False
    moments: int = 0
    story: list[str] = field(default_factory=list)

    def clock(self) -> datetime:
        """Give a time that never stands still."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def moment(self) -> float:
        """Give the order of things, whatever the clock says."""
        self.moments += 1
        return self.moments

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.now += timedelta(seconds=seconds)

    def tell(self, what: str) -> None:
        """Keep what happened, for whoever must understand a failure."""
        self.story.append(what)

    def send(
        self,
        *,
        kill_at: int | str = 0,
        at_points: dict[int, Callable[[], object]] | None = None,
        most: int | None = None,
    ) -> str:
        """Run one sender.

        Args:
            kill_at: It is killed when it reaches its n-th point, or the first of a name.
            at_points: What else happens, by the number of the point.
            most: Post only so many of the planned batches.
        """
        listener = _Listener(kill_at, at_points or {})
        crash_points.listen(listener)
        try:
            with sender(self.settings, self.ledger, ISSUE, self.clock) as epoch:
                issues.go_on(self.ledger, ISSUE)
                self._worker(epoch).submit(self.planned()[:most])
            ended = "ended"
        except KilledError:
            ended = f"killed at {listener.last}"
            for attempt in attempts.of_issue(self.ledger, ISSUE):
                if attempt.state == "wire":
                    self.provider.lose(attempt.attempt_id)
        except PressrunError as error:
            ended = f"stopped: {error}"
        finally:
            crash_points.listen(None)
        self.tell(f"send {ended}")
        return ended

    def unsubscribe(self, person: str) -> None:
        """Acknowledge an unsubscribe, as the receiver does."""
        action = ConsentAction(
            action_id=f"c-{person}",
            action="unsubscribe",
            recipient_id=person,
            source="one-click",
            acted_at=self.now,
        )
        Landing(self.settings.landing_dir).append("consent", encode_consent(action), at=self.now)
        self.acknowledged.setdefault(person, self.moment())
        self.tell(f"{person} unsubscribed")

    def events_arrive(self, attempt_ids: list[str]) -> None:
        """Let one event of each attempt come into the lake; some of them come again."""
        self.arrived.update(attempt_ids)
        self.tell(f"events of {sorted(attempt_ids)}")

    def settle(self) -> None:
        """Settle as `pressrun settle` does, with the lake's part of it played by `arrived`."""
        settle_by_policies(self.settings, self.ledger, self.clock())
        seen = [attempt_id for attempt_id in settling.unsettled(self.ledger) if attempt_id in self.arrived]
        self.chance.shuffle(seen)
        settled = settling.by_events(self.ledger, [*seen, "nobody-knows-this-one"], self.clock())
        self.recovered.update(settled.accepted)
        self._free_what_is_silent()
        open_now = {one.attempt_id for one in attempts.of_issue(self.ledger, ISSUE) if one.state in ("intent", "wire")}
        for attempt_id in sorted(self.arrived - open_now):
            self.proven.setdefault(attempt_id, self.moment())
        self.tell(f"settled {settled.accepted} {settled.alarms}")

    def _free_what_is_silent(self) -> None:
        """Judge silence as `resend_if_silent` does, with events and receiver played by this world."""
        policy = policy_of(self.policy)
        if policy.kind != "resend_if_silent":
            return
        log = {request.attempt: request.people for request in self.provider.accepted}
        for attempt in settling.in_doubt(self.ledger, ISSUE):
            verdict = judge_silence(self._control(attempt), policy, self.now)
            if verdict.is_silent and attempt.attempt_id not in self.arrived:
                settling.as_not_accepted(self.ledger, attempt.attempt_id, "silence", self.clock())
                self.announced.update(log.get(attempt.attempt_id, ()))  # the one duplicate that is documented
                self.tell(f"silence freed {attempt.attempt_id}, accepted={attempt.attempt_id in log}")

    def _control(self, attempt: Attempt) -> Control:
        since = attempt.in_doubt_at or attempt.intent_at
        later = settling.answered_after(self.ledger, attempt)
        minutes = int(max(timedelta(0), self.now - since) / timedelta(minutes=1))
        beats = [Beat(at=since + timedelta(minutes=at), what="alive") for at in range(0, minutes + 1, 2)]
        return Control(
            doubt_since=since,
            left_at=since,
            later_attempts=len(later),
            later_recipients=sum(one.count_recipients for one in later),
            heard_recipients=sum(one.count_recipients for one in later if one.attempt_id in self.arrived),
            beats=beats,
        )

    def decide(self, *, truthfully: bool) -> None:
        """Let a person decide one batch in doubt, well or badly informed."""
        doubtful = settling.in_doubt(self.ledger, ISSUE)
        if not doubtful:
            return
        attempt = self.chance.choice(doubtful)
        log = {request.attempt: request.people for request in self.provider.accepted}
        says_accepted = (attempt.attempt_id in log) == truthfully
        who = self._people_of(attempt.batch_no)
        settling.by_person(self.ledger, ISSUE, attempt.batch_no, accepted=says_accepted, who="sim", now=self.clock())
        if says_accepted and attempt.attempt_id not in log:
            self.vouched.update(who)
        if not says_accepted and attempt.attempt_id in log:
            self.announced.update(log[attempt.attempt_id])
        self.tell(f"decided {attempt.attempt_id} accepted={says_accepted} truthfully={truthfully}")

    def control(self, what: str) -> None:
        """Pause, resume or cancel."""
        if what == "pause":
            issues.pause(self.ledger, ISSUE, self.clock())
        elif what == "resume":
            issues.resume(self.ledger, ISSUE)
        else:
            issues.cancel(self.ledger, ISSUE, self.clock())
            self.given_up = True
        self.tell(what)

    def planned(self) -> list[int]:
        """Give the batches that wait to be posted."""
        return batches.planned(self.ledger, ISSUE)

    def check(self) -> Verdict:
        """Hold what is shown now against what happened until now."""
        return assert_clean(self.truth(), self.claims())

    def truth(self) -> Truth:
        """Give what happened, as provider and receiver know it."""
        return Truth(
            audience=frozenset(self.people),
            accepted=tuple(self.provider.accepted),
            acknowledged=self.acknowledged,
            bad=frozenset(self.provider.bad),
            proven=self.proven,
            announced=self.announced + (self.provider.unanswered if self.policy == "resend_now" else Counter()),
            vouched=frozenset(self.vouched),
            given_up=self.given_up or self.policy == "never",
        )

    def claims(self) -> Claims:
        """Give what Pressrun shows: its status, and each recipient's state."""
        shown = status_of(self.settings, self.ledger, ISSUE)
        states = {one.recipient_id: one.state for piece in recipients.states(self.ledger, ISSUE) for one in piece}
        counts = {name: value for name, value in shown.as_json().items() if isinstance(value, int)}
        return Claims(
            status=shown.status,
            states=states,
            counts=counts,
            candidates=shown.candidates,
            recipients=shown.recipients,
            excluded=sum(shown.excluded.values()),
            recovered=frozenset(self.recovered),
            undecided=len(settling.in_doubt(self.ledger)),
        )

    def _people_of(self, batch_no: int) -> list[str]:
        return [one.recipient_id for one in recipients.of_batch(self.ledger, ISSUE, batch_no)]

    def _worker(self, epoch: int) -> Worker:
        worker = make_worker(self.settings, self.ledger, ISSUE, epoch, clock=self.clock)
        worker.provider, worker.controls.sleep = self.provider, self.sleep
        worker.controls.piece = 60.0  # hours pass here, and each look costs as much as a second of them
        return worker


class _Listener:
    """Counts the points a sender reaches, and lets things happen at them."""

    def __init__(self, kill_at: int | str, at_points: dict[int, Callable[[], object]]) -> None:
        self._kill_at = kill_at
        self._at_points = at_points
        self._count = 0
        self.last = ""

    def __call__(self, name: str) -> None:
        self._count += 1
        self.last = name
        if self._kill_at in (self._count, name):
            crash_points.listen(None)
            raise KilledError
        happening = self._at_points.get(self._count)
        if happening is not None:
            crash_points.listen(None)
            happening()
            crash_points.listen(self)
