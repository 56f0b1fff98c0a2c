"""Archives, spreadsheets and JSON lines are read like CSV, and what is hidden in them is refused."""

import datetime
import json
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from import_world import NOW

from pressrun.audiences import records
from pressrun.audiences.meanings import find_columns, meanings_said, refuse_unmatched
from pressrun.audiences.normalising import normalise
from pressrun.audiences.recognising import recognise
from pressrun.audiences.tables import RawTable, read_table, read_tables
from pressrun.errors import InputError

STATUSES = {"cleaned": "bounced", "subscribed": "active", "unsubscribed": "unsubscribed"}
HEADER = "Email Address,MEMBER_RATING,LEID,EUID\n"


def zipped(path: Path, members: dict[str, bytes | str], *, stored: bool = False) -> Path:
    """Write an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    """Write an Excel file."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def rows_of(table: RawTable) -> list[list[str]]:
    """Give a table's cells."""
    found: list[list[str]] = table.frame.to_numpy().tolist()
    return found


def test_an_archive_gives_a_table_for_each_of_mailchimps_files(tmp_path: Path) -> None:
    """The member's name is the status, whatever the archive is called; the rest is told."""
    members = {f"{status}_members_export_1a.csv": f"{HEADER}{status}@z.example,1,1,x\n" for status in STATUSES}
    path = zipped(tmp_path / "unsubscribed.zip", {**members, "granular_activity/opens.csv": "Email,Opened\n"})

    tables = [normalise(recognise(table), NOW) for table in read_tables(path)]

    assert STATUSES == {t.recognised.table.name.split("/")[1].split("_")[0]: t.frame["status"][0] for t in tables}
    assert "Left out of unsubscribed.zip: granular_activity/opens.csv." in tables[0].notes


def test_only_the_list_is_taken_of_substacks_archive(tmp_path: Path) -> None:
    """Opens and deliveries hold addresses too, and are no subscribers."""
    path = zipped(
        tmp_path / "export.zip",
        {
            "email_list.letters.csv": "email,active_subscription,expiry,plan,email_disabled\na@z.example,,,,\n",
            "posts.csv": "post_id,title\n",
            "posts/1.delivers.csv": "post_id,email\n1,b@z.example\n",
            "__MACOSX/._posts.csv": "x",
        },
    )

    (table,) = read_tables(path)

    assert ("export.zip/email_list.letters.csv", [["a@z.example", "", "", "", ""]]) == (table.name, rows_of(table))
    assert ("Left out of export.zip: posts.csv, posts/1.delivers.csv.",) == table.notes


def test_a_members_path_is_only_a_name(tmp_path: Path) -> None:
    """Nothing is written anywhere."""
    (tmp_path / "in").mkdir()
    path = zipped(tmp_path / "in/x.zip", {"../../escaped.csv": "email\na@z.example\n"})

    assert "x.zip/../../escaped.csv" == read_table(path).name
    assert ["in", "in/x.zip"] == sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("members", "match"),
    [
        ({"inner.zip": b"PK\x05\x06"}, "further archives"),
        ({"list.xlsx": b"PK\x05\x06" + b"\0" * 18}, "an archive in an archive"),
        ({"readme.md": "nothing"}, "holds no table"),
        ({f"{n}.csv": "email\na@z.example\n" for n in range(101)}, "over 100 tables"),
        ({"list.csv": b"email\n" + b"a@z.example\n" * 4_000_000}, r"bomb\.zip/list\.csv holds 48 MB packed into"),
        ({f"{n}.csv": b"email\n" + b"a@z.example\n" * 400_000 for n in range(9)}, r"bomb\.zip holds 43 MB packed into"),
    ],
    ids=["archive inside", "archive called a spreadsheet", "no table", "too many", "one bomb", "many small bombs"],
)
def test_archives_that_are_no_exports_are_refused(tmp_path: Path, members: dict[str, bytes | str], match: str) -> None:
    """By their list of contents, before anything is unpacked."""
    with pytest.raises(InputError, match=match):
        read_tables(zipped(tmp_path / "bomb.zip", members))


