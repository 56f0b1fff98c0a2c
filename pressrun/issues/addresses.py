"""Judge how an address is written, whatever host it names; a new rule is one more function in the table."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.text_rule import TextRule, judge_by

#: What is left of an address after it was pasted, beside what was wanted.
_ODD: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), why)
    for pattern, why in (
        (r"(?:%20|%C2%A0|%E3%80%80|%0A)+$", "ends in a blank"),
        # an apostrophe within a word is part of many titles, as in Aujourd\u2019hui
        (r"%E2%80%(?:9[8ABCDEF]|B[9A]|99(?!\w|%C3))|%C2%[AB]B", "holds a typographic quotation mark"),
        # Persian and the languages of India join and part letters with U+200C and U+200D
        (
            r"%E2%80%(?:8[BEF]|A[8-F])|(?<!%[89AB][0-9A-F])%E2%80%8[CD]|%E2%81%A0|%EF%BB%BF|%C2%AD",
            "holds an invisible character",
        ),
        (r"%C2%A0", "holds a blank that does not break"),
        (r"^[^?#]*%25[0-9A-F]{2}", "is encoded twice"),
        (r"%5C", "holds a backslash"),
        (r"^https?://[^/?#]*(?:,,|\.\.|\.$|[_ ])", "has a host that cannot be a name"),
    )
)
_TWO_SCHEMES = re.compile(r"https?:/*https?(?::|/|%3A)", re.IGNORECASE)
#: Not the names of shared calendars and of communities (/c/rust@…), which look like addresses and are nobody's.
_PERSON = re.compile(r"(?<![@\w.+%-])(?<!/[cm]/)[\w.+%-]+@(?!group\.)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
#: Archives of mailing lists name each mail by its Message-ID (RFC 5322, 3.6.4), which looks like an address.
_ARCHIVE = re.compile(r"^https?://(?:lore|lists?)\.|message-?id|msg-?id|@mail\.gmail\.com", re.IGNORECASE)
_PLACE_HOLDER = re.compile(r"https?://(?:www\.)?(?:your|my)-?(?:domain|site|website|company|blog)\b", re.IGNORECASE)
#: Pages that show an image, and are none; their hosts say so themselves.
_PAGES_OF_IMAGES = re.compile(
    r"https?://(?:github\.com/[^/]+/[^/]+/blob/(?!.*raw=)|drive\.google\.com/|photos\.google\.com/"
    r"|(?:www\.)?dropbox\.com/(?!.*(?:raw|dl)=1)|unsplash\.com/photos/|(?:www\.)?flickr\.com/photos/"
    r"|(?:www\.)?instagram\.com/|commons\.wikimedia\.org/wiki/(?!Special:))",
    re.IGNORECASE,
)


def judge_address(url: str, where: str) -> Iterator[Finding]:
    """Give what is wrong with how an address of the web is written."""
    return judge_by(ADDRESS_RULES, url, where)


def leads_to_a_page(url: str) -> bool:
    """Tell whether an address that should be an image is a page around one."""
    return _PAGES_OF_IMAGES.match(url) is not None


def _odd(url: str, where: str) -> Iterator[Finding]:
    found = next((why for pattern, why in _ODD if pattern.search(url)), "")
    if found:
        yield warning("link-odd", f"{url} {found}.", where)


def _two_schemes(url: str, where: str) -> Iterator[Finding]:
    if _TWO_SCHEMES.match(url):
        yield error("link-unreadable", f"{url} begins with http twice and leads nowhere.", where)


def _personal(url: str, where: str) -> Iterator[Finding]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    if not _ARCHIVE.search(unquote(url)) and _PERSON.search(
        unquote(f"{parts.path} {parts.query}".replace("&", " ").replace("=", " "))
    ):
        problem = f"A link to {parts.hostname} holds somebody's e-mail address, which all readers would get."
        yield warning("link-personal", problem, where)


def _place_holder(url: str, where: str) -> Iterator[Finding]:
    if found := _PLACE_HOLDER.match(url):
        yield warning("left-over", f"“{found[0]}” was left in a link.", where)


ADDRESS_RULES: tuple[TextRule, ...] = (_odd, _two_schemes, _personal, _place_holder)
