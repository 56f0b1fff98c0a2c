"""Publish submitted issues from what was frozen of them, whatever their files say by now.

The page of an issue is there before its first mail, since the mail links to it; the index and the feeds name it
once something of it was submitted. A cancelled issue has no page.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

import structlog

from pressrun.errors import RefusedError
from pressrun.issues import Brand, load_brand, safe, web_page
from pressrun.ledger import Ledger, issues
from pressrun.operations.site.edition import Edition, edition_of
from pressrun.operations.site.feeds import ATOM_FILE, RSS_FILE, Address, atom, rss
from pressrun.operations.site.files import PAGES, SiteFolder, open_site
from pressrun.settings import Settings

log = structlog.get_logger("pressrun.operations")

#: Issues in the feeds, each with its whole text.
_IN_FEEDS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What the site holds now, and what was done for it."""

    folder: Path
    #: Where it is served; empty: nowhere, so there are no feeds, which need whole addresses.
    site_url: str
    #: Newest first.
    issues: Sequence[str]
    #: Submitted before Pressrun kept what a page needs.
    without_page: Sequence[str]
    #: Files written, left as they were, and taken away.
    written: int
    unchanged: int
    removed: int

    def as_json(self) -> dict[str, object]:
        """Give the public shape."""
        return {**asdict(self), "folder": str(self.folder)}


def publish(settings: Settings, ledger: Ledger) -> Published:
    """Write the whole site anew; what has not changed is not touched.

    Raises:
        InputError: A template is missing or wrong, or the folder is somebody else's.
        StoreBusyError: Another process keeps writing it.
    """
    return _publish(settings, ledger, lambda issue_id: True)


def publish_one(settings: Settings, ledger: Ledger, issue_id: str) -> Published:
    """Write the page of one submitted issue, the index and the feeds.

    Raises:
        InputError: As `publish`, or the ledger does not know the issue.
        RefusedError: It was cancelled, or nothing of it was submitted.
    """
    if issues.require(ledger, issue_id).cancelled_at is not None:
        raise RefusedError(f"Issue {issue_id} was cancelled, so it is not published. Nothing was changed.")
    if not issues.standing(ledger).get(issue_id, False):
        raise RefusedError(f"Nothing of issue {issue_id} was submitted yet, so it is not published.")
    return _publish(settings, ledger, lambda other: other == issue_id)


def open_page(settings: Settings, ledger: Ledger, issue_id: str) -> None:
    """Have the page of a frozen issue in place before its first mail is read; a failure is told, not raised."""
    with_page = issues.require(ledger, issue_id)
    if with_page.frozen_at is None or with_page.cancelled_at is not None:
        return

    def write() -> None:
        edition = edition_of(with_page)
        if edition is not None:
            with open_site(settings) as folder:
                _Press(settings, folder).page(edition)

    _told(issue_id, write)


def announce(settings: Settings, ledger: Ledger, issue_id: str) -> None:
    """Bring index and feeds up to date after a send or a cancellation; a failure is told, not raised."""
    _told(issue_id, lambda: _publish(settings, ledger, lambda other: other == issue_id))


def _told(issue_id: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception as problem:  # noqa: BLE001 - whatever is wrong with a page, the mails go out
        log.warning(
            "the web version could not be written; mend it and run `pressrun publish`",
            issue=issue_id,
            error=str(problem) or type(problem).__name__,
        )


def _publish(settings: Settings, ledger: Ledger, is_wanted: Callable[[str], bool]) -> Published:
    with open_site(settings) as folder:
        standing = issues.standing(ledger)
        press = _Press(settings, folder)
        editions, without = list[Edition](), list[str]()
        for issue_id in (one for one, is_out in standing.items() if is_out):
            edition = edition_of(issues.require(ledger, issue_id))
            if edition is None:
                without.append(issue_id)
                continue
            editions.append(edition)
            if is_wanted(issue_id):
                press.page(edition)
        press.index(editions)
        press.feeds(editions[:_IN_FEEDS])
        # an issue that is about to be sent has its page already
        folder.keep_pages(standing)
    return Published(
        folder=folder.path,
        site_url=settings.site_url,
        issues=[edition.issue_id for edition in editions],
        without_page=without,
        written=folder.written,
        unchanged=folder.unchanged,
        removed=folder.removed,
    )


def page_of(settings: Settings, edition: Edition) -> str:
    """Render the page of an issue.

    Raises:
        InputError: A template is missing or wrong.
    """
    at = _address(settings)
    told = {**_told_of(edition), "body": safe(edition.body), "has_title": "<h1" in edition.body}
    place = {"root": "../", "url": at.page(edition) if at else "", "lang": edition.lang, "dir": edition.dir}
    return _rendered(settings, load_brand(settings.templates), "issue", {"issue": told, **place})


class _Press:
    """Make the files of the site."""

    def __init__(self, settings: Settings, folder: SiteFolder) -> None:
        self._folder = folder
        self._settings = settings
        self._brand = load_brand(settings.templates)
        self._at = _address(settings)

    def page(self, edition: Edition) -> None:
        """Write the page of an issue."""
        self._folder.write(f"{PAGES}/{edition.issue_id}.html", page_of(self._settings, edition).encode("utf-8"))

    def index(self, editions: Sequence[Edition]) -> None:
        """Write the list of all issues, by year."""
        by_year = groupby(editions, lambda edition: edition.published_at.year)
        years = [{"year": year, "issues": [_told_of(edition) for edition in found]} for year, found in by_year]
        url = self._at.home if self._at else ""
        place = {"root": "", "url": url, "lang": self._brand.lang, "dir": self._direction(editions)}
        page = _rendered(self._settings, self._brand, "index", {"years": years, **place})
        self._folder.write("index.html", page.encode("utf-8"))

    def _direction(self, editions: Sequence[Edition]) -> str:
        """Give the direction of the newsletter's own language, as its issues have it."""
        return next((one.dir for one in editions if one.lang == self._brand.lang), "ltr")

    def feeds(self, editions: Sequence[Edition]) -> None:
        """Write both feeds; where nobody knows the site's address, or there is nothing to tell, there are none."""
        if self._at is None or not editions:
            self._folder.remove(RSS_FILE)
            self._folder.remove(ATOM_FILE)
            return
        self._folder.write(RSS_FILE, rss(self._brand, editions, self._at))
        self._folder.write(ATOM_FILE, atom(self._brand, editions, self._at))


def _address(settings: Settings) -> Address | None:
    return Address(site_url=settings.site_url.rstrip("/")) if settings.site_url else None


def _rendered(settings: Settings, brand: Brand, template: str, facts: dict[str, object]) -> str:
    feeds = {"rss": RSS_FILE, "atom": ATOM_FILE} if settings.site_url else {}
    return web_page(settings.templates, template, {"brand": asdict(brand), "feeds": feeds, **facts})


def _told_of(edition: Edition) -> dict[str, object]:
    """Give what templates may know of an issue beside its text."""
    return {
        "id": edition.issue_id,
        "subject": edition.subject,
        "summary": edition.summary,
        "lang": edition.lang,
        "dir": edition.dir,
        "date": f"{edition.published_at:%Y-%m-%d}",
        "day": edition.day,
    }
