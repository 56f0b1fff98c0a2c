"""Make addresses fit for a mail, and judge links and images; a new rule is one more function in a table."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urljoin

from pressrun.issues.addresses import judge_address
from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.hosts import HOST_RULES, host_of
from pressrun.issues.left_overs import is_to_come
from pressrun.issues.mailboxes import ADDRESS, mistyped
from pressrun.issues.reading import Reading

_VAGUE = frozenset(
    """click|click here|here|this link|link|links|read more|more|this|this page|this article|learn more|see more|
    details|find out more|hier|klick hier|klicken sie hier|mehr|weiterlesen|mehr lesen|ici|cliquez ici|lire la suite|
    en savoir plus|aquí|haz clic aquí|leer más|más|qui|clicca qui|leggi di più|aqui|clique aqui|saiba mais|zde|tutaj|
    hier klicken|lees meer|läs mer|url""".replace("\n    ", "").split("|")
)
_SHORTENERS = frozenset(
    # one name a word reads better than forty lines
    """adf.ly amzn.to bit.do bit.ly bitly.com buff.ly cutt.ly dlvr.it fb.me goo.gl is.gd j.mp lnkd.in ow.ly qr.ae
    rb.gy rebrand.ly s.id shorturl.at shrtco.de t.co t.ly tiny.cc tinyurl.com trib.al v.gd wp.me""".split()  # noqa: SIM905
)
#: What writers put where the address is still to come, besides the marks they use in any text.
_STANDS_FOR_AN_ADDRESS = frozenset({"url", "link", "here", "http", "https", "address", "…", "..."})
_HOST_FIRST = re.compile(
    r"(?:www\.[^/?#]+|(?:[a-z0-9-]+\.)+(?:com|org|net|io|de|fr|eu|uk|dev|app))(?:[/?#]|$)", re.IGNORECASE
)
_HOST_IN_TEXT = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/?#:]\S*)?", re.IGNORECASE)
_SURE_ENDINGS = (".com", ".org", ".net", ".edu", ".gov", ".bank", ".example", ".co.uk", ".de", ".fr", ".eu")
_BRACES_IN_ADDRESS = re.compile(r"\{[{%]|[%}]\}|%7B(?:%7B|%25)|(?:%7D|%25)%7D", re.IGNORECASE)
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """An address of the web that the issue leads to or shows, for those who ask whether it is there."""

    url: str
    kind: Literal["link", "image"]
    #: `file:line`.
    where: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A link as it will go out."""

    url: str
    #: The text a reader sees; empty around an image without a text of its own.
    shown: str
    where: str
    #: The Jinja expressions in the address.
    expressions: tuple[str, ...] = ()


def absolute(url: str, reading: Reading, what: Literal["link", "image"], where: str) -> str | None:
    """Give an address a mail can use, or None, with the reason noted; what can be asked for is kept as a target.

    Args:
        url: As the author wrote it.
        reading: Has the base address and takes findings.
        what: link, or image.
        where: `file:line`.
    """
    address = _absolute(url, reading, what, where)
    if address and address.lower().startswith("http") and not reading.markers.within(address):
        reading.targets.append(Target(url=address, kind=what, where=where))
    return address


def _absolute(url: str, reading: Reading, what: str, where: str) -> str | None:
    if not url.strip():
        reading.findings.append(warning(f"{what}-empty", f"The {what} has no address; it leads nowhere.", where))
        return None
    url = url.strip().replace("'", "%27")  # SendGrid's click tracking cuts an address at an apostrophe
    if what == "link" and (meant := _meant(url)):
        reading.findings.append(error("link-relative", f"The link {url!r} leads nowhere; {meant}", where))
        return None
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() in ("http", "https") and not url[len(scheme[0]) :].startswith("//"):
        reading.findings.append(error("link-unreadable", f"{url} has no host and leads nowhere.", where))
        return None
    known = ("http", "https") if what == "image" else ("http", "https", "mailto")
    if scheme and scheme[1].lower() in known:
        return url
    if reading.markers.within(re.split(r"[/?#]", url, maxsplit=1)[0]):
        whose = "an image" if what == "image" else "a link"
        problem = f"The address of {whose} begins with {{{{ … }}}}; write https:// and the host out."
        reading.findings.append(error(f"{what}-slot", problem, where))
    elif scheme:
        told = (
            f"An image from {scheme[1].lower()}: was taken out; put the file beside the issue, or host it by https."
            if what == "image"
            else f"A link to {scheme[1].lower()}: was taken out; use https, or mailto."
        )
        reading.findings.append(error(f"{what}-scheme", told, where))
    elif reading.base_url and (joined := _joined(reading.base_url, url)):
        return joined
    else:
        problem = f"The {what} {url!r} leads nowhere from a mail; set base_url in the front matter, or write it out."
        if what == "image" and (near := reading.album.nearest(url)):
            problem = f"There is no file {url!r} beside the issue; did you mean {near}?"
        reading.findings.append(error(f"{what}-relative", problem, where))
    return None


def _meant(url: str) -> str:
    """Say what an address was to be that would otherwise be taken for the name of a page beside this one."""
    word = unquote(url)
    if word.lower() in _STANDS_FOR_AN_ADDRESS or is_to_come(word):
        return "the address is still to come."
    if _HOST_FIRST.match(url) or re.match(r"https?/{1,2}\w", url):
        return "write https:// before the host."
    return "write mailto: before an address to write to." if ADDRESS.fullmatch(url) else ""


