"""A copy of the templates that a test may change."""

import shutil
from pathlib import Path

import pytest
from issue_desk import TEMPLATES


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Give a folder of layouts to change."""
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))
