"""Hygiene is a report first and an action second, and what it did can be taken back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from import_world import World
from lake_people import LONG_AGO, put, put_people
from typer.testing import CliRunner

from pressrun.audiences import hygiene, lifecycle
from pressrun.audiences.hygiene_page import page
from pressrun.audiences.marks import Marks
from pressrun.cli import app
from pressrun.errors import InputError
from pressrun.ledger import decisions

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
RECENT = NOW - timedelta(days=5)
#: Rule → whom it finds among the people below; nobody is found twice.
EXPECTED = {
    "never_engaged": ["silent@example.org"],
    "soft_bouncing": ["soft@example.org"],
    "unconfirmed_long": ["waiting@example.org"],
    "look_alike": ["ana@xn--pypal-4ve.com"],
    "domain_typo": ["ana@gmial.com"],
    "mixed_script": [],
    "disposable_domain": ["ana@mailinator.com"],
    "role_account": ["info@example.org"],
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Give stores in which each rule has somebody to find."""
    made = World.make(tmp_path_factory.mktemp("people"))
    marked = [key for keys in EXPECTED.values() for key in keys if not key.startswith("waiting")]
    fine = ["reader@example.org", "new@example.org", "once@example.org", "back@example.org", "released@example.org"]
    put_people(
        made.settings,
        *({"email": key, "subscriber_id": key} for key in [*marked, *fine]),
        {"email": "waiting@example.org", "status": "unconfirmed"},
        {"email": "fresh@example.org", "status": "unconfirmed", "created_at": RECENT},
        {"email": "left@gmial.com", "status": "unsubscribed"},
    )
    got = {"silent": (9, None), "reader": (9, RECENT), "once": (2, None), "back": (9, RECENT)}
    put(made.settings, "subscriber_engagement", *(_engagement(who, *what) for who, what in got.items()))
    put(made.settings, "raw_events", *(_event("soft", n, "bounce") for n in (1, 2)),
        *(_event("back", n, "bounce") for n in (1, 2)), _event("back", 3, "delivered"),
        *(_event("released", n, "bounce") for n in (1, 2)))  # fmt: skip
    put(made.settings, "subscriber_decisions", {
        "decision_id": 0, "address_key": "released@example.org", "decision": "unsuppress", "decided_by": "t",
        "reason": "", "decided_at": RECENT,
    })  # fmt: skip
    return made


@pytest.fixture
def world(tmp_path: Path, filled: World) -> Iterator[World]:
    """Give a copy to act on."""
    made = filled.copy(tmp_path)
    yield made
    made.close()


def _engagement(who: str, received: int, opened: datetime | None) -> dict[str, object]:
    return {
        "subscriber_id": f"{who}@example.org", "status": "active", "count_received": received, "count_opened": 0,
        "count_opened_human": 0, "count_clicked_human": 0, "last_received_at": RECENT, "last_opened_at": opened,
        "last_clicked_at": None,
    }  # fmt: skip


def _event(who: str, mail: int, event: str) -> dict[str, object]:
    return {
        "event_key": f"{who}{mail}", "event": event, "kind": "blocked" if event == "bounce" else None,
        "address_key": f"{who}@example.org", "sg_message_id": f"m{mail}", "raw": "{}", "load_id": 1,
        "is_machine_open": False, "occurred_at": LONG_AGO + timedelta(days=mail),
    }  # fmt: skip


def act(world: World, rule: str, *, suppress: bool = False) -> int:
    """Apply one rule."""
    return hygiene.apply_rule(
        world.settings, world.ledger, rule, suppress=suppress, days=180, who="me", why="tidy", now=NOW
    )


def test_each_rule_finds_whom_it_is_about_and_nobody_else(filled: World) -> None:
    """By looking nothing is changed but two files that only the owner reads."""
    report = hygiene.look_after(filled.settings, days=180, now=NOW)

    assert EXPECTED == {one.rule: [key for key, _ in one.people] for one in report.found}
    assert {0o600} == {path.stat().st_mode & 0o777 for path in (report.report, report.people)}
    assert "ana@gmial.com,perhaps meant: ana@gmail.com" in report.people.read_text()
    assert {} == filled.suppressed()


def test_the_page_needs_nothing_else_and_tells_no_address(filled: World) -> None:
    """It may be shown to others."""
    text = hygiene.look_after(filled.settings, days=180, now=NOW).report.read_text()

    assert [] == [key for keys in EXPECTED.values() for key in keys if key in text]
    assert "perhaps meant: …@gmail.com" in text
    assert [] == [word for word in ("http://", "https://", "<script", "$") if word in text]


