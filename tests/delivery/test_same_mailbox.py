"""Gmail's spellings of one mailbox, from the freeze to the last look before a POST."""

import pytest
from delivery_world import ISSUE, SHARED, MakeWorld, World

from pressrun.audiences import Chooser
from pressrun.delivery.consent import ConsentReader
from pressrun.delivery.freeze import chooser_now, suppressed_now
from pressrun.landing import Landing
from pressrun.ledger import decisions, issues, suppressions
from pressrun.ledger.decisions import Decision
from pressrun.ledger.issues import FrozenBatch, FrozenRecipient, IssueDraft
from pressrun.ledger.suppressions import Suppression

KEYS = {"r1": "a.na@gmail.com", "r2": "bo@example.org"}


@pytest.fixture
def world(world_of: MakeWorld) -> World:
    """Give a frozen issue to two people, of whom one left under another spelling."""
    made = world_of()
    draft = IssueDraft(issue_id=ISSUE, subject="s", segment="everyone", content_hash="h", shared=SHARED.to_json())
    issues.start(made.ledger, draft, made.clock())
    people = [
        FrozenRecipient(recipient_id=name, subscriber_id=name, address=key, address_key=key)
        for name, key in KEYS.items()
    ]
    issues.add_batches(made.ledger, ISSUE, [FrozenBatch(batch_no=1, recipients=people, slots=b"s", sha256="h")])
    issues.freeze(made.ledger, ISSUE, candidates=2, now=made.clock())
    row = Suppression(address_key="ana+x@gmail.com", reason="complained", source="test", suppressed_at=made.now)
    suppressions.add(made.ledger, [row])
    return made


@pytest.mark.parametrize(("spellings", "expected"), [(True, {"r1"}), (False, set())])
def test_who_left_under_another_spelling_is_withdrawn_if_so_set(
    world: World, spellings: bool, expected: set[str]
) -> None:
    """The last look before each POST compares mailboxes."""
    reader = ConsentReader(world.ledger, Landing(world.settings.landing_dir), spellings=spellings)

    assert expected == reader.withdrawn(ISSUE, 1, world.now)


@pytest.mark.parametrize(("merge", "expected"), [(True, "complained"), (False, None)])
def test_the_freeze_leaves_out_who_left_under_another_spelling(world: World, merge: bool, expected: str | None) -> None:
    """The suppression holds for the mailbox."""
    settings = world.settings.model_copy(update={"gmail_merge": merge})

    assert expected == suppressed_now(settings, world.ledger, frozenset()).get("an.a@googlemail.com")


def test_one_mailbox_gets_an_issue_once() -> None:
    """Also where two spellings came in before the rule was set."""
    chooser = Chooser({}, one_per_mailbox=True)
    keys = ("a.na@gmail.com", "ana@gmail.com", "ana@example.org")

    assert [None, "same_mailbox", None] == [chooser.reason_against(key, "active") for key in keys]
    assert [None] * 3 == [Chooser({}).reason_against(key, "active") for key in keys]


@pytest.mark.parametrize(("merge", "expected"), [(True, "paused"), (False, None)])
def test_who_is_paused_under_one_spelling_is_not_mailed_under_another(
    world: World, merge: bool, expected: str | None
) -> None:
    """Else the second row of a mailbox would step in for the paused first one, at the freeze and after it."""
    settings = world.settings.model_copy(update={"gmail_merge": merge})
    pause = Decision(
        decision="pause until 2999-01-01", about="an.a@gmail.com", decided_by="t", reason="", decided_at=world.now
    )
    decisions.store(world.ledger, pause)
    suppressions.release(world.ledger, "ana+x@gmail.com")
    reader = ConsentReader(world.ledger, Landing(settings.landing_dir), spellings=merge)

    chooser = chooser_now(settings, world.ledger, frozenset(), world.now)

    assert expected == chooser.reason_against("a.na@gmail.com", "active")
    assert ({"r1"} if merge else set()) == reader.withdrawn(ISSUE, 1, world.now)
