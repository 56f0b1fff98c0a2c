"""Submitted issues become pages, an index and feeds, whole and only when they should."""

import fcntl
import os
import shutil
from pathlib import Path

import pytest
import structlog
from lxml import html
from published import NONCE, SITE_URL, TEMPLATES, freeze, make, submit

from pressrun.errors import InputError, RefusedError, StoreBusyError
from pressrun.ledger import Ledger, issues
from pressrun.operations import site
from pressrun.operations.site import files
from pressrun.settings import Settings

Stores = tuple[Settings, Ledger]


def _files(settings: Settings) -> dict[str, bytes]:
    found = settings.site_folder.rglob("*")
    return {str(path.relative_to(settings.site_folder)): path.read_bytes() for path in found if path.is_file()}


def _two(stores: Stores) -> None:
    for day, name in enumerate(("first", "second")):
        freeze(*stores, name, day=day)
        submit(*stores, name)


def test_submitted_issues_are_pages_with_an_index_and_feeds(stores: Stores) -> None:
    """The newest comes first, and every link of the index leads to a page."""
    _two(stores)

    done = site.publish(*stores)

    found = _files(stores[0])
    expected = {".pressrun-site", "index.html", "feed.xml", "atom.xml", "issues/first.html", "issues/second.html"}
    assert (["second", "first"], expected) == (list(done.issues), set(found))
    links = html.fromstring(found["index.html"]).xpath("//main//a/@href")
    assert ["issues/second.html", "issues/first.html"] == links


def test_a_page_knows_nobody(stores: Stores) -> None:
    """No token, no recipient's id, no tag, no address of a reader, and no link of theirs (S16)."""
    _two(stores)
    site.publish(*stores)

    pages = b"".join(_files(stores[0]).values()).decode()
    known = ("/u/", "secret-id", "ann@gamma.example", NONCE, "clicktracking")
    assert [] == [word for word in known if word in pages]
    assert "Hello dear reader, a letter" in pages


def test_publishing_again_changes_no_byte(stores: Stores) -> None:
    """The same ledger gives the same bytes, and files that are right are not touched."""
    _two(stores)
    site.publish(*stores)
    before = {path: path.stat().st_mtime_ns for path in stores[0].site_folder.rglob("*")}

    again = site.publish(*stores)

    assert (0, 5, 0) == (again.written, again.unchanged, again.removed)
    assert before == {path: path.stat().st_mtime_ns for path in stores[0].site_folder.rglob("*")}


def test_what_is_published_is_what_was_frozen(stores: Stores) -> None:
    """The issue's file is not even read."""
    freeze(*stores, "first")
    submit(*stores, "first")
    assert not stores[0].issues.joinpath("first.md").exists()

    assert ["first"] == list(site.publish(*stores).issues)


@pytest.mark.parametrize(("state", "listed"), [("accepted", True), ("in_doubt", True), ("refused", False)])
def test_an_issue_is_listed_once_something_of_it_may_be_out(stores: Stores, state: str, listed: bool) -> None:
    """A refused request reached nobody."""
    freeze(*stores, "first")
    submit(*stores, "first", state)

    assert listed == (list(site.publish(*stores).issues) == ["first"])


def test_a_page_is_there_before_the_first_mail_and_told_of_only_after_it(stores: Stores) -> None:
    """A mail that is read at once finds its page; a feed does not run ahead of the mails."""
    freeze(*stores, "first")

    site.open_page(*stores, "first")
    early = set(_files(stores[0]))
    site.publish(*stores)
    kept = set(_files(stores[0]))
    submit(*stores, "first")
    site.announce(*stores, "first")

    assert {".pressrun-site", "issues/first.html"} == early
    assert early | {"index.html"} == kept
    assert b"first.html" in _files(stores[0])["index.html"]


def test_a_cancelled_issue_is_taken_away(stores: Stores) -> None:
    """Its page, its line in the index and its entries in both feeds."""
    _two(stores)
    site.publish(*stores)
    issues.cancel(stores[1], "second", issues.require(stores[1], "second").preparing_at)

    site.announce(*stores, "second")

    found = _files(stores[0])
    assert "issues/second.html" not in found
    assert [] == [name for name, content in found.items() if b"About second" in content]
    with pytest.raises(RefusedError, match="cancelled"):
        site.publish_one(*stores, "second")


def test_an_issue_that_was_not_submitted_is_not_published(stores: Stores) -> None:
    """The message says so; an unknown one is wrong input."""
    freeze(*stores, "first")

    with pytest.raises(RefusedError, match="Nothing of issue first was submitted"):
        site.publish_one(*stores, "first")
    with pytest.raises(InputError, match="knows no issue other"):
        site.publish_one(*stores, "other")
    assert [] == list(site.publish(*stores).issues)
    assert b"Nothing has been published yet" in _files(stores[0])["index.html"]


