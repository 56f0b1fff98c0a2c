"""Read an issue as it was written: front matter in YAML, TOML or MultiMarkdown, then Markdown."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import yaml

from pressrun.errors import InputError

_FENCES = {"---": "yaml", "+++": "toml"}
_MULTIMARKDOWN = re.compile(r"^[A-Za-z][A-Za-z0-9 _-]{0,30}:[ \t]+\S")
_SLUG_MOST = 64
KNOWN_KEYS = frozenset(
    {
        "subject",
        "title",
        "preheader",
        "from",
        "reply_to",
        "segment",
        "template",
        "publish_at",
        "slug",
        "lang",
        "dir",
        "base_url",
        "track",
        "date",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenIssue:
    """One issue as its writer left it."""

    issue_id: str
    path: Path
    #: Front matter with keys in lower case and `_` for blanks and dashes.
    meta: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    #: The line of the file on which the body begins, counted from 1.
    body_line: int = 1
    publish_at: datetime | None = None

    def text(self, key: str, default: str = "") -> str:
        """Give one front matter value as a single line of text."""
        value = self.meta.get(key)
        return default if value is None else " ".join(str(value).split())

    def sender(self, default: str) -> tuple[str, str]:
        """Give name and address of the sender."""
        return parseaddr(self.text("from") or default)

    def where(self, line: int) -> str:
        """Name a line of the body as an editor would."""
        return f"{self.path.name}:{self.body_line + line}"


def load(reference: str | Path, issues_dir: Path) -> WrittenIssue:
    """Read one issue.

    Args:
        reference: Path of a Markdown file, or a slug.
        issues_dir: Where slugs are looked for.

    Raises:
        InputError: There is no such file, or it cannot be read; the message names file and line.
    """
    path = reference if isinstance(reference, Path) else _find(reference, issues_dir)
    return parse(_read(path), path)


def parse(text: str, path: Path) -> WrittenIssue:
    """Take a written issue apart. Pure.

    Raises:
        InputError: The front matter cannot be read.
    """
    meta, body, body_line = _front_matter(text, path)
    return WrittenIssue(
        issue_id=slug(str(meta.get("slug") or path.stem), path),
        path=path,
        meta=meta,
        body=body,
        body_line=body_line,
        publish_at=_time(meta.get("publish_at"), path),
    )


def slug(text: str, path: Path) -> str:
    """Turn a name into an issue id: lower-case letters, digits and dashes.

    Raises:
        InputError: Nothing is left of it.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    found = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_SLUG_MOST].strip("-")
    if not found:
        raise InputError(f"{path}: give the issue a slug of letters and digits in its front matter.")
    return found


def _find(reference: str, issues_dir: Path) -> Path:
    for ending in (".md", ".markdown"):
        path = issues_dir / f"{reference}{ending}"
        if path.exists():
            return path
    for path in sorted(issues_dir.glob("*.m*")):
        if path.is_file() and parse(_read(path), path).issue_id == reference:
            return path
    raise InputError(f"There is no issue {reference} in {issues_dir}/, neither as a file nor as a slug.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {error}") from None


def _front_matter(text: str, path: Path) -> tuple[dict[str, Any], str, int]:
    lines = text.splitlines()
    fence = lines[0].strip() if lines else ""
    if fence in _FENCES:
        return _fenced(lines, fence, path)
    if lines and _MULTIMARKDOWN.match(lines[0]):
        return _multimarkdown(lines)
    return {}, text, 1


def _fenced(lines: list[str], fence: str, path: Path) -> tuple[dict[str, Any], str, int]:
    closing = (number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == fence)
    end = next(closing, None)
    if end is None:
        raise InputError(f"{path}:1: the front matter that opens with {fence} is never closed.")
    raw = "\n".join(lines[1:end])
    record = _toml(raw, path) if _FENCES[fence] == "toml" else _yaml(raw, path)
    return _tidy(record), "\n".join(lines[end + 1 :]), end + 2


def _yaml(raw: str, path: Path) -> dict[str, Any]:
    try:
        record = yaml.safe_load(raw) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise InputError(f"{path}:{line}: the front matter is not YAML: {error}") from None
    if not isinstance(record, dict):
        raise InputError(f"{path}:2: the front matter must be lines of `key: value`.")
    return record


def _toml(raw: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(raw)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: the front matter is not TOML: {error}") from None


def _multimarkdown(lines: list[str]) -> tuple[dict[str, Any], str, int]:
    """Take `Key: value` lines up to the first blank one, but not a first sentence with a colon."""
    record: dict[str, Any] = {}
    number = 0
    for number, line in enumerate(lines):  # noqa: B007 - the line it stops at is looked at below
        if not _MULTIMARKDOWN.match(line):
            break
        key, _, value = line.partition(":")
        record[key] = value.strip()
    tidy = _tidy(record)
    closed = number + 1 == len(lines) or not lines[number].strip()
    if closed and (len(tidy) > 1 or KNOWN_KEYS & set(tidy)):
        return tidy, "\n".join(lines[number + 1 :]), number + 2
    return {}, "\n".join(lines), 1


def _tidy(record: Mapping[Any, Any]) -> dict[str, Any]:
    return {re.sub(r"[ -]+", "_", str(key).strip().lower()): value for key, value in record.items()}


def _time(value: object, path: Path) -> datetime | None:
    """Read publish_at; a time without a zone is UTC, never the machine's zone."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InputError(f"{path}: publish_at must be like 2026-11-24T09:00:00Z, not {value!r}.") from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise InputError(f"{path}: publish_at must be a time like 2026-11-24T09:00:00Z.")
