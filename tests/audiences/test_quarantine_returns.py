"""A quarantine file can be mended and imported again: what is good leaves the quarantine, the rest stays once."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from import_world import NOW, World, quarantined, sums

from pressrun.audiences import ImportSummary
from pressrun.audiences.kept_cells import harmless, restored

_OPEN = "select reason, file, line from quarantined_rows where closed_as is null order by file, line"
GOOD = "".join(f"{name}@example.org,{name},active,x\n" for name in ("ana", "eva"))
BAD = f"email,name,status,reason\nben@,=1+1,active,'=y\ncy@example.org,Cy,vip,\n{GOOD}"


def _mend(summary: ImportSummary, **cells: str) -> Path:
    """Write cells over those of the quarantine file: `mend(summary, email="new")` for the rows that have `old`."""
    with summary.quarantine.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    for old, new in cells.items():
        rows = [[new if cell == old else cell for cell in row] for row in rows]
    path = summary.quarantine.with_name("mended.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@given(st.text(max_size=8) | st.from_regex("'{0,3}[-=+@\t\r＝][-0-9=']{0,3}", fullmatch=True))
def test_cells_made_harmless_come_back_exactly(cell: str) -> None:
    """Whatever a cell holds, writing it for a spreadsheet and reading it again changes nothing."""
    assert cell == restored(harmless(cell))


@pytest.mark.prove
def test_what_nobody_mended_stays_in_quarantine_once(world: World) -> None:
    """The file as it was written takes nobody, and no row is there twice, however often it comes back."""
    first = world.take(BAD)
    before = world.ask(_OPEN)

    again = world.take_files(first.quarantine)
    once_more = world.take_files(again.quarantine)

    assert [{"quarantined": 2}, {"quarantined": 2}] == [sums(again), sums(once_more)]
    assert quarantined(first) == quarantined(again)
    assert before == world.ask(_OPEN)


def test_mended_rows_leave_and_the_others_wait(world: World) -> None:
    """A taken row is closed by the import that took it; the cells are as they were, formulas included."""
    first = world.take(BAD)
    second = world.take_files(_mend(first, **{"ben@": "ben@example.org"}))

    assert {"inserted": 1, "quarantined": 1} == sums(second)
    assert [("status_unknown", "members0.csv", 3)] == world.ask(_OPEN)
    assert [("=1+1", """{"reason":"'=y"}""")] == world.ask(
        "select name, attributes::varchar from subscribers where address_key like 'ben%'"
    )
    assert [(second.import_id,)] == world.ask("select closed_by from quarantined_rows where closed_as = 'taken'")


@pytest.mark.prove
def test_the_first_file_can_be_mended_in_several_sittings(world: World) -> None:
    """A row keeps its id while it is bad, so an old copy of the file still finds it."""
    first = world.take(BAD)
    world.take_files(_mend(first, **{"ben@": "ben@example.org"}))
    third = world.take_files(_mend(first, **{"ben@": "ben@example.org", "vip": "active"}))

    assert {"inserted": 1, "unchanged": 1} == sums(third)
    assert [] == world.ask(_OPEN)


@pytest.mark.prove
def test_the_same_table_again_does_not_double_the_quarantine(world: World) -> None:
    """A table that is imported a second time has the same bad rows, and they wait once, under their first ids."""
    first = world.take(BAD)
    second = world.take(BAD)
    world.take_files(_mend(first, **{"ben@": "ben@example.org", "vip": "active"}))

    assert 2 == second.quarantined
    assert [] == world.ask(_OPEN)


@pytest.mark.prove
def test_too_many_cells_come_back_as_too_many(world: World) -> None:
    """Cells beyond the header are kept until somebody empties them: what they say may be an opt-out."""
    first = world.take("email,name\nana@example.org,Ana\nben@example.org,Ben,unsubscribed\n")
    again = world.take_files(first.quarantine)
    taken = world.take_files(_mend(again, unsubscribed=""))

    assert [(3, "row_too_long")] == quarantined(again)
    assert {"inserted": 1} == sums(taken)


def test_mailchimps_files_keep_their_names(world: World) -> None:
    """The name of the file is the status of its rows, also on their way back, and none is made active by it."""
    header = "Email Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\n"
    rows = "{0}@example.org,2,2020-01-02 10:00:00,,1,a\n{0}y@example.org,2,,,3,c\n{0}x@,2,2020-01-02 10:00:00,,2,b\n"
    files = [
        world.file(header + rows.format(word[:3]), f"{word}_members_export_1a.csv")
        for word in ("subscribed", "unsubscribed", "cleaned")
    ]
    first = world.take_files(*files)
    mended = {f"{word}x@": f"{word}x@example.org" for word in ("sub", "uns", "cle")}
    second = world.take_files(_mend(first, **mended))

    assert {"inserted": 3} == sums(second)
    assert ["bounced", "active", "unsubscribed"] == [
        world.statuses()[f"{word}x@example.org"] for word in ("cle", "sub", "uns")
    ]
    assert {"bounced", "unsubscribed"} == set(world.suppressed().values())


@pytest.mark.prove
def test_rows_of_several_sources_are_read_each_in_its_own_way(world: World) -> None:
    """Columns of one source are none of another's, though one file holds both."""
    people = "Kontakt,note\n" + "".join(f"{name}@example.org,x\n" for name in "fghijklmnop") + "c@,=z\n"
    own = world.take_files(world.file(people, "people.csv"))
    stack = world.take_files(
        world.file(
            "email,active_subscription,expiry,plan,email_disabled,created_at\nd@,true,,other,true,2021-03-04\n"
            "e@example.org,true,,other,false,2021-03-04\n",
            "email_list.x.csv",
        )
    )
    with own.quarantine.open() as one, stack.quarantine.open() as other:
        rows = [*csv.DictReader(one), *csv.DictReader(other)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    together = world.folder / "together.csv"
    with together.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(row | {k: v + "example.org" for k, v in row.items() if v in ("c@", "d@")} for row in rows)

    assert {"inserted": 2} == sums(world.take_files(together))
    assert [('{"note":"=z"}', "active"), ("unsubscribed",)] == [
        *world.ask("select attributes::varchar, status from subscribers where address_key like 'c@%'"),
        *world.ask("select status from subscribers where address_key like 'd@%'"),
    ]


@pytest.mark.prove
@pytest.mark.parametrize("name", ["file", "detail"])
def test_files_of_earlier_versions_hold_no_attributes_of_ours(world: World, name: str) -> None:
    """The first four columns are the quarantine's bookkeeping, also where the later ones are missing."""
    old = "file,row,reason,detail,email,name\nmembers.csv,3,address_invalid,x,ana@example.org,Ana\n"

    assert {"inserted": 1} == sums(world.take(old))
    assert [] == world.ask("select 1 from subscribers where json_exists(attributes, '$.' || ?)", name)


def test_a_dry_run_closes_nothing(world: World) -> None:
    """Trying a mended file out leaves the quarantine as it is."""
    first = world.take(BAD)
    before = world.ask(_OPEN)
    world.take_files(_mend(first, **{"ben@": "ben@example.org"}), dry_run=True, now=NOW)

    assert before == world.ask(_OPEN)


def test_a_bad_row_of_somebody_who_was_taken_goes_on_waiting(world: World) -> None:
    """One row of an address is good and one is bad: the same table again keeps the bad one apart again."""
    table = "email,status\nana@example.org,active\nana@example.org,vip\n"
    world.take(table)
    world.take(table)

    assert ["again", None] == [row for (row,) in world.ask("select closed_as from quarantined_rows order by closed_as")]


def test_a_row_mended_in_a_table_with_meanings_said_leaves(world: World) -> None:
    """How the columns were read does not make it another source."""
    for word in ("vip", "active"):
        table = f"Kontakt,Stand\nana@example.org,{word}\nbo@example.org,active\n"
        world.take(table, said={"Kontakt": "email", "Stand": "status"})

    assert [] == world.ask(_OPEN)
