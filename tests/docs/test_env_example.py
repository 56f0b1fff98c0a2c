"""The first step of the README: copy `.env.example` to `.env`."""

import shutil
from pathlib import Path

import pytest

from pressrun.settings import load_settings


def test_a_copy_of_the_example_means_the_defaults(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines left empty mean what `.env.example` says of them: stores below the home, and no empty key."""
    shutil.copy(root / ".env.example", tmp_path / ".env")
    monkeypatch.chdir(tmp_path)

    settings = load_settings()

    assert "sqlite:///data/ledger.sqlite" == settings.ledger_address
    assert (Path("data/lake/catalog.sqlite"), Path("data/lake/files")) == (settings.catalog_path, settings.lake_files)
    assert (None, None) == (settings.secret_key, settings.dask_address)