def test_a_page_about_nobody_is_written_as_well() -> None:
    """The best of news: no rule finds anybody."""
    nobody = [{"rule": rule, "meaning": meaning, "count": 0, "examples": []} for rule, meaning in hygiene.RULES.items()]
    told = {"active": 0, "days": 180, "rules": nobody, "people": "people.csv"}

    assert "Nobody stands out" in page(told, RECENT)


@pytest.mark.prove
def test_who_was_set_inactive_comes_back_with_the_rule(world: World) -> None:
    """Nobody else does, and each step is a decision with who and why."""
    counts = [act(world, rule) for rule in ("never_engaged", "role_account")]
    assert ([1, 1], "inactive", "inactive") == (
        counts,
        *(world.statuses()[key] for key in ("silent@example.org", "info@example.org")),
    )

    undone = hygiene.undo_rule(world.settings, world.ledger, "never_engaged", who="me", why="sorry", now=NOW)

    assert (1, "active", "inactive") == (
        undone,
        *(world.statuses()[key] for key in ("silent@example.org", "info@example.org")),
    )
    told = [(one.decision, one.reason) for one in decisions.about(world.ledger, "silent@example.org")]
    assert [("deactivate", "hygiene never_engaged: tidy"), ("reactivate", "undo hygiene never_engaged: sorry")] == told
    assert 0 == hygiene.undo_rule(world.settings, world.ledger, "never_engaged", who="me", why="", now=NOW)


def test_what_somebody_else_had_decided_holds_again_when_a_rule_is_undone(world: World) -> None:
    """A pause that lasts and another's deactivation come back with their own words; a pause that has ended does not."""
    paused, gone = "waiting@example.org", "silent@example.org"
    lasting, over = (lifecycle.pause_until((NOW + timedelta(days=days)).date()) for days in (60, -2))
    told = {"who": "ana", "now": RECENT}
    lifecycle.mark(world.settings, world.ledger, [paused], lasting, why="on holiday", **told)
    lifecycle.mark(world.settings, world.ledger, [gone], over, why="last month", **told)
    for rule in ("unconfirmed_long", "never_engaged"):
        assert 1 == act(world, rule)

    for rule in ("unconfirmed_long", "never_engaged"):
        assert 1 == hygiene.undo_rule(world.settings, world.ledger, rule, who="me", why="sorry", now=NOW)

    last = decisions.about(world.ledger, paused)[-1]
    assert (lasting, "ana", "on holiday") == (last.decision, last.decided_by, last.reason)
    assert "paused" == Marks(world.ledger).reason_against(paused, NOW)
    assert (None, "reactivate") == (
        Marks(world.ledger).reason_against(gone, NOW),
        decisions.about(world.ledger, gone)[-1].decision,
    )


def test_suppressing_blocks_for_good(world: World) -> None:
    """The ledger says by which rule; undoing the rule does not bring anybody back."""
    assert 1 == act(world, "disposable_domain", suppress=True)

    assert {"ana@mailinator.com": "blocked"} == world.suppressed()
    assert 0 == hygiene.undo_rule(world.settings, world.ledger, "disposable_domain", who="me", why="", now=NOW)


def test_a_rule_that_does_not_exist_changes_nothing(world: World) -> None:
    """The message names those that do."""
    with pytest.raises(InputError, match="never_engaged, soft_bouncing"):
        act(world, "bad_taste")


def test_the_commands_report_act_and_show_the_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each prints JSON, and a person who was set inactive says so."""
    monkeypatch.setenv("PRESSRUN_HOME", str(world.settings.home))
    said = []
    for words in (["hygiene"], ["hygiene", "--apply", "domain_typo"], ["subscriber", "ana@gmial.com"]):
        run = CliRunner().invoke(app, [*words, "--json"])
        assert 0 == run.exit_code, run.exception
        said.append(json.loads(run.stdout))

    assert {"domain_typo": 1} == {r["rule"]: r["count"] for r in said[0]["rules"] if r["rule"] == "domain_typo"}
    assert {"decision": "deactivate", "rule": "domain_typo", "people": 1} == said[1]
    assert ("inactive", "domain_typo", "ana@gmail.com") == (
        said[2]["subscriber"]["status"], said[2]["verdict"], said[2]["suggestion"],
    )  # fmt: skip
    assert (
        "paused" in CliRunner().invoke(app, ["subscriber", "reader@example.org", "--pause-until", "2999-01-01"]).stdout
    )
