"""Judge images by their addresses and by what stands for them; a new rule is one more function in the table."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pressrun.issues.addresses import leads_to_a_page
from pressrun.issues.findings import Finding, warning

_POORLY_SHOWN = {
    ".svg": "Gmail and Outlook do not show SVG",
    ".webp": "Outlook does not show WebP",
    ".avif": "Outlook does not show AVIF",
    ".heic": "Only Apple shows HEIC",
    ".tif": "Only Apple shows TIFF",
    ".tiff": "Only Apple shows TIFF",
    ".pdf": "A PDF is no image",
    ".mp4": "A mail shows no film",
    ".mov": "A mail shows no film",
    ".psd": "PSD is for drawing",
}
#: Screen readers cannot pause within it.
_LONGEST_ALT = 250
#: What programs and cameras call a picture.
_NO_ALT = re.compile(
    r"\S+\.(png|jpe?g|gif|svg|webp|heic)|(img|dsc|dscn|dscf|pxl|image|photo|picture)[-_ ]?\d*|alt( text)?|untitled.*"
    r"|screen ?shot [\d-]+.*|an? (image|picture|photo)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image as it will go out."""

    url: str
    alt: str
    where: str


def judge_image(image: Image) -> Iterator[Finding]:
    """Give what is wrong with an image."""
    for rule in IMAGE_RULES:
        yield from rule(image)


def _no_alt(image: Image) -> Iterator[Finding]:
    if not image.alt.strip():
        problem = f"The image {image.url} has no text for those who do not see it."
        yield warning("image-alt", problem, image.where)


def _file_name_as_alt(image: Image) -> Iterator[Finding]:
    if _NO_ALT.fullmatch(image.alt.strip()):
        problem = f"“{image.alt.strip()}” is no description; say what the image shows."
        yield warning("image-alt", problem, image.where)


def _endless_alt(image: Image) -> Iterator[Finding]:
    if len(image.alt) > _LONGEST_ALT:
        problem = f"The text of an image has {len(image.alt)} characters, read aloud whole; say it below the image."
        yield warning("image-alt", problem, image.where)


def _format(image: Image) -> Iterator[Finding]:
    for ending, why in _POORLY_SHOWN.items():
        if image.url.lower().split("?")[0].endswith(ending):
            yield warning("image-format", f"{why}: {image.url}; use PNG, JPG or GIF.", image.where)


def _page_of_image(image: Image) -> Iterator[Finding]:
    if leads_to_a_page(image.url):
        yield warning("image-not-image", f"{image.url} is a page that shows the image, not the image.", image.where)


def _plain_image(image: Image) -> Iterator[Finding]:
    if image.url.startswith("http://"):
        yield warning("image-http", f"{image.url} is not encrypted; many clients will not load it.", image.where)


IMAGE_RULES: tuple[Callable[[Image], Iterator[Finding]], ...] = (
    _no_alt,
    _file_name_as_alt,
    _endless_alt,
    _format,
    _page_of_image,
    _plain_image,
)
