"""The commands of those who write: new, gallery."""

# Each command imports what it needs itself, so that `pressrun --help` answers at once.
from pathlib import Path
from typing import Annotated

import typer

from pressrun import terminal
from pressrun.cli_parts import AsJson, now, to_write
from pressrun.settings import load_settings

writing = typer.Typer()


@writing.command(epilog="Example: pressrun new 'What the ledger says' --folder --look digest")
def new(
    title: Annotated[str, typer.Argument(help="The title; subject and slug are made of it.", show_default=False)],
    folder: Annotated[bool, typer.Option("--folder", help="Give it a folder, for images beside it.")] = False,
    look: Annotated[str, typer.Option(help="letter, digest, announcement, or a layout of yours.")] = "",
    slug: Annotated[str, typer.Option(help="Its slug, instead of one made of the title.")] = "",
    json: AsJson = False,
) -> None:
    """Start an issue: a Markdown file with its front matter filled in."""
    from pressrun import issues

    settings = load_settings()
    brand = issues.load_brand(settings.templates)
    known = issues.looks(settings.templates)
    if look and look not in known:
        raise typer.BadParameter(f"there is no layout {look}; there are {', '.join(known)}", param_hint="--look")
    path = issues.start(title, settings.issues, brand, look=look, name=slug, folder=folder)
    issue_id = issues.load(path, settings.issues).issue_id
    said = f"{path} is begun. Write it, then look at it with `pressrun preview {issue_id}`."
    terminal.show_done(said, {"issue_id": issue_id, "path": str(path)}, json=json)


@writing.command(epilog="Example: pressrun gallery --out /tmp/gallery")
def gallery(
    issue: Annotated[list[str] | None, typer.Argument(help="Issues to show instead of the samples.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; default: gallery below the stores.")] = None,
    json: AsJson = False,
) -> None:
    """Write a page that shows every layout: light and dark, wide and narrow, images off, and as text."""
    from pressrun import issues

    settings = load_settings()
    paths = [issues.load(issues.reference_of(one), settings.issues).path for one in issue or ()]
    page = issues.gallery(settings.templates, now(), paths)
    folder = out or settings.private_home() / "gallery"
    path = folder / "index.html"
    with to_write(path):
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    record = {"page": str(path), "looks": issues.looks(settings.templates)}
    terminal.show_done(f"The gallery is {path}; open it in a browser.", record, json=json)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(writing)