def test_spreadsheets_in_an_archive_are_tables_like_its_texts(tmp_path: Path) -> None:
    """Each is read by the process for spreadsheets, from bytes: nothing is unpacked to disk."""
    people = workbook(tmp_path / "people.xlsx", Cover=[["Spring"]], People=[["Email", "ZIP"], ["a@z.example", 12345]])
    members = {"crm/people.xlsx": people.read_bytes(), "list.csv": "email\nb@z.example\n", "notes.txt": "nobody"}
    path = zipped(tmp_path / "export.zip", members)

    sheet, text = read_tables(path)

    assert ("export.zip/crm/people.xlsx", [["a@z.example", "12345"]]) == (sheet.name, rows_of(sheet))
    assert ("export.zip/list.csv", [["b@z.example"]]) == (text.name, rows_of(text))
    assert "Left out of export.zip: notes.txt." in sheet.notes
    assert ["export.zip", "people.xlsx"] == sorted(one.name for one in tmp_path.iterdir())


def test_a_spreadsheet_in_an_archive_is_bounded_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is held in memory while it is handed over."""
    monkeypatch.setattr("pressrun.audiences.archives._MAX_SPREADSHEET", 1_000)
    people = workbook(tmp_path / "people.xlsx", People=[["Email"], ["a@z.example"]])

    with pytest.raises(InputError, match=r"export\.zip/people\.xlsx has more than"):
        read_tables(zipped(tmp_path / "export.zip", {"people.xlsx": people.read_bytes()}))


def test_a_locked_and_a_torn_archive_are_refused(tmp_path: Path) -> None:
    """Both say what to do."""
    path = zipped(tmp_path / "list.zip", {"list.csv": "email\na@z.example\n"}, stored=True)
    whole = path.read_bytes()

    path.write_bytes(whole.replace(b"a@z", b"b@z"))
    with pytest.raises(InputError, match="cannot be unpacked"):
        read_tables(path)
    at = whole.index(b"PK\x01\x02")
    path.write_bytes(whole[: at + 8] + b"\x01" + whole[at + 9 :])
    with pytest.raises(InputError, match="locked by a password"):
        read_tables(path)


def test_a_spreadsheet_is_read_as_text_from_the_sheet_with_addresses(tmp_path: Path) -> None:
    """Numbers lose no digit and gain no `.0`, dates are ISO, and the row is the sheet's."""
    path = workbook(
        tmp_path / "crm.xlsx",
        Cover=[["Members of spring"]],
        People=[
            [None],
            ["Email", "ZIP", "Since", "Share", "VIP", None],
            ["a@z.example", 12345, datetime.datetime(2021, 4, 3, 10, 11, 12), 0.25, True, None],  # noqa: DTZ001
            ["b@z.example", "007", datetime.date(2021, 4, 3), 1e20, None, "beyond"],
        ],
        More=[["c@z.example"]],
    )

    table = read_table(path)

    assert [
        ["a@z.example", "12345", "2021-04-03 10:11:12", "0.25", "true"],
        ["b@z.example", "007", "2021-04-03", "1e+20", ""],
    ] == rows_of(table)
    assert ([3, 4], {1: ["beyond"]}) == (table.lines.tolist(), table.extra)
    assert ("Sheet “People” was read, the first that holds addresses; left out: Cover, More.",) == table.notes


def test_a_sheet_that_claims_cells_far_out_costs_nothing(tmp_path: Path) -> None:
    """The library would ask for 500 GB and take its process down; that process is not ours."""
    path = workbook(tmp_path / "bomb.xlsx", People=[["email"]])
    book = openpyxl.load_workbook(path)
    book.active["XFD1048576"] = "x"
    book.save(path)

    with pytest.raises(InputError, match="claims cells far out"):
        read_tables(path)


@pytest.mark.parametrize("name", ["torn.xls", "torn.xlsx"])
def test_a_torn_spreadsheet_is_refused(tmp_path: Path, name: str) -> None:
    """The old format and the new one."""
    path = workbook(tmp_path / "whole.xlsx", People=[["email"], ["a@z.example"]])
    torn = tmp_path / name
    torn.write_bytes(b"\xd0\xcf\x11\xe0" + b"x" * 600 if name.endswith("xls") else path.read_bytes()[:-200])

    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        read_tables(torn)


