"""The command that looks at segments."""

from typing import Annotated

import typer

from pressrun import terminal, terminal_segments
from pressrun.cli_parts import AsJson, now, stores
from pressrun.errors import InputError
from pressrun.settings import load_settings


def segment(
    name: Annotated[str | None, typer.Argument(help="A segment, with its values: 'by_tag(longreads)'.")] = None,
    sample: Annotated[int, typer.Option(help="How many recipients are shown.", min=0, max=1000)] = 10,
    addresses: Annotated[bool, typer.Option("--addresses", help="Show whole addresses and names.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Check all segments; no lake is needed.")] = False,
    json: AsJson = False,
) -> None:
    """Show whom a segment would mail now, who is left out and why; without a name, list all segments."""
    from pressrun.operations.segment_view import list_segments, view_segment

    if check:
        return _check(name, json=json)
    if name is None:
        rows = list_segments(load_settings())
        return terminal.show_json({"segments": rows}) if json else terminal_segments.show_segments(rows)
    with stores() as (settings, ledger):
        found = view_segment(settings, ledger, name, now=now(), sample=sample, addresses=addresses).as_json()
    return terminal.show_json(found) if json else terminal_segments.show_segment(found)


def _check(name: str | None, *, json: bool) -> None:
    from pressrun.operations.segment_view import check_segments

    if name is not None:
        raise InputError("--check goes through all segments; leave the name out. Nothing was done.")
    rows = check_segments(load_settings())
    bad = sum(not row["ok"] for row in rows)
    terminal.show_json({"ok": not bad, "segments": rows}) if json else terminal_segments.show_checked(rows)
    raise typer.Exit(2 if bad else 0)


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command(epilog="Example: pressrun segment engaged_90_days --sample 5")(segment)
