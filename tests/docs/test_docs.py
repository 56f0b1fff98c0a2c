"""The documents say what is there: commands, settings, files and links."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pressrun.settings import Settings


def _commands(root: Path) -> list[str]:
    text = "\n".join(path.read_text() for path in (root / "README.md", root / "docs" / "guarantees.md"))
    return sorted(set(re.findall(r"pressrun ([a-z]+)\b", text)) - {"connect"})


def test_each_command_the_documents_name_is_there(root: Path) -> None:
    """`pressrun X` in a document is a command X."""
    help_text = subprocess.run(
        [sys.executable, "-m", "pressrun.cli", "--help"], capture_output=True, text=True, check=True, cwd=root
    ).stdout

    assert [] == [name for name in _commands(root) if not re.search(rf"\b{name}\b", help_text)]
    assert len(_commands(root)) > 8


def test_each_setting_is_explained_and_each_explained_one_is_there(root: Path) -> None:
    """`.env.example` and the settings name the same."""
    explained = set(re.findall(r"^([A-Z_]+)=", (root / ".env.example").read_text(), re.MULTILINE))
    known = {str(field.validation_alias or f"PRESSRUN_{name.upper()}") for name, field in Settings.model_fields.items()}

    assert known == explained


def test_each_make_target_the_readme_names_is_there(root: Path) -> None:
    """`make X` in the README is a target X."""
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make ([a-z]+)", (root / "README.md").read_text()))

    assert set() == named - targets - {"it", "and"}


@pytest.mark.parametrize("name", ["README.md", "docs/guarantees.md", "docs/measurements.md"])
def test_links_lead_somewhere(root: Path, name: str) -> None:
    """Every relative link of a document leads to a file."""
    document = root / name
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", document.read_text())

    assert [] == [link for link in links if not (document.parent / link.split("#")[0]).exists()]


def test_words_to_avoid_are_avoided(root: Path) -> None:
    """The code speaks of recipients, batches and suppressions, not of targets, chunks and blacklists."""
    avoided = re.compile(r"\b(blacklist|merge.tag|chunk)s?\b", re.IGNORECASE)
    code = [*(root / "pressrun").rglob("*.py"), *(root / "flows").glob("*.py"), *(root / "dashboards").rglob("*.py")]

    assert [] == [str(path) for path in code if avoided.search(path.read_text())]


def test_locks_have_hashes_and_name_no_host(root: Path) -> None:
    """Every pinned package has its hashes, and no address of an index is in the locks."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        lock = (root / name).read_text()
        pinned = re.findall(r"^[a-z0-9][a-z0-9._-]*(?:\[[a-z,]+\])?==", lock, re.MULTILINE | re.IGNORECASE)
        assert len(pinned) <= lock.count("--hash=sha256:")
        assert "://" not in lock
        assert "--index" not in lock
