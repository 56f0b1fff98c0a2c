"""Soft bounces: three in a row, or four in 30 days, without a delivery between."""

from datetime import timedelta

import pytest
from engagement_world import NOW, World, event

from pressrun.ledger import decisions, suppressions
from pressrun.ledger.decisions import Decision

_DAY = 86_400
IN_A_ROW, IN_30_DAYS = "rule:three soft bounces in a row", "rule:four soft bounces in 30 days"


def outcomes(sequence: str, *, days: float = 1.0, first: int = 0, who: str = "ana") -> list[dict[str, object]]:
    """Make the events of one mail after the other: s soft bounce, d delivered, - nothing but processed, o opened.

    Args:
        sequence: One letter for each mail; `l` is a soft bounce of a mail that was delivered in the end.
        days: Days from one mail to the next.
        first: Mails before these.
        who: Whom they went to.
    """
    made = []
    for number, letter in enumerate(sequence, first):
        at = number * days * _DAY
        mail = {"pr_issue": f"issue-{number}", "sg_message_id": f"m{number}-{who}"}
        made.append(event("processed", who, after=at, **mail))
        if letter in "sl":
            made.append(event("bounce", who, after=at + 60, type="blocked", reason="421 try later", **mail))
        if letter in "dl":
            made.append(event("delivered", who, after=at + 90, **mail))
        if letter == "o":
            made.append(event("open", who, after=at + 100, **mail))
    return made


def source_of(world: World, who: str = "ana") -> str | None:
    """Say by which rule somebody is suppressed."""
    found = suppressions.of_address(world.ledger, f"{who}@example.org")
    assert [row.reason for row in found] in ([], ["bounced"])
    return found[0].source if found else None


#: Outcomes of mails in their order, days from one to the next, and the rule that they fulfil.
SEQUENCES = [
    ("s", 1, None),
    ("ss", 1, None),
    ("sss", 1, IN_A_ROW),
    ("sss", 400, IN_A_ROW),
    ("dsss", 1, IN_A_ROW),
    ("ssds", 1, None),
    ("ssdss", 1, None),
    ("ssosss", 1, IN_A_ROW),
    ("ssoss", 1, None),
    # a mail of which nothing more was heard breaks the row, and is no delivery
    ("ss-s", 1, None),
    ("ss-ss", 1, IN_30_DAYS),
    ("s-s-s-s", 1, IN_30_DAYS),
    ("s-s-s-s", 5, IN_30_DAYS),
    ("s-s-s-s", 6, None),
    ("s-s-ds-s", 1, None),
    # what came in the end is no bounce, and forgives those before it
    ("ssl", 1, None),
    ("lll", 1, None),
    ("sssd", 1, None),
    ("-----", 1, None),
    ("ddd", 1, None),
]


def test_the_rule_as_it_is_written(world: World) -> None:
    """Each sequence of mails leads to a suppression that names its rule, or to none; each person's is their own."""
    for number, (sequence, days, _) in enumerate(SEQUENCES):
        world.land(*outcomes(sequence, days=days, who=f"p{number}"))

    world.ingest()

    found = [(sequence, days, source_of(world, f"p{at}")) for at, (sequence, days, _) in enumerate(SEQUENCES)]
    assert SEQUENCES == found


def test_several_bounces_of_one_mail_are_one(world: World) -> None:
    """SendGrid tries a mail more than once."""
    one = outcomes("s")
    world.land(
        *one,
        *(
            {**one[1], "timestamp": int(str(one[1]["timestamp"])) + more, "sg_event_id": f"again{more}"}
            for more in (1, 2, 3)
        ),
    )

    world.ingest()

    assert source_of(world) is None


@pytest.mark.prove
def test_the_row_goes_on_over_several_ingests_and_holds_for_one_person(world: World) -> None:
    """What was loaded before counts; what happened to somebody else does not."""
    for number in range(3):
        world.land(*outcomes("s", first=number), *outcomes("d", first=number, who="bob"))
        assert source_of(world) is None
        world.ingest()

    assert (IN_A_ROW, None) == (source_of(world), source_of(world, "bob"))


def test_the_suppression_dates_from_the_bounce_that_fulfilled_the_rule(world: World) -> None:
    """Not from the ingest, and not from a later one."""
    world.land(*outcomes("ssss"))

    world.ingest()

    (found,) = suppressions.of_address(world.ledger, "ana@example.org")
    assert NOW + timedelta(days=2, seconds=60) == found.suppressed_at


def test_whom_a_person_let_in_again_begins_anew(world: World) -> None:
    """One more soft bounce does not bring the old ones back."""
    world.land(*outcomes("sss"))
    world.ingest()
    suppressions.release(world.ledger, "ana@example.org")
    said = {"about": "ana@example.org", "decided_by": "me", "reason": "", "decided_at": NOW + timedelta(days=2.5)}
    decisions.store(world.ledger, Decision(decision="unsuppress", **said))  # type: ignore[arg-type]
    world.land(*outcomes("ss", first=3))

    world.ingest()
    assert source_of(world) is None
    world.land(*outcomes("s", first=5))
    world.ingest()

    assert IN_A_ROW == source_of(world)
