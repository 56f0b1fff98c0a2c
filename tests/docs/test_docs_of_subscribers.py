"""The pages on addresses, segments and the life of a subscriber say what is there."""

import re
from pathlib import Path

import pytest

from pressrun.audiences.addresses import DOMAIN_INVALID, INVALID, MISSING
from pressrun.audiences.hygiene import RULES
from pressrun.audiences.selection import every_segment
from pressrun.audiences.verdicts import FLAGS, OK
from pressrun.cli import app
from pressrun.warehouse.segment_rules import OPEN_TABLES

PAGES = ("addresses", "segments", "lifecycle")


def first_cells(text: str) -> list[str]:
    """Give the codes in the first cells of all tables."""
    cells = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)]


def test_each_code_of_an_address_is_documented_in_the_order_in_which_it_is_named(root: Path) -> None:
    """A code that nobody explains is of no use."""
    codes = first_cells((root / "docs/addresses.md").read_text())

    assert [MISSING, INVALID, DOMAIN_INVALID, *FLAGS, OK] == codes


def test_each_segment_that_ships_and_each_open_table_is_documented(root: Path) -> None:
    """And none that is not there."""
    text = (root / "docs/segments.md").read_text()

    assert every_segment(root / "segments") == sorted(name.partition("(")[0] for name in first_cells(text))
    assert [] == [name for name in OPEN_TABLES if f"`{name}`" not in text]


def test_each_rule_of_hygiene_is_documented(root: Path) -> None:
    """Rules and statuses stand in the tables of one page."""
    assert [] == [rule for rule in RULES if rule not in first_cells((root / "docs/lifecycle.md").read_text())]


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_links_of_each_page_are_there(root: Path, page: str) -> None:
    """`pressrun X` is a command, and a relative link leads to a file."""
    text = (root / f"docs/{page}.md").read_text()
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    for group in app.registered_groups:
        if group.typer_instance is not None:
            known |= {c.name or c.callback.__name__ for c in group.typer_instance.registered_commands if c.callback}

    assert set() == set(re.findall(r"pressrun ([a-z]+)\b", text)) - known
    assert [] == [
        link for link in re.findall(r"\]\((?!https?:|#)([^)]+)\)", text) if not (root / "docs" / link).exists()
    ]