def test_without_an_address_there_are_pages_and_no_feeds(tmp_path: Path) -> None:
    """Feeds need whole addresses; those of an earlier address are taken away."""
    stores = make(tmp_path)
    _two(stores)
    site.publish(*stores)

    site.publish(stores[0].model_copy(update={"site_url": ""}), stores[1])

    found = _files(stores[0])
    assert {"index.html", "issues/first.html", "issues/second.html", ".pressrun-site"} == set(found)
    pages = b"".join(content for name, content in found.items() if name.endswith(".html"))
    assert [] == [word for word in (b"letters.example", b"feed.xml", b"atom.xml") if word in pages]
    stores[1].close()


def test_an_issue_of_before_there_were_pages_is_told(stores: Stores) -> None:
    """Its row has no text for nobody, and none can be made from what was frozen."""
    freeze(*stores, "first", body="Hello {{ 1 / 0 }}.")
    submit(*stores, "first")

    assert (["first"], []) == (list(site.publish(*stores).without_page), list(site.publish(*stores).issues))


def test_files_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    """A folder with an index that is not ours is refused; other files in it are nobody's business."""
    settings, ledger = make(tmp_path, site_dir=tmp_path / "www")
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text("mine")

    with pytest.raises(InputError, match=r"index\.html, which Pressrun did not write"):
        site.publish(settings, ledger)

    assert "mine" == (tmp_path / "www" / "index.html").read_text()
    (tmp_path / "www" / "index.html").rename(tmp_path / "www" / "CNAME")
    site.publish(settings, ledger)
    assert "mine" == (tmp_path / "www" / "CNAME").read_text()
    ledger.close()


def test_a_failure_is_told_and_not_raised(tmp_path: Path) -> None:
    """A broken template keeps no mail from going out, and the next `pressrun publish` says where it is broken."""
    templates = shutil.copytree(TEMPLATES, tmp_path / "templates")
    stores = make(tmp_path, templates=templates)
    freeze(*stores, "first")
    submit(*stores, "first")
    (templates / "site" / "issue.html.j2").write_text("\n{{ nothing.there }}")

    with structlog.testing.capture_logs() as told:
        site.open_page(*stores, "first")

    assert [("warning", "first")] == [(line["log_level"], line["issue"]) for line in told]
    with pytest.raises(InputError, match=r"site/issue\.html\.j2:2: the page cannot be rendered"):
        site.publish(*stores)
    stores[1].close()


def test_a_reader_never_sees_half_a_page(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that dies before a file is whole leaves the old one, and the next takes its draft away."""
    freeze(*stores, "first")
    submit(*stores, "first")
    site.publish(*stores)
    before = _files(stores[0])["index.html"]
    freeze(*stores, "second", day=1)
    submit(*stores, "second")

    def die(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "fsync", die)
        with pytest.raises(KeyboardInterrupt):
            site.publish(*stores)
    died = _files(stores[0])
    site.publish(*stores)

    assert (before, True) == (died["index.html"], any(".draft-" in name for name in died))
    assert not any(".draft-" in name for name in _files(stores[0]))


def test_there_is_one_writer_at_a_time(stores: Stores) -> None:
    """Another one waits, and gives up within its bound."""
    handle = os.open(stores[0].private_home() / "site.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)

    with pytest.raises(StoreBusyError, match="pressrun publish"), files.open_site(stores[0], wait=0.1):
        pass

    os.close(handle)


def test_a_web_server_may_read_it_and_nobody_else_the_stores(stores: Stores) -> None:
    """The files are for all to read; the folder of the stores above them stays its owner's."""
    _two(stores)
    site.publish(*stores)

    modes = {path.stat().st_mode & 0o777 for path in stores[0].site_folder.rglob("*.html")}
    assert ({0o644}, 0o700) == (modes, stores[0].home.stat().st_mode & 0o777)


def test_the_mail_links_to_its_page(stores: Stores) -> None:
    """The address is known before the send, and the same in mail and feed."""
    freeze(*stores, "first")
    submit(*stores, "first")
    site.publish(*stores)

    address = f"{SITE_URL}/issues/first.html"
    assert address in issues.require(stores[1], "first").shared.decode()
    assert address == stores[0].web_url("first")
    assert all(address.encode() in _files(stores[0])[name] for name in ("feed.xml", "atom.xml", "issues/first.html"))
