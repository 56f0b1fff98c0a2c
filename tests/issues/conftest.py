"""Make the desk importable, and give a copy of the templates that a test may change."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from desk import TEMPLATES


@pytest.fixture
def templates(tmp_path):
    """Give a folder of layouts to change."""
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))
