"""Mix the colours of a mail from the few a brand names, so that all of it can be read, in the light and the dark."""

from collections.abc import Iterator, Mapping

from pressrun.issues.brand import Brand
from pressrun.issues.colours import READABLE, contrast, mixed, readable

#: Of program code: keywords, texts, numbers and names, names that are made.
_CODE = {"keyword": "#8a2f16", "string": "#33691e", "number": "#0b5a8a", "named": "#5b3a8c"}
_CODE_DARK = {"keyword": "#ff9d7f", "string": "#a8d08d", "number": "#8cc4ec", "named": "#c9b1f0"}
#: How much of the sheet is in each tone of the ink.
_TONES = {"quote": 0.16, "muted": 0.32, "edge": 0.76, "line": 0.86, "hair": 0.92}
_NEAR_WHITE, _NEAR_BLACK = "#fffdf9", "#1b1814"


def palette(brand: Brand) -> dict[str, Mapping[str, str]]:
    """Give the colours of a mail.

    Args:
        brand: Names paper, sheet, ink and accent, for the light and for the dark.

    Returns:
        `light` and `dark`; each has paper, sheet, ink, strong, accent, on_accent, code_ground, code_ink, the tones
        quote, muted, small (for the footer, on paper), edge, line and hair, and four colours of program code.
    """
    light = _shades(brand.paper, brand.sheet, brand.ink, brand.accent, _CODE, "#000000")
    dark = _shades(brand.paper_dark, brand.sheet_dark, brand.ink_dark, brand.accent_dark, _CODE_DARK, "#ffffff")
    # a button and a band keep the accent of the light in the dark, as a printed mark would
    return {"light": light, "dark": {**dark, "band": brand.accent, "on_accent": light["on_accent"]}}


def pale(brand: Brand) -> Iterator[str]:
    """Give the colours of a brand that cannot be read on their ground."""
    pairs = (("accent", "sheet"), ("ink", "sheet"), ("accent_dark", "sheet_dark"), ("ink_dark", "sheet_dark"))
    for colour, ground in pairs:
        measured = contrast(getattr(brand, colour), getattr(brand, ground))
        if measured < READABLE:
            yield f"{colour} has a contrast of {measured:.1f} on {ground}; text needs {READABLE:g}."


def _shades(paper: str, sheet: str, ink: str, accent: str, code: Mapping[str, str], extreme: str) -> Mapping[str, str]:
    tones = {name: mixed(ink, sheet, share) for name, share in _TONES.items()}
    ground = mixed(mixed(ink, accent, 0.3), sheet, 0.94)
    return {
        "paper": paper,
        "sheet": sheet,
        "ink": ink,
        "accent": accent,
        "band": accent,
        **tones,
        "strong": mixed(ink, extreme, 0.25),
        "muted": readable(tones["muted"], sheet),
        "quote": readable(tones["quote"], sheet),
        "small": readable(tones["muted"], paper),
        "on_accent": readable(max((_NEAR_WHITE, _NEAR_BLACK), key=lambda one: contrast(one, accent)), accent),
        "code_ground": ground,
        "code_ink": readable(mixed(accent, ink, 0.35), ground),
        **{name: readable(colour, ground) for name, colour in code.items()},
    }
