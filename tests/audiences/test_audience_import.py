"""An import accounts for every row, revives nobody, and happens wholly or not at all."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from import_world import EXPORTS, NOW, SAMPLE, World, quarantined, sums

from pressrun.audiences import storing
from pressrun.errors import InputError, PressrunError, RefusedError
from pressrun.ledger import suppressions
from pressrun.ledger.suppressions import Suppression
from pressrun.warehouse import Lake, open_lake

THREE = "email,name,status\nana@example.org,Ana,active\nBo@Example.org,Bo,unsubscribed\nci@example.org,,\n"


def test_every_row_is_accounted_for(world: World) -> None:
    """New people, a duplicate and a bad row add up to what was read."""
    summary = world.take(THREE + "ANA@example.org,Ana B,active\nnobody,N,active\n")

    assert {"inserted": 3, "duplicate": 1, "quarantined": 1} == sums(summary)
    assert {"ana@example.org": "active", "bo@example.org": "unsubscribed", "ci@example.org": "active"} == (
        world.statuses()
    )


def test_the_same_table_again_changes_nothing(world: World) -> None:
    """All rows are unchanged, and no row of the subscribers is touched."""
    world.take(THREE)
    before = world.newest_snapshot()

    again = world.take(THREE, now=NOW + timedelta(days=1))

    assert ({"unchanged": 3}, 0) == (sums(again), world.changes_of_subscribers(before))


def test_what_is_newer_counts_and_what_is_missing_stays(world: World) -> None:
    """Tags add up, attributes and names are replaced only by something."""
    world.take("email,name,tier,city,tags\nana@example.org,Ana,free,Wien,a\n")

    second = world.take("email,name,tier,tags\nana@example.org,,paid,b\n")

    assert {"updated": 1} == sums(second)
    assert [("Ana", '{"city":"Wien","tier":"paid"}', ["a", "b"])] == world.ask(
        "select name, attributes::varchar, tags from subscribers"
    )


def test_the_subscriber_id_and_first_source_outlive_every_update(world: World) -> None:
    """What points at a person goes on pointing at it."""
    world.take("email,name\nana@example.org,Ana\n")
    before = world.ask("select subscriber_id, source, created_at from subscribers")

    world.take("email,name\nana@example.org,Anna\n", now=NOW + timedelta(days=1))

    assert before == world.ask("select subscriber_id, source, created_at from subscribers")


def test_an_import_never_brings_anybody_back(world: World) -> None:
    """Who has ended stays ended, and each row that says otherwise is counted."""
    ended = ["unsubscribed", "bounced", "complained", "blocked"]
    world.take("email,status\nana@example.org,\n" + "".join(f"{word}@example.org,{word}\n" for word in ended))

    again = world.take("email,status\nana@example.org,\n" + "".join(f"{word}@EXAMPLE.org,active\n" for word in ended))

    expected = {f"{word}@example.org": word for word in ended}
    assert 4 == again.still_suppressed
    assert {**expected, "ana@example.org": "active"} == world.statuses()
    assert expected == world.suppressed()


def test_who_left_through_us_is_not_brought_back_either(world: World) -> None:
    """The ledger's suppressions outrank every table."""
    world.take(THREE)
    left = Suppression(address_key="ana@example.org", reason="unsubscribed", source="link", suppressed_at=NOW)
    suppressions.add(world.ledger, [left])

    again = world.take(THREE)

    assert (1, {"unchanged": 3}) == (again.still_suppressed, sums(again))
    assert "unsubscribed" == world.statuses()["ana@example.org"]


def test_the_most_restrictive_ending_wins_across_imports(world: World) -> None:
    """A complaint outranks an unsubscribe, and not the other way round."""
    world.take("email,status\nana@example.org,unsubscribed\nbo@example.org,complained\nci@example.org,active\n")

    world.take("email,status\nana@example.org,complained\nbo@example.org,unsubscribed\n")

    assert ["complained", "complained"] == [world.statuses()[f"{who}@example.org"] for who in ("ana", "bo")]


def test_a_confirmed_person_follows_the_newest_table(world: World) -> None:
    """Unconfirmed is no ending: a later table may say that the person has confirmed."""
    world.take("email,status\nana@example.org,pending\n")

    world.take("email,status\nana@example.org,active\n")

    assert {"ana@example.org": "active"} == world.statuses()


def test_a_quarantined_row_that_says_unsubscribed_still_suppresses(world: World) -> None:
    """A bad date is no reason to go on mailing somebody who left."""
    world.take("email\nana@example.org\nbo@example.org\n")

    summary = world.take("email,status,consented_at\nana@example.org,unsubscribed,someday\nbo@example.org,,\n")

    assert [(2, "date_invalid")] == quarantined(summary)
    assert {"ana@example.org": "unsubscribed"} == world.suppressed()
    assert "unsubscribed" == world.statuses()["ana@example.org"]


