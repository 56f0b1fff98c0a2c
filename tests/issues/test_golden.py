"""No byte of a mail changes unasked: `make golden` writes the files anew, and a person looks at what changed."""

import pytest
from golden_issues import GOLDEN, golden_issues

SHOWN = dict(golden_issues())


@pytest.mark.parametrize("name", SHOWN)
def test_no_byte_changes_unasked(name):
    """HTML and text of each look, of every block, and of languages that are set in their own way."""
    assert (GOLDEN / f"{name}.html").read_text(encoding="utf-8") == SHOWN[name].html
    assert (GOLDEN / f"{name}.txt").read_text(encoding="utf-8") == SHOWN[name].text


@pytest.mark.parametrize("name", SHOWN)
def test_preflight_finds_nothing_in_what_we_show(name):
    """Rules of the page and of the text hold in every look, and there is not even something to warn about."""
    assert () == SHOWN[name].rendered.findings


def test_no_golden_file_is_left_over():
    """A file that nothing is compared with guards nothing."""
    kept = {path.stem for path in GOLDEN.iterdir()}
    assert set(SHOWN) == kept
