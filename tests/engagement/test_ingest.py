"""What landed is counted once, whatever order, number of copies or crash it came through."""

import json
import sys
from datetime import timedelta

import pytest
from engagement_world import ISSUE, NOW, World, event

from pressrun.engagement import ingest
from pressrun.landing import Landing
from pressrun.ledger import suppressions
from pressrun.warehouse import metrics

A, B = "https://a.example/", "https://b.example/"


def test_each_landed_thing_is_counted_in_one_place(world: World) -> None:
    """What was read is new, a copy, not ours, or unreadable; the load says the same."""
    world.land(event("delivered"), event("delivered"), event("open", pr_issue=None), event(timestamp="soon"), event())
    world.land_body(b"no JSON")
    summary = world.ingest()

    told = summary.as_json()
    assert {"files": 1, "read": 6, "new": 2, "duplicate": 1, "ignored": 1, "unreadable": 2} == {
        name: told[name] for name in told if name != "seconds"
    }
    assert [(6, 2, 1, 1, 2)] == world.ask(
        "select count_read, count_new, count_duplicate, count_ignored, count_unreadable from event_loads"
    )


def test_second_ingest_changes_nothing(world: World) -> None:
    """Running again is free: nothing is read, and the lake gets no new snapshot."""
    world.land(event(), event("unsubscribe", "bob"))
    world.leave("cy")
    world.ingest()
    before = world.snapshots()

    assert (0, 0) == (world.ingest().read, world.snapshots() - before)


def test_ingest_goes_on_where_it_ended(world: World) -> None:
    """Files of several days are each read from their own mark."""
    world.land(event(url=A))
    world.ingest()
    world.land(event(url=B))
    world.land(event("open"), at=NOW + timedelta(days=1))
    summary = world.ingest()

    assert (2, 2, 2) == (summary.files, summary.read, summary.new)
    assert 3 == len(world.events())


def test_copy_is_counted_once(world: World) -> None:
    """A copy is known by its content, under its own or another id, in the same post or a later load."""
    first, second = event("open", "ana"), event("open", "bob")
    world.land(first, first, {**first, "sg_event_id": "another"}, second)
    together = world.ingest()
    world.land(second, {**second, "sg_event_id": "yet another"})
    later = world.ingest()

    assert ((2, 2), (0, 2)) == ((together.new, together.duplicate), (later.new, later.duplicate))
    assert [(2, 0)] == world.ask("select count(*), (select count(*) from set_aside_events) from raw_events")


def test_id_used_again_for_other_content_is_set_aside(world: World) -> None:
    """One content counts, within a load and across loads; the other is kept, so that a person can look."""
    world.land(event(sg_event_id="x", url=A), event(sg_event_id="x", url=B), event(sg_event_id="y", url=A, who="bob"))
    world.ingest()
    world.land(event(sg_event_id="y", url=B, who="bob"))
    later = world.ingest()

    assert (0, 1, 2) == (later.new, later.duplicate, len(world.events()))
    assert [("duplicate", "id_used_again")] * 2 == world.ask("select outcome, reason from set_aside_events")
    kept = world.ask("select raw from raw_events union all select raw from set_aside_events")
    assert [A, A, B, B] == sorted(json.loads(raw)["url"] for (raw,) in kept)


def test_two_clicks_in_one_second_stay_two(world: World) -> None:
    """A person opens two tabs; neither is a copy of the other, nor the mark of a machine."""
    world.land(event(url=A, useragent="Firefox"), event(url=B, useragent="Firefox"))
    world.ingest()

    assert [(2, 2)] == world.ask("select sum(count_clicks), sum(count_clicked_human) from link_stats")
    assert 1 == metrics.issue_engagement(world.settings, ISSUE)["clicked_human"]


#: What an event says, and the reason for which its address must not be mailed again.
SUPPRESSING: list[tuple[dict[str, object], str | None]] = [
    ({"event": "bounce", "type": "bounce", "reason": "550"}, "bounced"),
    ({"event": "bounce", "type": "bounce", "pr_issue": None, "pr_recipient": None}, "bounced"),
    ({"event": "bounce", "type": "blocked", "reason": "550"}, None),
    ({"event": "blocked"}, None),
    ({"event": "deferred", "response": "452 full"}, None),
    ({"event": "spamreport"}, "complained"),
    ({"event": "unsubscribe"}, "unsubscribed"),
    ({"event": "group_unsubscribe"}, "unsubscribed"),
    ({"event": "group_resubscribe"}, None),
    ({"event": "dropped", "reason": "Bounced Address"}, "bounced"),
    ({"event": "dropped", "reason": "Invalid"}, "bounced"),
    ({"event": "dropped", "reason": "Invalid SMTPAPI header"}, None),
    ({"event": "dropped", "reason": "Spam Reporting Address"}, "complained"),
    ({"event": "dropped", "reason": "Unsubscribed Address"}, "unsubscribed"),
    ({"event": "dropped", "reason": "Spam Content (if Spam Checker app enabled)"}, None),
    ({"event": "dropped"}, None),
    ({"event": "open"}, None),
]


