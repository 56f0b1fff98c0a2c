"""The folder of the site: one writer at a time, whole files only, and nothing touched that is not ours."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pressrun.errors import InputError
from pressrun.file_lock import one_writer
from pressrun.settings import Settings

PAGES = "issues"
#: Says that the folder is ours; without it, files that look like ours are somebody else's.
_MARK = ".pressrun-site"
_MARK_TEXT = "Pressrun writes index.html, feed.xml, atom.xml and issues/ in this folder. Run `pressrun publish`.\n"
_OURS = ("index.html", "feed.xml", "atom.xml", PAGES)
_DRAFT = ".draft-"


@dataclass(kw_only=True, slots=True)
class SiteFolder:
    """The folder while its lock is held, and what was done to it."""

    path: Path
    written: int = 0
    unchanged: int = 0
    removed: int = 0

    def write(self, name: str, content: bytes) -> None:
        """Put a file in place at once: whoever reads it sees the old one or the new one, each whole."""
        target = self.path / name
        if target.is_file() and target.read_bytes() == content:
            self.unchanged += 1
            return
        target.parent.mkdir(exist_ok=True)
        draft = target.with_name(f"{_DRAFT}{target.name}")
        # a web server reads it, unlike all else below the stores
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        draft.replace(target)
        self.written += 1

    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""
        target = self.path / name
        if target.is_file():
            target.unlink()
            self.removed += 1

    def keep_pages(self, issue_ids: Collection[str]) -> None:
        """Take away the pages of all other issues, and what killed writers left behind."""
        for page in sorted((self.path / PAGES).glob("*.html")):
            if page.stem not in issue_ids and not page.name.startswith(_DRAFT):
                self.remove(f"{PAGES}/{page.name}")
        for draft in (*self.path.glob(f"{_DRAFT}*"), *(self.path / PAGES).glob(f"{_DRAFT}*")):
            draft.unlink()


@contextmanager
def open_site(settings: Settings, *, wait: float = 10.0) -> Iterator[SiteFolder]:
    """Be the one writer of the site.

    Args:
        settings: Where the site is.
        wait: Seconds to wait for another writer.

    Raises:
        InputError: The folder holds files of somebody else under our names; nothing was changed.
        StoreBusyError: Another process kept on writing; nothing was changed.
    """
    folder = settings.site_folder
    busy = (
        f"Another process has been writing the site for over {wait:.0f} s ({folder}). "
        "Nothing was changed; run `pressrun publish` later."
    )
    with one_writer(settings.private_home() / "site.lock", wait=wait, busy=busy):
        _claim(folder)
        yield SiteFolder(path=folder)


def _claim(folder: Path) -> None:
    mark = folder / _MARK
    if mark.exists():
        return
    foreign = [name for name in _OURS if (folder / name).exists()]
    if foreign:
        raise InputError(
            f"{folder} holds {', '.join(foreign)}, which Pressrun did not write. Nothing was changed; name an empty "
            "folder in PRESSRUN_SITE_DIR."
        )
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(_MARK_TEXT, encoding="utf-8")
