"""Both feeds are valid, hold the whole text, and keep their ids."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
from lxml import etree
from published import SITE_URL, freeze, submit

from pressrun.issues import Brand
from pressrun.ledger import Ledger
from pressrun.operations import site
from pressrun.operations.site.edition import Edition
from pressrun.operations.site.feeds import Address, atom, rss
from pressrun.settings import Settings

ATOM = {"a": "http://www.w3.org/2005/Atom", "c": "http://purl.org/rss/1.0/modules/content/"}
BRAND = Brand(name="Paper & Ink <b>", tagline="It's a press", lang="en")
AT = Address(site_url=SITE_URL)
#: Markup, quotes, the end of CDATA, a control character, a lone surrogate's neighbours, scripts.
EVIL = 'a < b & "c" ]]> \x00\x0b\x1f\ufffe 日本語 \U0001f600 <script>x</script>'


def _edition(at: int = 0, **changed: object) -> Edition:
    told = {
        "issue_id": f"issue-{at}",
        "subject": f"Issue {at}",
        "summary": "What it is about.",
        "lang": "en",
        "dir": "ltr",
        "body": "<h1>Title</h1><p>Text &amp; <a href='https://example.org/'>link</a>.</p>",
        "published_at": datetime(2026, 11, 24 - at, 9, 5, 7, tzinfo=UTC),
        "domain": "newsletter.example",
    }
    return Edition(**{**told, **changed})  # type: ignore[arg-type]


def _parsed(content: bytes) -> etree._Element:
    # without entities and DTD, and not forgiving
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, recover=False))


def _texts(root: etree._Element, path: str) -> list[str]:
    return [str(found) for found in root.xpath(path, namespaces=ATOM)]


def test_rss_has_what_the_specification_asks_for() -> None:
    """Channel and items have their required elements, whole addresses, ids and dates."""
    root = _parsed(rss(BRAND, [_edition(0), _edition(1)], AT))

    assert ("rss", "2.0") == (root.tag, root.get("version"))
    for name in ("title", "link", "description", "language", "lastBuildDate"):
        assert 1 == len(root.findall(f"channel/{name}"))
    for name in ("title", "link", "guid", "pubDate", "description"):
        assert 2 == len(root.findall(f"channel/item/{name}"))
    assert [f"{SITE_URL}/feed.xml"] == _texts(root, "channel/a:link[@rel='self']/@href")
    assert _edition(0).published_at == parsedate_to_datetime(_texts(root, "channel/item/pubDate/text()")[0])
    assert {"false"} == set(_texts(root, "//guid/@isPermaLink"))


def test_atom_has_what_the_specification_asks_for() -> None:
    """Feed and entries have id, title and updated; the feed has an author and a link to itself."""
    root = _parsed(atom(BRAND, [_edition(0), _edition(1)], AT))

    assert "{http://www.w3.org/2005/Atom}feed" == root.tag
    for path in ("a:id", "a:title", "a:updated", "a:author/a:name", "a:link[@rel='self']"):
        assert 1 == len(root.xpath(path, namespaces=ATOM))
    for path in ("a:id", "a:title", "a:updated", "a:content[@type='html']", "a:link[@rel='alternate']"):
        assert 2 == len(root.xpath(f"a:entry/{path}", namespaces=ATOM))
    assert "2026-11-24T09:05:07Z" == _texts(root, "a:updated/text()")[0]
    assert 2 == len(set(_texts(root, "a:entry/a:id/text()")))


@pytest.mark.parametrize("write", [rss, atom])
def test_each_address_in_a_feed_is_whole(write: object) -> None:
    """A reader's program knows no base."""
    root = _parsed(write(BRAND, [_edition()], AT))  # type: ignore[operator]
    links = [*_texts(root, "//a:link/@href"), *_texts(root, "//link/text()")]

    assert len(links) > 2
    assert [] == [link for link in links if not (urlsplit(link).scheme == "https" and urlsplit(link).netloc)]


@pytest.mark.parametrize(("write", "path"), [(rss, "//item/title/text()"), (atom, "//a:entry/a:title/text()")])
def test_any_text_is_escaped_right(write: object, path: str) -> None:
    """Markup stays text; what XML cannot hold is left out, and everything else comes back as it was."""
    root = _parsed(write(BRAND, [_edition(subject=EVIL, summary=EVIL, body=EVIL)], AT))  # type: ignore[operator]

    left = "".join(letter for letter in EVIL if letter not in "\x00\x0b\x1f\ufffe")
    assert [left] == _texts(root, path)
    assert BRAND.name in _texts(root, "//title/text() | //a:title/text()")


def test_cells_do_not_repeat_the_names_of_their_columns() -> None:
    """They are for phones, and hidden elsewhere by a style that feeds do not have."""
    body = '<table class="data wide"><tr><td><span class="label">Sort: </span>Crown</td></tr></table>'
    feeds = [write(BRAND, [_edition(body=body)], AT).decode() for write in (rss, atom)]
    assert [(False, True)] * 2 == [("Sort" in feed, "Crown" in feed) for feed in feeds]


@pytest.mark.parametrize("write", [rss, atom])
def test_ids_stay_when_the_site_moves(write: object) -> None:
    """A feed reader shows nobody the same issue as new."""

    def ids(at: Address) -> Iterator[str]:
        root = _parsed(write(BRAND, [_edition(), _edition(1)], at))  # type: ignore[operator]
        yield from _texts(root, "//guid/text() | //a:entry/a:id/text()")

    here, there = list(ids(AT)), list(ids(Address(site_url="https://elsewhere.example")))
    assert ["tag:newsletter.example,2026-11-24:issue-0", "tag:newsletter.example,2026-11-23:issue-1"] == here == there


def test_feeds_hold_the_newest_with_their_text(
    stores: tuple[Settings, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole text, sanitised like the page."""
    monkeypatch.setattr(site.publishing, "_IN_FEEDS", 2)
    for day in range(3):
        freeze(*stores, f"n{day}", day=day, body=f"Number {day}. <script>alert(1)</script>")
        submit(*stores, f"n{day}")

    site.publish(*stores)

    root = _parsed((stores[0].site_folder / "feed.xml").read_bytes())
    contents = _texts(root, "//item/c:encoded/text()")
    assert [f"{SITE_URL}/issues/n2.html", f"{SITE_URL}/issues/n1.html"] == _texts(root, "//item/link/text()")
    assert "<p>Number 2." in contents[0]
    assert "script" not in contents[0]