def test_events_suppress_whom_they_speak_of(world: World) -> None:
    """Only what is for good, and what a person wants, keeps an address from being mailed."""
    world.land(event("unsubscribe", email="no address"))
    for number, (said, _) in enumerate(SUPPRESSING):
        world.land(event(who=f"p{number}", **{"sg_event_id": f"id{number}", **said}))  # type: ignore[arg-type]
    world.ingest()

    wanted = {f"p{number}@example.org": reason for number, (_, reason) in enumerate(SUPPRESSING) if reason}
    assert wanted == world.suppressed()


def test_suppression_tells_when_and_why(world: World) -> None:
    """The first event of its kind dates it, whichever came first; the strongest reason is the one shown."""
    world.land(event("unsubscribe", after=9), event("unsubscribe", after=5), event("spamreport", after=7))
    world.ingest()
    row = suppressions.every(world.ledger)["ana@example.org"]

    assert ("complained", "event:complaint", NOW + timedelta(seconds=7)) == (
        row.reason,
        row.source,
        row.suppressed_at,
    )


def test_one_click_suppresses_the_address_behind_the_link(world: World) -> None:
    """The link names a recipient, the ledger knows whose address that is, and a stranger's link leads to nobody.

    How far that was read is in the ledger too: a sender reads on from there, and needs no lake for it.
    """
    world.land(event())
    world.leave("bob")
    world.leave("stranger", "a2")
    world.ingest()

    assert {"bob@example.org": "unsubscribed"} == world.suppressed()
    assert 1 == metrics.issue_engagement(world.settings, ISSUE)["unsubscribed"]
    landing = Landing(world.settings.landing_dir)
    assert landing.ends("events") == suppressions.marks(world.ledger, "events")
    assert landing.ends("consent") == suppressions.marks(world.ledger, "consent")


def test_action_landed_twice_is_one(world: World) -> None:
    """The same action is known by its id, within a load and across loads."""
    world.leave("bob")
    world.leave("bob")
    world.ingest()
    world.leave("bob")
    world.ingest()

    assert [(1,)] == world.ask("select count(*) from consent_actions")
    assert [(2, 1, 1), (1, 0, 1)] == world.ask(
        "select count_read, count_new, count_duplicate from event_loads order by load_id"
    )


def test_unreadable_bodies_are_kept_with_their_reason(world: World) -> None:
    """Nothing is thrown away because it could not be read."""
    world.land_body(b'{"event":"open"}')
    world.land_body(b"550 M\xfcller")
    world.ingest()

    assert [("not an array of events", '{"event":"open"}'), ("not JSON", "550 M\ufffdller")] == [
        (reason.split(":")[0], raw)
        for reason, raw in world.ask("select reason, raw from set_aside_events order by line_offset")
    ]


def test_torn_landing_line_is_kept_and_told(world: World) -> None:
    """A kill left half a line: what stands around it counts, and the half is kept with its reason."""
    world.land(event(url=A))
    file = next((world.settings.landing_dir / "events").glob("*"))
    with file.open("ab") as tail:
        tail.write(b'{"v":1,"body":"[{')
    assert (1, 1) == (world.ingest().read, len(world.events()))
    world.land(event(url=B))

    assert (1, 1) == ((summary := world.ingest()).new, summary.unreadable)
    ((reason, raw),) = world.ask("select reason, raw from set_aside_events")
    assert reason.startswith("damaged line")
    assert '{"v":1,"body":"[{' == raw


def test_event_about_an_address_alone_finds_the_issue_it_came_from(world: World) -> None:
    """A late bounce comes without our arguments; the last issue mailed to the address before it is meant."""
    world.land(event("bounce", type="bounce", pr_issue=None, pr_recipient=None, email="DEE@example.org"))
    world.land(event("bounce", "eve", type="bounce", pr_issue=None, pr_recipient=None))
    world.ingest()

    assert [("dee", ISSUE), (None, None)] == world.ask(
        "select recipient_id, issue_id from raw_events order by address_key"
    )
    assert 1 == metrics.issue_engagement(world.settings, ISSUE)["bounced"]


def test_progress_adds_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long ingest commits stretch by stretch, and tells after each."""
    monkeypatch.setattr(sys.modules[ingest.__module__], "STRETCH", 2)
    told: list[int] = []
    for number in range(5):
        world.land(event(url=f"{A}{number}"))
    summary = ingest(world.settings, world.ledger, now=NOW, progress=told.append)

    assert ([2, 2, 1], 5) == (told, summary.new)
