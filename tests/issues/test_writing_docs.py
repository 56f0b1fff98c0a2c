"""The pages for writers say what is there: every key of front matter and brand, every block and layout."""

import re
from dataclasses import fields

from issue_desk import ROOT

from pressrun.issues import Brand
from pressrun.issues.front_matter import OUR_KEYS, TOLERATED_KEYS

WRITING = (ROOT / "docs" / "writing.md").read_text(encoding="utf-8")
LAYOUTS = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")


def _table(text: str, head: str) -> set[str]:
    """Give what stands in code in the first column of a table."""
    rows = text.partition(f"| {head} |")[2].partition("\n\n")[0]
    return {name for row in re.findall(r"^\|([^|]*)\|", rows, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)}


def test_each_key_of_the_front_matter_is_explained():
    """And nothing is explained that means nothing."""
    told = _table(WRITING, "key")
    assert (OUR_KEYS - told, told - OUR_KEYS - TOLERATED_KEYS) == (set(), set())


def test_each_key_of_the_brand_is_explained():
    """And nothing is explained that is not there."""
    assert {field.name for field in fields(Brand)} == _table(LAYOUTS, "key")


def test_each_block_of_the_base_layout_is_explained():
    """And nothing is explained that cannot be changed."""
    base = (ROOT / "templates" / "base.html.j2").read_text(encoding="utf-8")
    assert set(re.findall(r"\{% block (\w+) %\}", base)) == _table(LAYOUTS, "block")


def test_each_layout_is_explained():
    """And has a text part."""
    shipped = {path.name.removesuffix(".html.j2") for path in (ROOT / "templates").glob("*.html.j2")}
    assert shipped == _table(LAYOUTS, "layout")
    assert shipped == {path.name.removesuffix(".txt.j2") for path in (ROOT / "templates").glob("*.txt.j2")}
