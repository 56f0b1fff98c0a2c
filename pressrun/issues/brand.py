"""Read `templates/brand.toml`: who sends, how it looks, where the law can find them."""

import re
import tomllib
from dataclasses import dataclass
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
    accent: str = "#9c2b12"
    accent_dark: str = "#ff9d7f"


def load_brand(templates: Path) -> Brand:
    """Read the brand.

    Raises:
        InputError: The file cannot be used; the message names the line or the key.
    """
    path = templates / "brand.toml"
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
        brand = Brand(**record)
    except FileNotFoundError:
        raise InputError(f"{path} is missing. It says who sends; copy the one Pressrun ships.") from None
    except (tomllib.TOMLDecodeError, TypeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be used: {error}") from None
    for key in ("accent", "accent_dark"):
        if not _COLOUR.fullmatch(getattr(brand, key)):
            raise InputError(f"{path}: {key} must be a colour like #9c2b12.")
    return brand