def test_json_lines_give_columns_for_what_is_inside(tmp_path: Path) -> None:
    """Lists of words become tags, objects columns, and a missing name an empty cell."""
    path = tmp_path / "members.jsonl"
    path.write_text(
        '{"email": "a@z.example", "tags": ["x", "y, z"], "home": {"city": "Wien", "at": {"lat": 48.0}}}\n\n'
        '{"email": "b@z.example", "age": 41, "vip": true, "none": null, "home": {}}\n'
    )

    table = normalise(recognise(read_table(path)), NOW)

    assert [1, 3] == table.frame["line"].tolist()
    assert ['["x","y, z"]', "[]"] == table.frame["tags"].tolist()
    assert {"home_city": "Wien", "home_at_lat": "48"} == json.loads(table.frame["attributes"][0])
    assert {"age": "41", "vip": "true"} == json.loads(table.frame["attributes"][1])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"email": "a@z.example"}\n{"email": \n', "line 2 is no JSON"),
        ('{"email": "a@z.example"}\n["b@z.example"]\n', "line 2 is JSON but no object"),
        ('{"email": "a@z.example", "x": ' + "[" * 100_000 + "]" * 100_000 + "}\n", "line 1 is no JSON"),
        ("{" + ",".join(f'"c{n}": 1' for n in range(20_000)) + "}\n", "different names by line 1"),
        ('{"email": "' + "x" * 200_000 + '"}\n', "line 1 has a cell of more than"),
    ],
    ids=["half a line", "a list", "brackets", "columns", "a cell"],
)
def test_json_lines_that_are_none_are_refused_by_line(tmp_path: Path, text: str, match: str) -> None:
    """One cannot tell where a broken line ends."""
    path = tmp_path / "members.jsonl"
    path.write_text(text)

    with pytest.raises(InputError, match=match):
        read_tables(path)


def test_parquet_that_says_the_same_thing_too_often_is_refused(tmp_path: Path) -> None:
    """A few kilobytes would become gigabytes of text."""
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(2_000_000, dtype=np.int32)), pa.array(["x" * 5_000]))
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"email": texts}), path)

    with pytest.raises(InputError, match=r"holds .* MB packed into"):
        read_tables(path)


@given(
    rows=st.lists(
        st.lists(
            st.sampled_from(["", "a", "é", '"q"', '""', "a,b", 'x"y', " ", "email", "=1"]), min_size=2, max_size=2
        ),
        max_size=12,
    ),
    ends=st.sampled_from(["\n", "\r\n"]),
    raw=st.booleans(),
)
def test_reading_at_once_gives_what_reading_row_by_row_gives(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], ends: str, raw: bool
) -> None:
    """The fast way is taken only where it cannot differ: same cells, lines, marks and refusals."""
    path = tmp_path_factory.mktemp("any") / "any.csv"
    cells = rows if raw else [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    path.write_text(ends.join(["email,name", *map(",".join, cells)]), encoding="utf-8", newline="")

    assert _read(path, at_once=False) == _read(path, at_once=True)


def _read(path: Path, *, at_once: bool) -> object:
    with pytest.MonkeyPatch.context() as patch:
        if not at_once:
            patch.setattr(records, "is_uniform", lambda *given: False)
        try:
            table = read_table(path)
        except InputError as error:
            return str(error)
    return rows_of(table), table.lines.tolist(), table.cells.tolist(), table.extra, table.skipped


def test_what_a_person_says_about_columns_is_taken_apart() -> None:
    """Case and blanks do not matter, the column may hold `=`, and what does not exist is refused."""
    said = meanings_said(["E-Mail=email", "a=b=tags", "Tier=attribute:plan", "Old=ignored"])

    assert {"E-Mail": "email", "a=b": "tags", "Tier": "attribute:plan", "Old": "ignore"} == said
    assert {"e mail": "email"} == find_columns({"E-Mail": "email"}, ["e mail", "x"])
    for wrong in ("email", "=email", "x=emial", "x=attribute:", "x=attribute:A B"):
        with pytest.raises(InputError, match="does not say COLUMN=MEANING"):
            meanings_said([wrong])
    with pytest.raises(InputError, match=r"'Tier', 'Old', which no table has\. Columns seen: e mail, a=b"):
        refuse_unmatched(said, ["e mail", "a=b"])
