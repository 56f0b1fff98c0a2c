"""Take the images that lie beside an issue: check and measure them, and give each the address it will be served at."""

import difflib
import hashlib
import io
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from PIL import Image as Pillow

from pressrun.errors import InputError
from pressrun.issues.findings import Finding, error, warning

#: Formats that every mail client shows, as Pillow names them; the others are told from their endings.
_SHOWN = frozenset({"PNG", "JPEG", "GIF", "MPO", "WEBP", "AVIF"})
#: More than this, and readers wait on the road.
_HEAVY_BYTES = 500_000
#: An image of more pixels is not decoded at all; 600 px of width are shown.
_MOST_PIXELS = 50_000_000
_TWICE = "@2x"
_HASH_DIGITS = 16
#: The tag of EXIF that says which side is up.
_ORIENTATION = 0x0112
_ENDINGS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "MPO": (".jpg", ".jpeg"),
    "GIF": (".gif",),
    "WEBP": (".webp",),
    "AVIF": (".avif",),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One image file that lies beside an issue."""

    path: Path
    #: 16 hexadecimal digits of its SHA-256, a dash, and its file name: another content has another name.
    name: str
    #: As it should be shown, in pixels; half of what the file has if that is called `name@2x.png`.
    width: int
    height: int
    size_bytes: int
    #: What some mail clients show in another way, in words.
    oddities: tuple[str, ...] = ()

    def sized(self, most: int) -> tuple[int, int]:
        """Give width and height in pixels, shrunk to a greatest width and never enlarged."""
        width = min(self.width, most)
        return width, max(1, round(self.height * width / self.width))


@dataclass(kw_only=True, slots=True)
class Album:
    """The images of one issue, as its text names them."""

    #: Where the issue lies; nothing outside of it is read.
    folder: Path
    #: Where the pictures will be served; empty: nowhere yet.
    url: str
    taken: dict[str, Picture] = field(default_factory=dict)

    def is_beside(self, source: str) -> bool:
        """Tell whether an address is the name of a file beside the issue."""
        path = self._path(source)
        try:
            return path is not None and path.is_file()
        except OSError:  # a name that is too long for any file
            return False

    def nearest(self, source: str) -> str:
        """Give the name of a file beside the issue that was probably meant; empty if there is none."""
        path = self._path(source)
        try:
            there = [one.name for one in path.parent.iterdir() if one.is_file()] if path is not None else []
        except OSError:
            return ""
        name = path.name if path is not None else ""
        alike = [one for one in there if one.lower() == name.lower()]
        return next(iter(alike or difflib.get_close_matches(name, there, n=1, cutoff=0.8)), "")

    def take(self, source: str, alt: str, where: str) -> tuple[Picture | None, list[Finding]]:
        """Look at one file beside the issue.

        Args:
            source: The address as the author wrote it, for which `is_beside` holds.
            alt: What stands for it where it is not shown.
            where: `file:line`.

        Returns:
            The picture, or None if a mail cannot show it; and what is wrong.
        """
        path = self._path(source)
        if path is None:
            raise ValueError(f"{source} does not lie beside the issue")
        if not path.resolve().is_relative_to(self.folder.resolve()):
            problem = f"The image {source!r} lies outside of the issue's folder and was not taken; copy it there."
            return None, [error("image-outside", problem, where)]
        try:
            picture = look_at(path)
        except ValueError as reason:
            return None, [error("image-unreadable", f"The image {source!r} cannot be used: {reason}.", where)]
        self.taken[picture.name] = picture
        return (picture if self.url else None), [*_judge(picture, alt, where), *self._unserved(source, where)]

    def address(self, picture: Picture) -> str:
        """Give where a picture will be served."""
        return f"{self.url.rstrip('/')}/{quote(picture.name)}"

    def _unserved(self, source: str, where: str) -> list[Finding]:
        if self.url:
            return []
        problem = (
            f"The image {source!r} lies beside the issue, and mails cannot show files of yours; set "
            "PRESSRUN_ASSETS_URL to the https address at which you serve the folder `assets` of your stores."
        )
        return [error("image-hosting", problem, where)]

    def _path(self, source: str) -> Path | None:
        """Give the path an address names; none if it is an address of the web, or cannot be a path at all."""
        try:
            parts = urlsplit(source)
        except ValueError:
            return None
        name = unquote(parts.path)
        if parts.scheme or parts.netloc or not name or name.startswith("/") or "\0" in name or len(name) > 1000:
            return None
        return self.folder / name


def look_at(path: Path) -> Picture:
    """Read one image file, to the last byte.

    Raises:
        ValueError: It is no image a mail can show; the message says why.
    """
    try:
        content = path.read_bytes()
        kind, width, height, oddities = _measured(content)
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError):
        raise ValueError("it has far too many pixels; 1,200 of width are enough") from None
    except (OSError, SyntaxError, EOFError) as problem:
        raise ValueError(_told(path, problem)) from None
    if kind not in _SHOWN:
        raise ValueError(f"mails do not show {kind}; save it as PNG, JPG or GIF")
    shrink = 2 if path.stem.endswith(_TWICE) else 1
    return Picture(
        path=path,
        name=_name(content, path),
        width=max(1, width // shrink),
        height=max(1, height // shrink),
        size_bytes=len(content),
        oddities=(*oddities, *_misnamed(kind, path)),
    )


def _measured(content: bytes) -> tuple[str, int, int, list[str]]:
    """Decode an image, and give its format, width, height, and what is odd about it."""
    with warnings.catch_warnings():
        # Pillow only warns of a picture that unpacks to gigabytes
        warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        with Pillow.open(io.BytesIO(content)) as image:
            width, height = image.size
            if width * height > _MOST_PIXELS:
                raise ValueError(f"it has {width:,} by {height:,} pixels; 1,200 of width are enough")
            image.load()
            return str(image.format), width, height, list(_oddities(image))


def _oddities(image: Pillow.Image) -> Iterator[str]:
    if image.mode == "CMYK":
        yield "has the colours of print (CMYK), which mail clients show wrongly or not at all; save it as RGB"
    if image.getexif().get(_ORIENTATION, 1) != 1:
        yield "is turned only by a note in it (EXIF), which Outlook does not read; turn it and save it anew"


def _misnamed(kind: str, path: Path) -> Iterator[str]:
    """Find a file whose ending tells servers a wrong type."""
    known = _ENDINGS.get(kind)
    if known and path.suffix.lower() not in known:
        yield f"is {kind} and is called {path.suffix or 'by no ending'}; call it {known[0]}"


def keep(pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """Copy pictures to where they are served from; one that is there already is left alone.

    Args:
        pictures: Of one rendered issue.
        folder: Is made if it is not there.

    Returns:
        Where each of them is.

    Raises:
        InputError: A file changed or vanished after it was looked at; what was copied so far stays.
    """
    kept = []
    for picture in pictures:
        target = folder / picture.name
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _copy(picture, target)
        kept.append(target)
    return kept


def _copy(picture: Picture, target: Path) -> None:
    try:
        content = picture.path.read_bytes()
    except OSError as problem:
        raise InputError(f"{picture.path} cannot be read any more: {problem.strerror}.") from None
    if _name(content, picture.path) != picture.name:
        raise InputError(f"{picture.path} changed while the issue was checked. Run the command again.")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(target)


def _judge(picture: Picture, alt: str, where: str) -> list[Finding]:
    found = []
    if not alt.strip():
        problem = f"The image {picture.path.name} has no text for those who do not see it; write ![what it shows](…)."
        found.append(error("image-alt", problem, where))
    found += [warning("image-format", f"The image {picture.path.name} {odd}.", where) for odd in picture.oddities]
    if picture.size_bytes > _HEAVY_BYTES:
        problem = (
            f"The image {picture.path.name} has {picture.size_bytes / 1_000_000:.1f} MB; phones load it slowly. "
            "1,200 pixels of width are enough, and JPG is smallest for photographs."
        )
        found.append(warning("image-heavy", problem, where))
    return found


def _name(content: bytes, path: Path) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", path.name).strip("-.")
    return f"{hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]}-{plain}"


def _told(path: Path, problem: Exception) -> str:
    if path.stat().st_size == 0:
        return "it is empty"
    if path.suffix.lower() in (".heic", ".heif"):
        return "only Apple shows HEIC; save it as JPG"
    if path.suffix.lower() == ".svg":
        return "Gmail and Outlook do not show SVG; save it as PNG"
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return "it is damaged, or no PNG, JPG or GIF"
