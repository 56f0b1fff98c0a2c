"""The brand is read strictly: a mistyped key says so."""

from pathlib import Path

import pytest

from pressrun.errors import InputError
from pressrun.issues import load_brand

GOOD = 'name = "The Pressroom"\naddress = "7 Composing Lane"\n'


def test_a_brand_needs_little(tmp_path: Path):
    """Name and address are enough; colours and words have defaults."""
    (tmp_path / "brand.toml").write_text(GOOD)
    assert ("The Pressroom", "Unsubscribe") == (load_brand(tmp_path).name, load_brand(tmp_path).unsubscribe_label)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + 'colour = "#ffffff"\n', "`colour` is not a key"),
        (GOOD + 'accent = "red"\n', "accent must be a colour"),
        (GOOD + 'acent = "#ffffff"\n', "did you mean `accent`"),
        (GOOD + 'paper_dark = "black"\n', "paper_dark must be a colour"),
        (GOOD + 'font_text = "Georgia; color: red"\n', "font_text must be names of fonts"),
        (GOOD + "tagline = 5\n", "tagline must be text"),
        (GOOD + 'logo_width = "wide"\n', "logo_width must be a whole number"),
        (GOOD + 'logo = "logo.png"\n', "logo must be an https"),
        ('address = "x"\n', "needs a `name`"),
        ("name = \n", "cannot be used"),
    ],
)
def test_a_wrong_brand_is_named(tmp_path: Path, text, message):
    """The owner learns which key, and what it takes."""
    (tmp_path / "brand.toml").write_text(text)
    with pytest.raises(InputError, match=message):
        load_brand(tmp_path)


def test_a_missing_brand_is_named(tmp_path: Path):
    """Without a brand nobody sends."""
    with pytest.raises(InputError, match="missing"):
        load_brand(tmp_path)
