"""Read `templates/brand.toml`: who sends, how it looks, where the law can find them."""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from pressrun.errors import InputError

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


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
    #: Links, rules and buttons on the light sheet, and in the dark.
    accent: str = "#9c2b12"
    accent_dark: str = "#ff9d7f"
    #: Address of a PNG, JPG or GIF that stands instead of the name; none by default.
    logo: str = ""
    #: How wide the logo is shown, in pixels.
    logo_width: int = 160
    #: The words of the links in the footer.
    unsubscribe_label: str = "Unsubscribe"
    browser_label: str = "Read in a browser"


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
    for key in ("accent", "accent_dark"):
        if not _COLOUR.fullmatch(getattr(brand, key)):
            raise InputError(f"{path}: {key} must be a colour like #9c2b12.")
    if brand.logo and not brand.logo.startswith("https://"):
        raise InputError(f"{path}: logo must be an https:// address; mails cannot show files of yours.")
    return brand


def _refuse_unknown(record: dict[str, object], path: Path) -> None:
    kinds = {field.name: int if field.type in (int, "int") else str for field in fields(Brand)}
    for key, value in record.items():
        if key not in kinds:
            raise InputError(f"{path}: `{key}` is not a key of the brand; the keys are {', '.join(kinds)}.")
        if type(value) is not kinds[key]:
            raise InputError(f"{path}: {key} must be {'a whole number' if kinds[key] is int else 'text'}.")
    if "name" not in record:
        raise InputError(f"{path}: the brand needs a `name`.")
