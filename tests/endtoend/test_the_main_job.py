"""Tables in, an issue out, events back: through the commands, judged by the sandbox's own log."""

from pathlib import Path

import pytest
from town import CANARY_KEY, OpenTown, Town, subscribers_csv, sums_hold

BAD = (
    "not an address,Nobody,active,free",
    "READER1@beta.example,Reader 1,active,free",
    "gone@alpha.example,G,unsubscribed,free",
)


def _import(town: Town, count: int) -> dict[str, object]:
    return town.json("import", str(subscribers_csv(town.folder / "members.csv", count, lines=BAD)))


@pytest.mark.prove
def test_the_whole_way_adds_up_and_a_second_time_changes_nothing(open_town: OpenTown) -> None:
    """Import, check, send, a day of readers, ingest; all of it again; and the key is nowhere (S28)."""
    town = open_town()
    _adds_up_at_every_step(town)
    _changes_nothing_the_second_time(town)

    kept = [path for path in town.folder.rglob("*") if path.is_file()]
    assert [] == [path for path in kept if CANARY_KEY.encode() in path.read_bytes()]


def _adds_up_at_every_step(town: Town) -> None:
    imported = _import(town, 1500)
    parts = ("inserted", "updated", "unchanged", "duplicate", "quarantined")
    assert 1503 == imported["read"] == sum(imported[part] for part in parts)
    assert (1501, 1, 1) == (imported["inserted"], imported["duplicate"], imported["quarantined"])
    assert town.json("check", "issues/welcome.md")["ok"]

    sent = town.json("send", "issues/welcome.md")
    assert sums_hold(sent)
    assert ("finished", 1500, {"unsubscribed": 1}) == (sent["status"], sent["submitted"], sent["excluded"])
    assert {1} == set(town.mails("welcome").values())
    assert 1500 == len(town.mails("welcome"))

    truth = town.ask("/sandbox/play", "POST", {"hours": 24, "seed": 3})
    read = town.json("ingest")
    assert truth["events"] == read["read"] == read["new"] + read["duplicate"] + read["ignored"] + read["unreadable"]
    assert truth["unique_events"] == read["new"]
    seen, engagement = truth["unique_by_issue"]["welcome"], town.json("status", "welcome")["engagement"]
    assert seen["delivered"] == engagement["delivered"]
    assert seen["open"] == engagement["opened"]
    assert seen["open_person"] == engagement["opened_human"]
    assert seen["click"] == engagement["clicked"]
    assert seen["bounce"] == engagement["bounced"]


def _changes_nothing_the_second_time(town: Town) -> None:
    before = town.json("status", "welcome")
    imported = _import(town, 1500)
    assert (0, 0, 1501) == (imported["inserted"], imported["updated"], imported["unchanged"])
    again = town.run("send", "issues/welcome.md")
    assert "nobody is selected or mailed a second time" in again.stderr
    assert CANARY_KEY not in again.stdout + again.stderr
    assert 0 == town.json("ingest")["read"]
    assert before == town.json("status", "welcome")
    assert 1500 == sum(town.mails("welcome").values())


@pytest.mark.prove
def test_nobody_suppressed_comes_back_or_is_mailed(open_town: OpenTown) -> None:
    """Who bounced, complained or left is excluded from the next issue, also after being imported as active."""
    town = open_town()
    _import(town, 800)
    town.json("send", "issues/welcome.md")
    habits = {"hard_bounce": 0.1, "complains": 0.05, "unsubscribes": 0.1}
    town.ask("/sandbox/play", "POST", {"hours": 24, "habits": habits})
    town.json("ingest")

    imported = _import(town, 800)
    second = town.folder / "second.md"
    second.write_text("---\nsubject: Second\npreheader: The second letter of this test\n---\n\n# Second\n\nText.\n")
    sent = town.json("send", str(second))

    assert imported["still_suppressed"] > 50
    assert imported["still_suppressed"] + 1 == sum(sent["excluded"].values())
    assert {"bounced", "complained", "unsubscribed"} == set(sent["excluded"])
    assert sums_hold(sent)


@pytest.mark.shared
@pytest.mark.prove
def test_this_week_in_rust_reaches_twenty_thousand(open_town: OpenTown, shared_data: Path) -> None:
    """A real issue of 130 kB goes to 20,000 recipients, each once."""
    town = open_town(receiver=False)
    _import(town, 20_000)
    issue = shared_data / "newsletters" / "twir" / "2026-08-19-this-week-in-rust.md"

    sent = town.json("send", str(issue))

    mails = town.mails("2026-08-19-this-week-in-rust")
    assert sums_hold(sent)
    assert ("finished", 20_000) == (sent["status"], sent["submitted"])
    assert (20_000, {1}) == (len(mails), set(mails.values()))
