"""Colours are mixed from the few a brand names, so that whatever it names can be read."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from issue_desk import TEMPLATES, rendered

from pressrun.issues import load_brand
from pressrun.issues.colours import READABLE, contrast, mixed, readable
from pressrun.issues.palette import palette

BRAND = load_brand(TEMPLATES)
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
#: Which tone of a palette stands on which ground.
PAIRS = [
    *((tone, "sheet") for tone in ("quote", "muted")),
    *((tone, "code_ground") for tone in ("code_ink", "keyword", "string", "number", "named")),
    ("small", "paper"),
    ("on_accent", "band"),
]


@settings(max_examples=15, deadline=None)
@given(COLOURS, COLOURS, COLOURS)
def test_whatever_a_brand_names_can_be_read(accent, sheet, paper):
    """Each tone we choose ourselves has the contrast of running text on its ground, in the light and the dark."""
    brand = replace(BRAND, accent=accent, sheet=sheet, paper=paper, accent_dark=accent, sheet_dark=sheet)
    for shades in palette(brand).values():
        assert [] == [pair for pair in PAIRS if contrast(shades[pair[0]], shades[pair[1]]) < READABLE - 0.01]


def test_colours_are_mixed_and_made_readable():
    """The ends of a mixture are its parts, and a colour that can be read already stays."""
    assert ("#000000", "#ffffff", "#808080") == tuple(mixed("#000000", "#ffffff", share) for share in (0, 1, 0.5))
    assert "#9c2b12" == readable("#9c2b12", "#fffdf9")
    assert contrast(readable("#ffee00", "#ffffff"), "#ffffff") >= READABLE


@pytest.mark.parametrize(("key", "value"), [("accent", "#ffcc00"), ("accent_dark", "#333333"), ("ink_dark", "#444444")])
def test_a_colour_of_the_brand_that_cannot_be_read_is_found(templates, key, value):
    """The owner chose it, so it is said and not changed."""
    brand = templates / "brand.toml"
    brand.write_text(brand.read_text().replace(f'{key} = "{getattr(BRAND, key)}"', f'{key} = "{value}"'))
    found = [one for one in rendered("Text.", templates=templates).findings if one.rule == "contrast"]
    assert [True] == [one.message.startswith(f"{key} has a contrast of") for one in found]
