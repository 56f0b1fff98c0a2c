"""A ledger with a frozen issue, a clock that only moves when told, and the check of both equations."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fake_provider import FakeProvider

from pressrun.delivery.consent import ConsentReader
from pressrun.delivery.controls import Brake, Controls
from pressrun.delivery.payload import Shared, Slots, personalization
from pressrun.delivery.sender import sender
from pressrun.delivery.splitting import checksum
from pressrun.delivery.status import SendStatus, status_of
from pressrun.delivery.submit import Worker
from pressrun.landing import ConsentAction, Landing, WebhookPost, encode_consent, encode_post
from pressrun.ledger import Ledger, attempts, batches, issues, open_ledger, recipients, settling
from pressrun.ledger.issues import FrozenBatch, FrozenRecipient, IssueDraft
from pressrun.ledger.settling import Settlement
from pressrun.pace import Pace
from pressrun.policies import policy_of
from pressrun.settings import Settings
from tests.new_stores import new_stores

ISSUE = "hello"
TAG = "pruTAG"
SHARED = Shared(
    from_email="hello@newsletter.example",
    from_name="Hello",
    reply_to="",
    subject="Hello",
    html=f"<p>Hi</p><a href='{TAG}'>leave</a>",
    text=f"Hi {TAG}",
    unsubscribe_tag=TAG,
    track=True,
)


@dataclass(kw_only=True)
class World:
    """One issue on its way, with all that surrounds it."""

    settings: Settings
    ledger: Ledger
    provider: FakeProvider = field(default_factory=FakeProvider)
    now: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    pace: Pace = field(default_factory=Pace)
    told_to_stop: bool = False
    group: int | None = None
    brake: Brake = field(default_factory=Brake)
    count_progress: int = 0
    seconds_slept: float = 0.0

    def clock(self) -> datetime:
        """Give a time that never stands still, so that orders by time are clear."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.seconds_slept += seconds
        self.now += timedelta(seconds=seconds)

    def freeze(self, *sizes: int) -> None:
        """Freeze the issue with one batch of each size; people are called p0, p1 and so on."""
        draft = IssueDraft(
            issue_id=ISSUE, subject="Hello", segment="everyone", content_hash="h", shared=SHARED.to_json()
        )
        issues.start(self.ledger, draft, self.clock())
        first = 0
        for number, size in enumerate(sizes, 1):
            issues.add_batches(self.ledger, ISSUE, [batch_of(number, range(first, first + size))])
            first += size
        issues.freeze(self.ledger, ISSUE, candidates=first, now=self.clock())

    def worker(self, epoch: int) -> Worker:
        """Make a worker that posts to the fake provider."""
        return Worker(
            ledger=self.ledger,
            provider=self.provider,
            consent=ConsentReader(self.ledger, Landing(self.settings.landing_dir)),
            issue_id=ISSUE,
            shared=SHARED,
            policy=policy_of(issues.require(self.ledger, ISSUE).in_doubt),
            epoch=epoch,
            pace=self.pace,
            group=self.group,
            controls=Controls(
                ledger=self.ledger,
                issue_id=ISSUE,
                stop_file=self.settings.home / "stop",
                stopping=lambda: self.told_to_stop,
                brake=self.brake,
                clock=self.clock,
                sleep=self.sleep,
            ),
            on_progress=self._progress,
        )

    def _progress(self, count: int) -> None:
        self.count_progress += count

    def send(self) -> SendStatus:
        """Run one sender over what is planned, as a send does, and give the status."""
        with sender(self.settings, self.ledger, ISSUE, self.clock) as epoch:
            issues.go_on(self.ledger, ISSUE)
            self.worker(epoch).submit(batches.planned(self.ledger, ISSUE))
        return self.status()

    def status(self) -> SendStatus:
        """Give where the issue stands, from its rows."""
        return status_of(self.settings, self.ledger, ISSUE)

    def settle(self) -> Settlement:
        """Let one event of each accepted attempt arrive."""
        return settling.by_events(self.ledger, self.provider.attempts, self.clock())

    def states(self) -> dict[str, str]:
        """Give each recipient's state by id."""
        return {
            person.recipient_id: person.state for piece in recipients.states(self.ledger, ISSUE) for person in piece
        }

    def attempt_states(self) -> list[str]:
        """Give the states of all attempts, oldest first."""
        return [found.state for found in attempts.of_issue(self.ledger, ISSUE)]

    def unsubscribe(self, recipient_id: str) -> None:
        """Acknowledge an unsubscribe, as the receiver does."""
        action = ConsentAction(
            action_id=f"c-{recipient_id}",
            action="unsubscribe",
            recipient_id=recipient_id,
            source="one-click",
            acted_at=self.now,
        )
        Landing(self.settings.landing_dir).append("consent", encode_consent(action), at=self.now)

    def land_events(self, body: bytes) -> None:
        """Acknowledge one webhook post, as the receiver does."""
        line = encode_post(WebhookPost(body=body, received_at=self.now))
        Landing(self.settings.landing_dir).append("events", line, at=self.now)


#: `world_of(3, 2, provider=...)` makes a world with two frozen batches; see the fixture of that name.
MakeWorld = Callable[..., World]


def make_world(folder: Path, *sizes: int, provider: FakeProvider | None = None) -> World:
    """Make a world with a frozen issue, and with a lake that has nothing in it."""
    settings = Settings(home=folder / "data", _env_file=None)
    new_stores(settings.home)
    world = World(settings=settings, ledger=open_ledger(settings), provider=provider or FakeProvider())
    if sizes:
        world.freeze(*sizes)
    return world


def batch_of(number: int, people: Sequence[int]) -> FrozenBatch:
    """Make one batch of numbered people."""
    slots = Slots.of(
        {
            f"p{at}": personalization(
                recipient_id=f"p{at}",
                address=f"p{at}@example.org",
                name=f"Person {at}",
                slots={TAG: f"https://example.org/u/{at}"},
                link=f"https://example.org/u/{at}",
                issue_id=ISSUE,
            )
            for at in people
        },
        {},
    ).pack()
    return FrozenBatch(
        batch_no=number,
        recipients=[
            FrozenRecipient(
                recipient_id=f"p{at}",
                subscriber_id=f"s{at}",
                address=f"p{at}@example.org",
                address_key=f"p{at}@example.org",
            )
            for at in people
        ],
        slots=slots,
        sha256=checksum(slots),
    )


def assert_balanced(world: World) -> SendStatus:
    """Check both equations on stored rows, and the rows against what the provider accepted.

    Nobody is in two accepted requests, nobody is missing without being shown, nobody else was mailed, and
    "submitted" and "finished" claim nothing that is not true.
    """
    status, states = world.status(), world.states()
    got = Counter(person for request in world.provider.accepted for person in request)
    open_states = {"withdrawn", "refused", "in_doubt", "abandoned", "pending"}

    assert status.balances, status
    assert [person for person, times in got.items() if times > 1] == [], "duplicated"
    assert set() == set(states) - set(got) - {p for p, s in states.items() if s in open_states}, "missed"
    assert set() == set(got) - set(states), "unexpected"
    assert set() == {p for p, s in states.items() if s == "submitted"} - set(got), "claimed too much"
    assert set() == {p for p in got if states[p] not in ("submitted", "in_doubt", "pending")}, "denied"
    if status.status == "finished":
        assert sum(got.values()) == status.submitted
    return status
