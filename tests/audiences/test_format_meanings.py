"""What columns mean is guessed on the careful side, told, shown before it counts, and overruled by a person."""

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from import_world import NOW, World
from typer.testing import CliRunner

from pressrun import cli
from pressrun.audiences.attributes import attribute_columns
from pressrun.audiences.meanings import meanings_of
from pressrun.audiences.merging import dedupe
from pressrun.audiences.normalising import NormalTable, normalise
from pressrun.audiences.recognising import recognise
from pressrun.audiences.tables import read_table


def taken(folder: Path, text: str, name: str = "list.csv", **asked: object) -> NormalTable:
    """Read a table given as text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return normalise(recognise(read_table(path), **asked), NOW)  # type: ignore[arg-type]


def meanings(table: NormalTable) -> dict[str, str]:
    """Give what each column is taken for."""
    shown = meanings_of(table.recognised, attribute_columns(table.recognised))
    return {one.column: f"{one.meaning}, {one.how}" for one in shown}


@pytest.mark.parametrize(
    ("column", "cells", "meaning"),
    [
        ("Beitritt", ["2021-04-03", ""], "subscribed_at, by what is in it"),
        ("Birthday", ["1991-04-03", ""], "attribute birthday, by its name"),
        ("Beitritt", ["2021-04-03", "soon"], "attribute beitritt, by its name"),
        ("Beitritt", ["03/04/2021", ""], "attribute beitritt, by its name"),
        ("Newsletter", ["yes", "no"], "unsubscribed where no, by what is in it"),
        ("Newsletter", ["weekly", "no"], "attribute newsletter, by its name"),
        ("Coffee", ["yes", "no"], "attribute coffee, by its name"),
        ("State", ["active", "bounced"], "status, by its name"),
        ("State", ["active", "Ohio"], "attribute state, by its name"),
    ],
)
def test_a_guess_needs_the_name_and_every_cell(tmp_path: Path, column: str, cells: list[str], meaning: str) -> None:
    """One cell that speaks against it, or a name that tells something else, and it is a mere attribute."""
    table = taken(tmp_path, f"email,{column}\na@x.example,{cells[0]}\nb@x.example,{cells[1]}\n")

    assert meaning == meanings(table)[column]
    assert ("by what is in it" in meaning) == any(f"“{column}”" in note for note in table.notes)


def test_a_persons_word_outranks_names_and_guesses(tmp_path: Path) -> None:
    """Also for one of two columns of the same name."""
    text = "Other,email,Name,Newsletter,Tags,Tags\na@x.example,b@x.example,N,no,one,two\n"
    said = {"other": "email", "Name": "attribute", "Newsletter": "ignore", "Tags (2)": "ignore"}

    table = taken(tmp_path, text, said=said)

    (row,) = table.frame.to_dict("records")
    assert ("a@x.example", "", "active", '["one"]') == tuple(row[n] for n in ("address", "name", "status", "tags"))
    assert {"email": "b@x.example", "name": "N"} == json.loads(row["attributes"])
    assert ("Newsletter", "Tags (2)") == table.left_out
    assert "email, you said so" == meanings(table)["Other"]


def test_a_file_without_a_header_is_read_once_its_columns_are_named(tmp_path: Path) -> None:
    """Its first row is a person."""
    said = {"column 1": "name", "column 2": "email"}

    table = taken(tmp_path, "Ana,a@x.example\nBo,b@x.example\n", said=said)

    assert [("Ana", "a@x.example", 1), ("Bo", "b@x.example", 2)] == list(
        zip(table.frame["name"], table.frame["address"], table.frame["line"], strict=True)
    )


def test_substacks_old_pair_is_joined_on_the_address(tmp_path: Path) -> None:
    """The free half says since when, the paid half what kind; an opt-out in either counts."""
    free = "email,active_subscription,expiry,email_disabled,created_at\nA@x.example,true,,false,2019-05-06\n"
    paid = (
        "email,expiry,email_disabled,prefer_digests,stripe_connected_customer_id,type\na@x.example,,true,false,c,gift\n"
    )
    tables = [taken(tmp_path, text, f"{n}.csv").frame.assign(file=n) for n, text in enumerate((free, paid))]

    (person,) = dedupe(pd.concat(tables, ignore_index=True)).to_dict("records")

    assert ("unsubscribed", "2019-05-06") == (person["status"], f"{person['subscribed_at']:%Y-%m-%d}")
    assert {"active_subscription": "true", "type": "gift"} == json.loads(person["attributes"])


def test_a_dry_run_shows_what_each_column_is_taken_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON for programs; with samples, and without a whole address."""
    monkeypatch.setenv("PRESSRUN_HOME", str(world.settings.home))
    path = world.file("Kontakt,Since\nana@x.example,2021-04-03\n", "crm.csv")

    command = ["import", str(path), "--dry-run", "--json", "--map", "since=attribute:joined"]
    done = CliRunner().invoke(cli.app, command)

    (table,) = json.loads(done.stdout)["tables"]
    assert [
        {"column": "Kontakt", "meaning": "email", "how": "by what is in it", "samples": ["a…@x….example"]},
        {"column": "Since", "meaning": "attribute joined", "how": "you said so", "samples": ["2021-04-03"]},
    ] == table["columns"]
    assert ("crm.csv", "own columns", 1) == (table["file"], table["source"], table["rows"])
    assert "ana@x.example" not in done.stdout


@pytest.mark.parametrize("as_json", [True, False])
def test_an_import_says_what_it_did_not_read(world: World, monkeypatch: pytest.MonkeyPatch, as_json: bool) -> None:
    """Not only one that is tried out: whoever imports without trying would not know of a part that is missing."""
    monkeypatch.setenv("PRESSRUN_HOME", str(world.settings.home))
    path = world.settings.home.parent / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("people.csv", "email\nana@x.example\n")
        archive.writestr("posts.csv", "title\nHello\n")

    done = CliRunner().invoke(cli.app, ["import", str(path), *(["--json"] if as_json else [])])

    said = "Left out of export.zip: posts.csv."
    assert [said] == json.loads(done.stdout)["notes"] if as_json else f"! {said}" in done.output
