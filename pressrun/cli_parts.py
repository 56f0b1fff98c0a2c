"""What the commands have in common: their usual arguments, and the stores they open."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pressrun.settings import Settings, load_settings

if TYPE_CHECKING:
    from pressrun.ledger import Ledger

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Why = Annotated[str, typer.Option(help="The reason, kept with the decision.")]
IssueArgument = Annotated[str, typer.Argument(help="Path of a Markdown file, or a slug.", show_default=False)]


def now() -> datetime:
    """Give the time, at the rim."""
    return datetime.now(UTC)


def reference_of(issue: str) -> str | Path:
    """Tell a path from a slug."""
    from pressrun.issues import reference_of as told

    return told(issue)


@contextmanager
def to_write(path: Path) -> "Iterator[Path]":
    """Write a file or folder that a person named, and say plainly if that cannot be.

    Raises:
        InputError: It cannot be written.
    """
    from pressrun.errors import InputError

    try:
        yield path
    except OSError as problem:
        raise InputError(f"{path} cannot be written: {problem.strerror}.") from None


@contextmanager
def stores() -> "Iterator[tuple[Settings, Ledger]]":
    """Open settings and ledger for one command."""
    from pressrun.ledger import open_ledger

    settings = load_settings()
    ledger = open_ledger(settings)
    try:
        yield settings, ledger
    finally:
        ledger.close()
