"""Make addresses fit for a mail, and judge links and images; a new rule is one more function in a table."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.reading import Reading

_VAGUE = frozenset({"click here", "here", "this link", "link", "read more", "more", "this"})
_POORLY_SHOWN = {
    ".svg": "Gmail and Outlook do not show SVG",
    ".webp": "Outlook does not show WebP",
    ".avif": "Outlook does not show AVIF",
}
_SHORTENERS = frozenset({"bit.ly", "t.co", "goo.gl", "tinyurl.com", "ow.ly", "is.gd", "buff.ly"})
_HOST_IN_TEXT = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/?#:]\S*)?", re.IGNORECASE)
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A link as it will go out."""

    url: str
    #: The text a reader sees; empty around an image without a text of its own.
    shown: str
    where: str
    #: The Jinja expressions in the address.
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image as it will go out."""

    url: str
    alt: str
    where: str


def absolute(url: str, reading: Reading, what: str, where: str) -> str | None:
    """Give an address a mail can use, or None, with the reason noted.

    Args:
        url: As the author wrote it.
        reading: Has the base address and takes findings.
        what: link, or image.
        where: `file:line`.
    """
    if not url.strip():
        reading.findings.append(warning(f"{what}-empty", f"The {what} has no address; it leads nowhere.", where))
        return None
    url = url.strip().replace("'", "%27")  # SendGrid's click tracking cuts an address at an apostrophe
    scheme = _SCHEME.match(url)
    known = ("http", "https") if what == "image" else ("http", "https", "mailto")
    if scheme and scheme[1].lower() in known:
        return url
    if reading.markers.within(re.split(r"[/?#]", url, maxsplit=1)[0]):
        problem = f"The address of a {what} begins with {{{{ … }}}}; write https:// and the host out."
        reading.findings.append(error(f"{what}-slot", problem, where))
    elif scheme:
        problem = f"A {what} to {scheme[1].lower()}: was taken out; host it and use https."
        reading.findings.append(error(f"{what}-scheme", problem, where))
    elif reading.base_url:
        return urljoin(reading.base_url, url)
    else:
        problem = f"The {what} {url!r} leads nowhere from a mail; set base_url in the front matter, or write it out."
        reading.findings.append(error(f"{what}-relative", problem, where))
    return None


def judge_link(link: Link) -> Iterator[Finding]:
    """Give what is wrong with a link."""
    for rule in LINK_RULES:
        yield from rule(link)


def judge_image(image: Image) -> Iterator[Finding]:
    """Give what is wrong with an image."""
    for rule in IMAGE_RULES:
        yield from rule(image)


def host_of(url: str) -> str:
    """Give the host of an address without `www.`; empty if it has none or cannot be read."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def shortened(url: str) -> str:
    """Give a bare address as a reader wants to see it: a long one makes a mail wider than a phone."""
    bare = re.sub(r"^(https?://(www\.)?|mailto:)", "", url).rstrip("/")
    return bare if len(bare) <= 40 else f"{bare[:38]}…"


def _plain(link: Link) -> Iterator[Finding]:
    if link.url.startswith("http://"):
        yield warning("link-http", f"{link.url} is not encrypted; use https if the site has it.", link.where)


def _unreadable(link: Link) -> Iterator[Finding]:
    if link.url.startswith("http") and not host_of(link.url):
        yield error("link-unreadable", f"{link.url} has no host and leads nowhere.", link.where)


def _empty(link: Link) -> Iterator[Finding]:
    if not link.shown.strip():
        yield warning("link-empty", f"The link to {link.url} has no text; nobody can follow it.", link.where)


def _vague(link: Link) -> Iterator[Finding]:
    if link.shown.strip().lower() in _VAGUE:
        problem = f"“{link.shown.strip()}” does not say where it leads; name the thing."
        yield warning("link-vague", problem, link.where)


def _mismatch(link: Link) -> Iterator[Finding]:
    named = _HOST_IN_TEXT.fullmatch(link.shown.strip())
    host = host_of(link.url)
    if named is None or not host:
        return
    shown = named[1].lower().removeprefix("www.")
    looks_like_address = link.shown.strip().lower().startswith(("http", "www.")) or "/" in link.shown
    if looks_like_address and shown != host and not host.endswith(f".{shown}"):
        yield warning("link-mismatch", f"The text shows {shown}, the link goes to {host}.", link.where)


def _shortener(link: Link) -> Iterator[Finding]:
    if host_of(link.url) in _SHORTENERS:
        problem = f"{link.url} hides where it leads, and spam filters distrust it; link the page itself."
        yield warning("link-shortener", problem, link.where)


def _unencoded(link: Link) -> Iterator[Finding]:
    for expression in link.expressions:
        if "urlencode" not in expression and expression.startswith("{{"):
            problem = f"{expression} in an address should end in | urlencode, or a blank or & breaks the link."
            yield warning("link-unencoded", problem, link.where)


def _no_alt(image: Image) -> Iterator[Finding]:
    if not image.alt.strip():
        problem = f"The image {image.url} has no text for those who do not see it."
        yield warning("image-alt", problem, image.where)


def _file_name_as_alt(image: Image) -> Iterator[Finding]:
    if re.fullmatch(r"\S+\.(png|jpe?g|gif|svg|webp)", image.alt.strip(), re.IGNORECASE):
        problem = f"“{image.alt.strip()}” is the name of a file; say what the image shows."
        yield warning("image-alt", problem, image.where)


def _format(image: Image) -> Iterator[Finding]:
    for ending, why in _POORLY_SHOWN.items():
        if image.url.lower().split("?")[0].endswith(ending):
            yield warning("image-format", f"{why}: {image.url}; use PNG, JPG or GIF.", image.where)


def _plain_image(image: Image) -> Iterator[Finding]:
    if image.url.startswith("http://"):
        yield warning("image-http", f"{image.url} is not encrypted; many clients will not load it.", image.where)


LINK_RULES: tuple[Callable[[Link], Iterator[Finding]], ...] = (
    _plain,
    _unreadable,
    _empty,
    _vague,
    _mismatch,
    _shortener,
    _unencoded,
)
IMAGE_RULES: tuple[Callable[[Image], Iterator[Finding]], ...] = (_no_alt, _file_name_as_alt, _format, _plain_image)