def test_several_files_are_one_import(world: World) -> None:
    """The most restrictive status wins across them, and one may hold nobody."""
    empty = world.file("email,status\n", "nobody.csv")
    active = world.file("email,status\nana@example.org,active\nbo@example.org,active\n", "active.csv")
    gone = world.file("email,status\nANA@example.org,unsubscribed\n", "gone.csv")

    summary = world.take_files(active, empty, gone)

    assert {"inserted": 2, "duplicate": 1} == sums(summary)
    assert {"ana@example.org": "unsubscribed", "bo@example.org": "active"} == world.statuses()


def test_consent_is_never_made_up(world: World) -> None:
    """A missing date stays missing; the earliest known one counts."""
    world.take("email,consented_at\nana@example.org,\nbo@example.org,2021-05-01\n")
    world.take("email,consented_at\nbo@example.org,2020-05-01T12:00:00Z\n")

    assert [("ana@example.org", None), ("bo@example.org", "2020-05-01 12:00:00+00")] == world.ask(
        "select email, consented_at::varchar from subscribers order by email"
    )


def test_a_table_that_is_mostly_bad_is_refused_and_changes_nothing(first_world: World) -> None:
    """More than half of the rows cannot be taken, so none is, not even a suppression."""
    with pytest.raises(RefusedError, match="2 of 3 rows cannot be taken") as refused:
        first_world.take("email,status\nana@example.org,unsubscribed\nbo,active\nci,active\n")

    assert {} == first_world.suppressed()
    assert not first_world.settings.catalog_path.exists()
    assert str(next((first_world.settings.home / "reports").glob("*.html"))) in str(refused.value)


@pytest.mark.parametrize("text", ["", "email,name\n", "email,name\n\n,\n"])
def test_a_table_without_data_is_wrong_input(world: World, text: str) -> None:
    """Nothing to import is said, not done."""
    with pytest.raises(InputError, match=r"no row of data in members0\.csv"):
        world.take(text)


def test_a_dry_run_foresees_the_sums_and_changes_nothing(first_world: World) -> None:
    """It says what an import would do, with its own report."""
    first = first_world.take(THREE, dry_run=True)
    assert ({"inserted": 3}, {}, False) == (
        sums(first),
        first_world.suppressed(),
        first_world.settings.catalog_path.exists(),
    )
    first_world.take(THREE)
    before = first_world.newest_snapshot()

    second = first_world.take(THREE.replace("Ana", "Anna"), dry_run=True)

    assert ({"updated": 1, "unchanged": 2}, before) == (sums(second), first_world.newest_snapshot())
    assert "tried out" in second.report.read_text()


def test_the_quarantine_holds_the_rows_as_they_came_and_computes_nothing(world: World) -> None:
    """Formulas become text, numbers stay, the file is its owner's alone."""
    bad = 'nobody,=1+1,-5,"+49 30"\n'
    summary = world.take("email,name,balance,phone\nana@example.org,A,1,2\n" + bad)

    lines = summary.quarantine.read_text().splitlines()

    detail = "An email address must have an @-sign."
    assert f"members0.csv,3,address_invalid,{detail},nobody,'=1+1,-5,'+49 30,own,{summary.import_id}:1" == lines[1]
    assert "file,row,reason,detail,email,name,balance,phone,pressrun_source,pressrun_row" == lines[0]
    assert 0o600 == stat.S_IMODE(summary.quarantine.stat().st_mode)


def test_formulas_stay_as_they_are_in_our_tables(world: World) -> None:
    """What a spreadsheet would compute is a name like any other."""
    world.take("email,name,city\nana@example.org,=SUM(A1),@home\n")

    assert [("=SUM(A1)", '{"city":"@home"}')] == world.ask("select name, attributes::varchar from subscribers")


def test_a_name_with_its_address_is_repaired_and_said(world: World) -> None:
    """`Name <address>` gives the address, and the name where there is none."""
    summary = world.take("email,name\nAna B <ana@example.org>,\n")

    assert [("ana@example.org", "Ana B")] == world.ask("select email, name from subscribers")
    assert "written as “Name &lt;address&gt;”" in summary.report.read_text()


def test_the_json_has_exactly_the_promised_names(world: World) -> None:
    """Others script against them."""
    promised = "import_id read inserted updated unchanged duplicate quarantined still_suppressed seconds"

    assert [*promised.split(), "quarantine", "report"] == list(world.take(THREE).as_json())


