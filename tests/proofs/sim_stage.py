"""The stores of simulated issues, and their frozen audiences."""

import random
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pressrun.delivery.payload import Shared, Slots, personalization
from pressrun.delivery.splitting import checksum
from pressrun.ledger import issues, open_ledger
from pressrun.ledger.issues import FrozenBatch, FrozenRecipient, IssueDraft
from pressrun.settings import Settings
from tests.new_stores import new_ledger
from tests.proofs.chancy_provider import ChancyProvider
from tests.proofs.sim_world import ISSUE, SimWorld

_TAG = "pruSIM"
_SHARED = Shared(
    from_email="hello@newsletter.example",
    from_name="Hello",
    reply_to="",
    subject="Hello",
    html=f"<a href='{_TAG}'>leave</a>",
    text=f"{_TAG}",
    unsubscribe_tag=_TAG,
    track=True,
)


class Stage:
    """The stores of one world after the other; kept open, since statements are compiled once for each engine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settings = Settings(home=folder / "home", sendgrid_api_key="SG.sim", _env_file=None)
        new_ledger(self.settings.home)
        self.ledger = open_ledger(self.settings)

    def clear(self) -> None:
        """Put an empty ledger and an empty landing zone in place."""
        self.ledger.close()
        shutil.rmtree(self.settings.home)
        new_ledger(self.settings.home)

    def close(self) -> None:
        """Delete the stores."""
        self.ledger.close()
        shutil.rmtree(self._folder)


def sim_world(stage: Stage, chance: random.Random, *, sizes: list[int], policy: str) -> SimWorld:
    """Make a world with a frozen issue."""
    stage.clear()
    provider = ChancyProvider(
        chance=chance,
        clock=lambda: world.now.timestamp(),
        moment=lambda: world.moment(),
        names=chance.random() < 0.5,
    )
    world = SimWorld(
        chance=chance,
        settings=stage.settings,
        ledger=stage.ledger,
        provider=provider,
        policy=policy,
        people=tuple(f"p{at}" for at in range(sum(sizes))),
        now=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    )
    _freeze(world, sizes)
    return world


def _freeze(world: SimWorld, sizes: list[int]) -> None:
    draft = IssueDraft(
        issue_id=ISSUE,
        subject="Hello",
        segment="everyone",
        content_hash="h",
        shared=_SHARED.to_json(),
        in_doubt=world.policy,
    )
    issues.start(world.ledger, draft, world.clock())
    first, frozen = 0, []
    for number, size in enumerate(sizes, 1):
        frozen.append(_batch(number, world.people[first : first + size]))
        first += size
    issues.add_batches(world.ledger, ISSUE, frozen)
    issues.freeze(world.ledger, ISSUE, candidates=first, now=world.clock())


def _batch(number: int, people: tuple[str, ...]) -> FrozenBatch:
    link = "https://press.example/u"
    slots = Slots.of(
        {
            who: personalization(
                recipient_id=who, address=f"{who}@town.example", name="", slots={_TAG: link}, link=link, issue_id=ISSUE
            )
            for who in people
        },
        {},
    ).pack()
    frozen = [
        FrozenRecipient(
            recipient_id=who, subscriber_id=f"s-{who}", address=f"{who}@town.example", address_key=f"{who}@town.example"
        )
        for who in people
    ]
    return FrozenBatch(batch_no=number, recipients=frozen, slots=slots, sha256=checksum(slots))
