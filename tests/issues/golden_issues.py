"""The issues of the golden files: `python tests/issues/golden_issues.py` (or `make golden`) writes them anew.

Look at what changed (`git diff tests/issues/golden`) before you commit it: readers get these bytes.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pressrun.issues import load, load_brand
from pressrun.issues.gallery import Shown, shown_in
from pressrun.issues.written import WrittenIssue

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
GOLDEN = Path(__file__).with_name("golden")
_NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def golden_issues() -> Iterator[tuple[str, Shown]]:
    """Give name → issue as one reader gets it."""
    for name, written, look in _all():
        yield name, shown_in(written, look, TEMPLATES, load_brand(TEMPLATES), _NOW)


def _all() -> Iterator[tuple[str, WrittenIssue, str]]:
    for look in ("letter", "digest", "announcement"):
        yield look, load(TEMPLATES / "samples" / look, TEMPLATES), look
    yield "blocks", load(TEMPLATES / "samples" / "blocks", TEMPLATES), "base"
    for name, look in (("arabic", "letter"), ("japanese", "digest")):
        yield name, load(GOLDEN / f"{name}.md", GOLDEN), look


def main() -> None:
    """Write all files anew."""
    GOLDEN.mkdir(exist_ok=True)
    for name, shown in golden_issues():
        (GOLDEN / f"{name}.html").write_text(shown.html, encoding="utf-8")
        (GOLDEN / f"{name}.txt").write_text(shown.text, encoding="utf-8")
        sys.stdout.write(f"{GOLDEN / name}\n")


if __name__ == "__main__":
    main()
