"""Write the two feeds of issues: RSS 2.0 (rssboard.org/rss-specification) and Atom (RFC 4287). Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from lxml import etree

from pressrun.issues import Brand
from pressrun.operations.site.edition import Edition

RSS_FILE, ATOM_FILE = "feed.xml", "atom.xml"
_ATOM = "http://www.w3.org/2005/Atom"
_LABEL = re.compile(r'<span class="label">.*?</span>', re.DOTALL)
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: Characters that XML 1.0 cannot hold, not even escaped.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where the site is served."""

    #: Without a slash at its end.
    site_url: str

    @property
    def home(self) -> str:
        """Give the address of the index."""
        return f"{self.site_url}/"

    def page(self, edition: Edition) -> str:
        """Give the address of an issue's page."""
        return f"{self.site_url}/issues/{edition.issue_id}.html"

    def file(self, name: str) -> str:
        """Give the address of a file beside the index."""
        return f"{self.site_url}/{name}"


def rss(brand: Brand, editions: Sequence[Edition], at: Address) -> bytes:
    """Write the RSS feed.

    Args:
        brand: Whose newsletter it is.
        editions: At least one, newest first.
        at: Where the site is served.
    """
    root = etree.Element("rss", version="2.0", nsmap={"atom": _ATOM, "content": _CONTENT})
    channel = etree.SubElement(root, "channel")
    _add(channel, "title", brand.name)
    _add(channel, "link", at.home)
    _add(channel, "description", brand.tagline or brand.name)
    _add(channel, "language", brand.lang)
    _add(channel, "lastBuildDate", format_datetime(editions[0].published_at, usegmt=True))
    own = {"href": at.file(RSS_FILE), "rel": "self", "type": "application/rss+xml"}
    _add(channel, f"{{{_ATOM}}}link", None, **own)
    for edition in editions:
        item = etree.SubElement(channel, "item")
        _add(item, "title", edition.subject)
        _add(item, "link", at.page(edition))
        _add(item, "guid", edition.tag, isPermaLink="false")
        _add(item, "pubDate", format_datetime(edition.published_at, usegmt=True))
        _add(item, "description", edition.summary)
        _add(item, f"{{{_CONTENT}}}encoded", _unlabelled(edition.body))
    return _written(root)


def atom(brand: Brand, editions: Sequence[Edition], at: Address) -> bytes:
    """Write the Atom feed; arguments as for `rss`."""
    root = etree.Element(_in_atom("feed"), {_LANG: brand.lang}, nsmap={None: _ATOM})
    _add(root, _in_atom("id"), at.home)
    _add(root, _in_atom("title"), brand.name)
    if brand.tagline:
        _add(root, _in_atom("subtitle"), brand.tagline)
    _add(root, _in_atom("updated"), _moment(editions[0].published_at))
    _add(etree.SubElement(root, _in_atom("author")), _in_atom("name"), brand.name)
    _add(root, _in_atom("link"), None, rel="self", type="application/atom+xml", href=at.file(ATOM_FILE))
    _add(root, _in_atom("link"), None, rel="alternate", type="text/html", href=at.home)
    for edition in editions:
        entry = etree.SubElement(root, _in_atom("entry"), {_LANG: edition.lang})
        _add(entry, _in_atom("id"), edition.tag)
        _add(entry, _in_atom("title"), edition.subject)
        _add(entry, _in_atom("link"), None, rel="alternate", type="text/html", href=at.page(edition))
        _add(entry, _in_atom("published"), _moment(edition.published_at))
        _add(entry, _in_atom("updated"), _moment(edition.published_at))
        _add(entry, _in_atom("summary"), edition.summary)
        _add(entry, _in_atom("content"), _unlabelled(edition.body), type="html")
    return _written(root)


def _unlabelled(body: str) -> str:
    """Take out the names of columns that cells of a wide table carry for phones: a feed has no style to hide them."""
    return _LABEL.sub("", body)


def _add(parent: etree._Element, name: str, text: str | None, **attributes: str) -> None:
    child = etree.SubElement(parent, name, {key: _possible(value) for key, value in attributes.items()})
    child.text = None if text is None else _possible(text)


def _possible(text: str) -> str:
    return _IMPOSSIBLE.sub("", text)


def _in_atom(name: str) -> str:
    return f"{{{_ATOM}}}{name}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _written(root: etree._Element) -> bytes:
    etree.indent(root)
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return content + b"\n"
