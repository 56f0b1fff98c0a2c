"""Read an issue as it was written: a Markdown file with front matter, or a folder with `index.md` and its images."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from pressrun.errors import InputError
from pressrun.issues import front_matter

_ENDINGS = (".md", ".markdown")
_INDEX = "index"
_HEADING = re.compile(r"^#{1,2}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_SLUG_MOST = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenIssue:
    """One issue as its writer left it."""

    issue_id: str
    path: Path
    #: Front matter with keys in lower case and `_` for blanks and dashes.
    meta: Mapping[str, Any] = field(default_factory=dict)
    #: Key of the front matter → its line of the file.
    meta_lines: Mapping[str, int] = field(default_factory=dict)
    body: str = ""
    #: The line of the file on which the body begins, counted from 1.
    body_line: int = 1
    publish_at: datetime | None = None
    #: Keys of texts that YAML cut off at a `#`.
    cut_off: frozenset[str] = frozenset()

    def text(self, key: str, default: str = "") -> str:
        """Give one front matter value as a single line of text."""
        value = self.meta.get(key)
        return default if value is None else " ".join(str(value).split())

    def sender(self, default: str) -> tuple[str, str]:
        """Give name and address of the sender."""
        return parseaddr(self.text("from") or default)

    @property
    def file(self) -> str:
        """Name the file, with its folder if the issue has one of its own."""
        return f"{self.path.parent.name}/{self.path.name}" if _has_folder(self.path) else self.path.name

    def where(self, line: int) -> str:
        """Name a line of the body, counted from 0, as an editor would."""
        return f"{self.file}:{self.body_line + line}"

    def where_key(self, key: str) -> str:
        """Name the line of a front matter key; the first line if it is not there."""
        return f"{self.file}:{self.meta_lines.get(key, 1)}"

    @property
    def subject(self) -> str:
        """Give the subject: what is called so, or the title, or the first heading, as a reader would call the issue."""
        found = _HEADING.search(self.body)
        return self.text("subject") or self.text("title") or (re.sub(r"[*_`]", "", found[1]) if found else "")

    @property
    def where_subject(self) -> str:
        """Name the line that the subject comes from."""
        key = next((key for key in ("subject", "title") if self.text(key)), "")
        found = _HEADING.search(self.body)
        if key or found is None:
            return self.where_key(key or "subject")
        return self.where(self.body.count("\n", 0, found.start()))


def reference_of(text: str) -> str | Path:
    """Tell what a person typed: a path, or a slug."""
    return Path(text) if text.endswith(_ENDINGS) or "/" in text else text


def issue_files(issues_dir: Path) -> list[Path]:
    """Give the file of every issue in a folder, those in folders of their own included, in the order of names."""
    found = (*issues_dir.glob("*.m*"), *issues_dir.glob(f"*/{_INDEX}.m*"))
    return sorted(path for path in found if path.suffix in _ENDINGS and path.is_file())


def load(reference: str | Path, issues_dir: Path) -> WrittenIssue:
    """Read one issue.

    Args:
        reference: Path of a Markdown file or of a folder that holds `index.md`, or a slug: the name of the file
            without its ending, of the folder, or the front matter's.
        issues_dir: Where slugs are looked for.

    Raises:
        InputError: There is no such file, or it cannot be read; the message names file and line.
    """
    is_path = isinstance(reference, Path) or reference.endswith(_ENDINGS)
    path = Path(reference) if is_path else _find(str(reference), issues_dir)
    if path.is_dir():
        path = _index_of(path)
    return parse(_read(path), path)


def parse(text: str, path: Path) -> WrittenIssue:
    """Take a written issue apart. Pure.

    Raises:
        InputError: The front matter cannot be read.
    """
    front = front_matter.read(text, path)
    return WrittenIssue(
        issue_id=slug(str(front.values.get("slug") or _name_of(path)), path),
        path=path,
        meta=front.values,
        meta_lines=front.lines,
        body=front.body,
        body_line=front.body_line,
        cut_off=front.cut_off,
        publish_at=_time(front.values.get("publish_at"), f"{path}:{front.lines.get('publish_at', 1)}"),
    )


def slug(text: str, path: Path) -> str:
    """Turn a name into an issue id: at most 64 lower-case letters, digits and dashes.

    Raises:
        InputError: Nothing is left of it.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_SLUG_MOST].strip("-")
    if not found:
        raise InputError(f"{path}:1: give the issue a slug of letters and digits in its front matter.")
    return found


def _find(reference: str, issues_dir: Path) -> Path:
    files = issue_files(issues_dir)
    named = [path for path in files if _name_of(path) == reference]
    found = named or [path for path in files if _slug_in(path) == reference]
    if len(found) > 1:
        told = " and ".join(str(path) for path in found)
        raise InputError(f"Two issues are called {reference}: {told}. Name the one you mean by its path.")
    if not found:
        raise InputError(f"There is no issue {reference} in {issues_dir}/, neither as a file nor as a slug.")
    return found[0]


def _slug_in(path: Path) -> str:
    """Give the slug a file names; one that cannot be read has none, and does not hide the others."""
    try:
        return parse(_read(path), path).issue_id
    except InputError:
        return ""


def _has_folder(path: Path) -> bool:
    return path.stem == _INDEX and bool(path.parent.name)


def _name_of(path: Path) -> str:
    return path.parent.name if _has_folder(path) else path.stem


def _index_of(folder: Path) -> Path:
    for ending in _ENDINGS:
        if (path := folder / f"{_INDEX}{ending}").is_file():
            return path
    raise InputError(f"The folder {folder} holds no {_INDEX}.md; an issue in a folder of its own is written there.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{path}:{line}: the file is not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


def _time(value: object, where: str) -> datetime | None:
    """Read publish_at; a time without a zone is UTC, never the machine's zone."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = "unreadable"
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if value is not None:
        raise InputError(f"{where}: publish_at must be a time like 2026-11-24T09:00:00Z.")
    return None
