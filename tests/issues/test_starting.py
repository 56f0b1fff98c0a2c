"""`pressrun new` begins an issue that can be checked at once, and overwrites nothing."""

from pathlib import Path

import pytest
from issue_desk import NONCE, NOW, TEMPLATES

from pressrun import issues
from pressrun.errors import InputError

BRAND = issues.load_brand(TEMPLATES)


@pytest.mark.parametrize("title", ["A title", "What the ledger says: part “two”", "#1 {{ braces }} and 'quotes'", "no"])
@pytest.mark.parametrize("folder", [False, True])
def test_a_new_issue_can_be_read_and_says_what_is_to_be_written(tmp_path, title, folder):
    """Its front matter is right whatever the title holds, and what is still to come is found by preflight."""
    path = issues.start(title, tmp_path, BRAND, look="digest", folder=folder)
    written = issues.load(path, tmp_path)
    issue = issues.check(written, BRAND, TEMPLATES, now=NOW, nonce=NONCE)
    assert (title, "digest") == (written.text("subject"), written.text("look"))
    assert (path.name == "index.md") == folder
    assert {"left-over"} <= {one.rule for one in issue.findings}


@pytest.mark.parametrize("folder", [False, True])
def test_nothing_is_overwritten(tmp_path, folder):
    """A file, a folder and a slug that is taken stay as they are."""
    (tmp_path / "other.md").write_text("---\nslug: a-title\n---\nBody")
    before = {path: path.read_text() for path in tmp_path.rglob("*.md")}
    with pytest.raises(InputError, match="called a-title already"):
        issues.start("A title", tmp_path, BRAND, folder=folder)
    (tmp_path / "b-title").mkdir()
    with pytest.raises(InputError, match="was not touched"):
        issues.start("B title", tmp_path, BRAND, folder=True)
    assert before == {path: path.read_text() for path in tmp_path.rglob("*.md")}


def test_a_title_without_latin_letters_needs_a_slug(tmp_path):
    """The slug goes into addresses, so it is asked for."""
    with pytest.raises(InputError, match="--slug"):
        issues.start("印刷所", tmp_path, BRAND)
    assert Path(tmp_path / "press.md") == issues.start("印刷所", tmp_path, BRAND, name="press")
