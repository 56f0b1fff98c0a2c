"""`pressrun new` and `pressrun gallery`, as a writer types them."""

import json
from pathlib import Path

import pytest
from issue_desk import TEMPLATES
from typer.testing import CliRunner

from pressrun.cli import app
from pressrun.errors import InputError
from pressrun.settings import load_settings


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder to write in, with the templates that ship."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRESSRUN_TEMPLATES", str(TEMPLATES))
    return tmp_path


def test_new_says_what_it_made_and_gallery_shows_it(desk):
    """Both answer in JSON, and the page shows the issue in every layout."""
    made = CliRunner().invoke(app, ["new", "A first letter", "--folder", "--json"])
    assert {"issue_id": "a-first-letter", "path": "issues/a-first-letter/index.md"} == json.loads(made.stdout)
    shown = CliRunner().invoke(app, ["gallery", "a-first-letter", "--out", "out", "--json"])
    page = (desk / json.loads(shown.stdout)["page"]).read_text(encoding="utf-8")
    assert 4 == page.count("<h3>a-first-letter</h3>")
    assert ["announcement", "base", "digest", "letter"] == json.loads(shown.stdout)["looks"]


def test_a_folder_that_cannot_be_is_named(desk):
    """What cannot be written is wrong usage, not a traceback."""
    (desk / "file").touch()
    refused = CliRunner().invoke(app, ["gallery", "--out", "file"])
    assert isinstance(refused.exception, InputError)
    assert str(refused.exception).startswith("file/index.html cannot be written: ")


def test_a_look_that_is_not_there_is_wrong_usage(desk):
    """Nothing is written, and the looks that are there are named."""
    refused = CliRunner().invoke(app, ["new", "A letter", "--look", "postcard"])
    assert (2, False) == (refused.exit_code, (desk / "issues").exists())
    assert "digest" in refused.output


def test_an_assets_url_that_is_none_is_refused():
    """A mail with images that lead nowhere does not come about by a mistyped setting."""
    with pytest.raises(InputError, match="assets_url"):
        load_settings(assets_url="img.example")