def _joined(base_url: str, url: str) -> str:
    """Resolve a relative address; empty if either of the two is no address."""
    try:
        return urljoin(base_url, url)
    except ValueError:
        return ""


def judge_link(link: Link) -> Iterator[Finding]:
    """Give what is wrong with a link."""
    for rule in LINK_RULES:
        yield from rule(link)
    if link.url.lower().startswith("http"):
        yield from judge_address(link.url, link.where)
    for found in HOST_RULES:
        yield from found(link.url, link.where)


def shortened(url: str) -> str:
    """Give a bare address as a reader wants to see it: a long one makes a mail wider than a phone."""
    bare = re.sub(r"^(https?://(www\.)?|mailto:)", "", url).rstrip("/")
    return bare if len(bare) <= 40 else f"{bare[:38]}…"


def _plain(link: Link) -> Iterator[Finding]:
    if link.url.startswith("http://"):
        yield warning("link-http", f"{link.url} is not encrypted; use https if the site has it.", link.where)


def _unreadable(link: Link) -> Iterator[Finding]:
    if link.url.lower().startswith("http") and not host_of(link.url):
        yield error("link-unreadable", f"{link.url} has no host and leads nowhere.", link.where)


def _empty(link: Link) -> Iterator[Finding]:
    if not link.shown.strip():
        yield warning("link-empty", f"The link to {link.url} has no text; nobody can follow it.", link.where)


def _vague(link: Link) -> Iterator[Finding]:
    shown = re.sub(r"^[^\w]+|[^\w]+$", "", link.shown).lower()
    if shown in _VAGUE or (not shown and link.shown.strip()):
        problem = f"“{link.shown.strip()}” does not say where it leads; name the thing."
        yield warning("link-vague", problem, link.where)


def _mismatch(link: Link) -> Iterator[Finding]:
    text = link.shown.strip()
    if link.url.lower().startswith("mailto:"):
        if "@" in text and ADDRESS.fullmatch(text) and text.lower() != _mailbox(link.url):
            yield warning(
                "link-mismatch", f"The text shows {text}, the link writes to {_mailbox(link.url)}.", link.where
            )
        return
    if text.lower().startswith("http") and _other_page(text, link.url):
        yield warning("link-mismatch", f"The text shows {text}, the link goes to {link.url}.", link.where)
        return
    named, host = _HOST_IN_TEXT.fullmatch(text), host_of(link.url)
    if named is None or not host:
        return
    shown = named[1].lower().removeprefix("www.")
    # README.md and Node.js are no addresses; bank.com is
    looks_like_address = text.lower().startswith(("http", "www.")) or "/" in text or shown.endswith(_SURE_ENDINGS)
    if looks_like_address and shown != host and not host.endswith(f".{shown}"):
        yield warning("link-mismatch", f"The text shows {shown}, the link goes to {host}.", link.where)


def _other_page(text: str, url: str) -> bool:
    """Tell whether a whole address in the text is another page of the host the link goes to."""
    # what counts visitors leads to no other page
    goes = url if "?" in text else re.sub(r"(?<=[?&])utm_\w+=[^&#]*(?:&|(?=#)|$)", "", url)
    shown, goes = (re.sub(r"^https?://(www\.)?|[/#?&]+$", "", one, flags=re.IGNORECASE) for one in (text, goes))
    is_cut = text.endswith(("…", "...")) or any(character.isspace() for character in text)
    return not is_cut and host_of(text) == host_of(url) and unquote(shown).lower() != unquote(goes).lower()


def _mailto(link: Link) -> Iterator[Finding]:
    if not link.url.lower().startswith("mailto:") or link.expressions:
        return
    mailbox = _mailbox(link.url)
    if not ADDRESS.fullmatch(mailbox) or mailbox.startswith("/"):
        yield warning("link-mailto", f"{link.url} names nobody to write to.", link.where)
    elif meant := mistyped(mailbox):
        yield warning("link-mailto", f"{link.url}: did you mean {meant}?", link.where)


def _mailbox(url: str) -> str:
    return unquote(re.split("[?,]", url.partition(":")[2])[0]).strip().lower()


def _shortener(link: Link) -> Iterator[Finding]:
    if host_of(link.url) in _SHORTENERS:
        problem = f"{link.url} hides where it leads, and spam filters distrust it; link the page itself."
        yield warning("link-shortener", problem, link.where)


def _unencoded(link: Link) -> Iterator[Finding]:
    for expression in link.expressions:
        if "urlencode" not in expression and expression.startswith("{{"):
            problem = f"{expression} in an address should end in | urlencode, or a blank or & breaks the link."
            yield warning("link-unencoded", problem, link.where)
        if "subscriber.email" in expression and not link.url.lower().startswith("mailto:"):
            problem = (
                f"The link hands each reader's e-mail address to {host_of(link.url)}; use subscriber.subscriber_id."
            )
            yield warning("link-personal", problem, link.where)


def _unclosed(link: Link) -> Iterator[Finding]:
    if _BRACES_IN_ADDRESS.search(link.url):
        problem = f"{link.url} holds braces that open or close alone; readers would be led there."
        yield error("braces", problem, link.where)


LINK_RULES: tuple[Callable[[Link], Iterator[Finding]], ...] = (
    _plain,
    _unreadable,
    _empty,
    _vague,
    _mismatch,
    _mailto,
    _shortener,
    _unencoded,
    _unclosed,
)
