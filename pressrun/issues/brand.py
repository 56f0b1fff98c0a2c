"""Read `templates/brand.toml`: who sends, how it looks, where the law can find them."""

import difflib
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from pressrun.errors import InputError

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FONTS = re.compile(r"[A-Za-z0-9 ,-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Brand:
    """The look and the legal facts of one newsletter."""

    name: str
    tagline: str = ""
    #: Where a letter on paper would reach the sender; the law of many countries asks for it.
    address: str = ""
    #: Why the reader gets this mail.
    why: str = ""
    #: `Name <address>`; an issue may name its own.
    sender: str = ""
    lang: str = "en"
    #: The layout of an issue that names none.
    look: str = "base"
    #: Links, rules and buttons in the light, and links in the dark.
    accent: str = "#9c2b12"
    accent_dark: str = "#ff9d7f"
    #: What the sheet lies on, the sheet, and the text on it; all other tones are mixed from them.
    paper: str = "#f2ede4"
    sheet: str = "#fffdf9"
    ink: str = "#26221d"
    paper_dark: str = "#141210"
    sheet_dark: str = "#1e1b18"
    ink_dark: str = "#e6dfd4"
    #: Fonts as a style sheet lists them, for languages in Latin, Greek and Cyrillic letters; empty: the layouts' own.
    font_text: str = ""
    font_heading: str = ""
    #: Address of a PNG, JPG or GIF that stands instead of the name; none by default.
    logo: str = ""
    #: How wide the logo is shown, in pixels.
    logo_width: int = 160
    #: The words of the links in the footer.
    unsubscribe_label: str = "Unsubscribe"
    browser_label: str = "Read in a browser"
    #: The words above what is in an issue, and before its number.
    inside_label: str = "In this issue"
    number_label: str = "No."


def load_brand(templates: Path) -> Brand:
    """Read the brand.

    Args:
        templates: Folder that holds `brand.toml`.

    Raises:
        InputError: The file cannot be used; the message names the line or the key.
    """
    path = templates / "brand.toml"
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing. It says who sends; copy the one Pressrun ships.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be used: {error}.") from None
    _refuse_unknown(record, path)
    brand = Brand(**record)
    for key in ("accent", "accent_dark", "paper", "sheet", "ink", "paper_dark", "sheet_dark", "ink_dark"):
        if not _COLOUR.fullmatch(getattr(brand, key)):
            raise InputError(f"{path}: {key} must be a colour like #9c2b12.")
    for key in ("font_text", "font_heading"):
        if not _FONTS.fullmatch(getattr(brand, key)):
            raise InputError(f"{path}: {key} must be names of fonts with commas between, like Georgia, Charter, serif.")
    if brand.logo and not brand.logo.startswith("https://"):
        raise InputError(f"{path}: logo must be an https:// address; mails cannot show files of yours.")
    return brand


def _refuse_unknown(record: dict[str, object], path: Path) -> None:
    kinds = {field.name: int if field.type in (int, "int") else str for field in fields(Brand)}
    for key, value in record.items():
        if key not in kinds:
            near = difflib.get_close_matches(key, kinds, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the keys are {', '.join(kinds)}."
            raise InputError(f"{path}: `{key}` is not a key of the brand; {hint}")
        if type(value) is not kinds[key]:
            raise InputError(f"{path}: {key} must be {'a whole number' if kinds[key] is int else 'text'}.")
    if "name" not in record:
        raise InputError(f"{path}: the brand needs a `name`.")
