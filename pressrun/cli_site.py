"""The command that writes the web version of submitted issues."""

from typing import Annotated

import typer

from pressrun import terminal, terminal_site
from pressrun.cli_parts import AsJson, reference_of, stores


def publish(
    issue: Annotated[str | None, typer.Argument(help="Path or slug; without one, all issues.")] = None,
    json: AsJson = False,
) -> None:
    """Write submitted issues as web pages, with an index and feeds; a send does it by itself."""
    from pressrun.operations import site
    from pressrun.operations.sending import slug_of

    with stores() as (settings, ledger):
        if issue is None:
            done = site.publish(settings, ledger)
        else:
            done = site.publish_one(settings, ledger, slug_of(settings, ledger, reference_of(issue)))
    terminal.show_json(done.as_json()) if json else terminal_site.show_published(done.as_json())


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(epilog="Example: pressrun publish")(publish)