def test_progress_goes_from_stage_to_stage_up_to_the_end(world: World) -> None:
    """A bar on a terminal never runs backwards."""
    told: list[tuple[str, float]] = []

    world.take(THREE, progress=lambda stage, share: told.append((stage, share)))

    shares = [share for _, share in told]
    assert (sorted(shares), 1.0) == (shares, shares[-1])


class Dying(Exception):
    """Stands for a kill at one step."""


class FragileLake(Lake):
    """A lake that dies before its n-th statement."""

    statements_left = 0

    def run(self, name: str, parameters: Any = None) -> None:
        """Run, or die."""
        if self.statements_left == 0:
            raise Dying
        self.statements_left -= 1
        super().run(name, parameters)


@pytest.mark.prove
def test_a_run_that_dies_anywhere_leaves_all_or_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Suppressions stay, the lake is as before, and the next run does the whole work."""
    world.take("email,status\nci@example.org,active\n")
    changed = THREE.replace("ci@example.org,", "ci@example.org,Ci")

    for statements in range(5):
        monkeypatch.setattr(storing, "open_lake", fragile_after(statements))
        with pytest.raises(Dying):
            world.take(changed)
        assert {"ci@example.org": "active"} == world.statuses()
        assert {"bo@example.org": "unsubscribed"} == world.suppressed()

    monkeypatch.undo()
    assert {"inserted": 2, "updated": 1} == sums(world.take(changed))


def fragile_after(statements: int) -> Any:
    """Give an `open_lake` whose lake dies after so many statements."""

    @contextmanager
    def fragile(settings: Any) -> Iterator[Lake]:
        with open_lake(settings) as lake:
            broken = FragileLake(lake._db)
            broken.statements_left = statements
            yield broken

    return fragile


def test_sums_that_do_not_hold_are_never_committed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """If rows went missing on the way, the lake stays as it was."""
    monkeypatch.setattr(storing, "_as_arrow", lambda people, now: _first_two(people, now))

    with pytest.raises(PressrunError, match="does not add up"):
        world.take(THREE)

    assert [] == world.ask("select * from imports")


real_as_arrow = storing._as_arrow


def _first_two(people: Any, now: Any) -> pa.Table:
    return real_as_arrow(people, now).slice(0, 2)


def test_parquet_is_imported_like_csv(world: World) -> None:
    """Lists are tags, numbers are attributes."""
    path = world.folder / "members.parquet"
    pq.write_table(pa.table({"email": ["ana@example.org"], "tags": [["a", "b, c"]], "age": [41]}), path)

    world.take_files(path)

    assert [(["a", "b, c"], '{"age":"41"}')] == world.ask("select tags, attributes::varchar from subscribers")


@pytest.mark.shared
@pytest.mark.skipif(not EXPORTS.exists(), reason="the exports lie beside the project")
def test_mailchimps_three_files_go_in_as_they_were_downloaded(world: World) -> None:
    """Four may be mailed, two left, two bounced, and the second time nothing changes."""
    files = sorted(EXPORTS.glob("mailchimp_*.csv"))

    first, second = world.take_files(*files), world.take_files(*files)

    assert ({"inserted": 8}, {"unchanged": 8}) == (sums(first), sums(second))
    assert ["active"] * 4 + ["bounced"] * 2 + ["unsubscribed"] * 2 == sorted(world.statuses().values())
    assert ["bounced"] * 2 + ["unsubscribed"] * 2 == sorted(world.suppressed().values())


@pytest.mark.shared
@pytest.mark.skipif(not EXPORTS.exists(), reason="the exports lie beside the project")
def test_ragged_rows_are_quarantined_with_their_lines(world: World) -> None:
    """The long row, the missing address and the two that are none; the rest is taken."""
    summary = world.take_files(EXPORTS / "quirk_ragged_and_bad.csv")

    reasons = [(3, "row_too_long"), (4, "address_missing"), (5, "address_invalid"), (8, "address_invalid")]
    assert reasons == quarantined(summary)
    assert {"inserted": 3, "duplicate": 1, "quarantined": 4} == sums(summary)


def test_the_sample_holds_ten_thousand_people_and_real_dirt(world: World) -> None:
    """Every reason occurs that a table can give, and importing it again changes nothing."""
    first = world.take_files(SAMPLE / "subscribers.csv")
    second = world.take_files(SAMPLE / "subscribers.csv")

    assert (10_249, 9_724, 229, 296) == (first.read, first.inserted, first.duplicate, first.quarantined)
    assert (0, 0, 9_724) == (second.inserted, second.updated, second.unchanged)
    assert 8 == len({reason for _, reason in quarantined(first)})
