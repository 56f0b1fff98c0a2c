"""New stores: with their tables and nothing in them. They are made once and copied, for migrations take longer."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from pressrun.ledger import open_ledger
from pressrun.settings import Settings
from pressrun.warehouse import open_lake


def new_ledger(home: Path) -> None:
    """Put a new ledger into a folder, which is made if need be."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(_ledger() / "ledger.sqlite", home / "ledger.sqlite")


def new_lake(home: Path) -> None:
    """Put a new lake into a folder, which is made if need be."""
    shutil.copytree(_lake() / "lake", home / "lake")


def new_stores(home: Path) -> None:
    """Put a new ledger and a new lake into a folder, which is made if need be."""
    new_ledger(home)
    new_lake(home)


@functools.cache
def _ledger() -> Path:
    settings = Settings(home=_folder(), _env_file=None)  # type: ignore[call-arg]
    open_ledger(settings).close()
    return settings.home


@functools.cache
def _lake() -> Path:
    settings = Settings(home=_folder(), _env_file=None)  # type: ignore[call-arg]
    with open_lake(settings):
        return settings.home


def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="pressrun-new-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
