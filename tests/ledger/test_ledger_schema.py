"""The ledger's tables: made by migrations, equal to their declaration, and unable to lie."""

import re
import sqlite3
import stat
from datetime import timedelta, timezone
from pathlib import Path

import pytest
import yaml
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from ledger_rows import ISSUE, NOW, freeze, true_row
from sqlalchemy import CheckConstraint, insert, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.schema import CreateTable

from pressrun.errors import StoppedError, StoreBusyError
from pressrun.ledger import Ledger, issues, open_ledger
from pressrun.ledger.schema import metadata
from pressrun.settings import Settings

CASES = yaml.safe_load(Path(__file__).parents[1].joinpath("cases/ledger_checks.yml").read_text())


def _name(case: dict[str, object]) -> str:
    return f"{case['constraint']}-{'-'.join(case['changed'])}"


def _sql_of(constraint: str, ddl: str) -> str:
    """Take the text of one CHECK out of a CREATE TABLE, up to its closing bracket."""
    _, _, begun = ddl.partition(f"CONSTRAINT {constraint} CHECK (")
    depth, end = 1, 0
    while depth:
        depth += {"(": 1, ")": -1}.get(begun[end], 0)
        end += 1
    return " ".join(begun[: end - 1].split())


def test_migrations_make_the_declared_tables(ledger: Ledger) -> None:
    """A migrated ledger differs from the declaration in nothing that Alembic can see."""
    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_migrations_make_the_declared_checks(ledger: Ledger, table: object) -> None:
    """Every CHECK is there under its name and with its words; Alembic does not compare them."""
    declared = str(CreateTable(table))
    names = sorted(str(c.name) for c in table.constraints if isinstance(c, CheckConstraint))
    with ledger.read() as connection:
        query = "select sql from sqlite_master where name = ?"
        made = connection.exec_driver_sql(query, (table.name,)).scalar_one()

    assert names == sorted(set(re.findall(r"CONSTRAINT (ck_\w+)", made)))
    assert [_sql_of(name, declared) for name in names] == [_sql_of(name, made) for name in names]


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_declaration_compiles_for_postgresql(table: object) -> None:
    """The larger database takes the same declaration, with times that know their zone."""
    ddl = str(CreateTable(table).compile(dialect=postgresql.dialect()))

    assert ddl.count("TIMESTAMP") == ddl.count("TIMESTAMP WITH TIME ZONE")


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_lying_row_is_refused(ledger: Ledger, case: dict[str, object]) -> None:
    """State and time agree, or the row is not taken."""
    freeze(ledger, 1)
    table = metadata.tables[str(case["table"])]

    with pytest.raises(IntegrityError, match=str(case["constraint"])), ledger.write() as connection:
        connection.execute(insert(table).values(true_row(table.name, **case["changed"])))


@pytest.mark.parametrize("name", sorted({str(case["table"]) for case in CASES}))
def test_true_row_is_taken(ledger: Ledger, name: str) -> None:
    """The table of lies starts from rows that are accepted as they are."""
    freeze(ledger, 1)

    with ledger.write() as connection:
        assert connection.execute(insert(metadata.tables[name]).values(true_row(name))).rowcount == 1


def test_foreign_keys_are_on(ledger: Ledger) -> None:
    """A recipient of a batch that does not exist is refused."""
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), ledger.write() as connection:
        connection.execute(insert(metadata.tables["recipients"]).values(true_row("recipients")))


def test_nobody_is_twice_in_one_audience(ledger: Ledger) -> None:
    """The primary key is the promise: a second row for the same address does not fit."""
    freeze(ledger, 1)
    again = true_row("recipients", address_key=f"{ISSUE}-1-0@example.org")

    with pytest.raises(IntegrityError, match=r"recipients\.address_key"), ledger.write() as connection:
        connection.execute(insert(metadata.tables["recipients"]).values(again))


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
def test_durability_is_really_set(ledger: Ledger, pragma: str, value: object) -> None:
    """Each connection writes ahead and syncs in full, whatever SQLite's build prefers."""
    with ledger.write() as connection:
        assert value == connection.exec_driver_sql(f"pragma {pragma}").scalar()


def test_ledger_file_is_private(settings: Settings) -> None:
    """Addresses are readable by the owner of the process only."""
    made = open_ledger(settings)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in settings.home.glob("ledger.sqlite*")}
    made.close()

    assert {0o600} == modes
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700


def test_naive_time_is_refused(ledger: Ledger) -> None:
    """A time without a zone is a mistake that would show only in summer."""
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="must name its zone"), ledger.write() as connection:
        connection.execute(insert(metadata.tables["issues"]).values(true_row("issues", preparing_at=naive)))


def test_time_comes_back_in_utc(ledger: Ledger) -> None:
    """A time is the same moment after the ledger kept it."""
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    table = metadata.tables["issues"]
    with ledger.write() as connection:
        connection.execute(insert(table).values(true_row("issues", preparing_at=there)))
        assert NOW.isoformat() == connection.scalar(select(table.c.preparing_at)).isoformat()


def test_newer_ledger_is_left_alone(settings: Settings) -> None:
    """A version that does not know the ledger's tables stops instead of guessing."""
    open_ledger(settings).close()
    file = sqlite3.connect(settings.home / "ledger.sqlite")
    with file:
        file.execute("update alembic_version set version_num = '9999'")
    file.close()

    with pytest.raises(StoppedError, match="version 9999"):
        open_ledger(settings)


def test_opening_again_changes_nothing(settings: Settings) -> None:
    """Opening is not an event: the same ledger comes back with what it held."""
    first = open_ledger(settings)
    freeze(first, 2)
    first.close()
    second = open_ledger(settings)

    assert issues.every_id(second) == [ISSUE]
    second.close()


def test_full_ledger_is_a_stop_without_addresses(ledger: Ledger) -> None:
    """When the ledger cannot be written the run stops, and the message quotes no row."""
    with ledger.write() as connection:
        connection.exec_driver_sql("pragma max_page_count = 1")

    with pytest.raises(StoreBusyError) as stopped:
        freeze(ledger, 500)

    assert "disk is full" in str(stopped.value)
    assert "@example.org" not in f"{stopped.value}{stopped.value.__cause__}"
