"""The command `quarantine`: look at rows that were not taken, write them for mending, or forget them."""

# The command imports what it needs itself, so that `pressrun --help` answers at once.
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pressrun import terminal
from pressrun.cli_parts import AsJson, Why, now, stores
from pressrun.errors import InputError
from pressrun.settings import load_settings

if TYPE_CHECKING:
    from pressrun.audiences.quarantine_waiting import Chosen

commands = typer.Typer()
_SHOWN = 20


@commands.command(epilog="Example: pressrun quarantine --reason address_invalid --out mend.csv")
def quarantine(
    import_id: Annotated[str | None, typer.Argument(help="Only rows that this import kept apart.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only rows kept apart for this reason.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many rows at most.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write them as a CSV to mend and import again.")] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Forget them for good.")] = False,
    why: Why = "",
    json: AsJson = False,
) -> None:
    """Show what waits in quarantine by reason, or row by row; write it as a file to mend, or forget it."""
    from pressrun.audiences.quarantine_waiting import Chosen

    if drop and (out or limit):
        raise InputError("--drop forgets all rows of an import or a reason; it goes with neither --out nor --limit.")
    chosen = Chosen(import_id=import_id, reason=reason)
    if drop:
        return _drop(chosen, why, json=json)
    if out:
        return _write(chosen, out, limit, json=json)
    return _show(chosen, limit, json=json)


def _show(chosen: "Chosen", limit: int | None, *, json: bool) -> None:
    from pressrun import terminal_quarantine
    from pressrun.audiences import quarantine_waiting as waiting

    settings = load_settings()
    if chosen == waiting.Chosen() and limit is None:
        reasons = [one.as_json() for one in waiting.waiting_reasons(settings)]
        total = sum(int(str(one["rows"])) for one in reasons)
        if json:
            return terminal.show_json({"waiting": total, "reasons": reasons})
        return terminal_quarantine.show_reasons(reasons)
    total, found = waiting.waiting_rows(settings, chosen, limit or _SHOWN)
    rows = [one.as_json() for one in found]
    if json:
        return terminal.show_json({"waiting": total, "rows": rows})
    return terminal_quarantine.show_rows(rows, total)


def _write(chosen: "Chosen", path: Path, limit: int | None, *, json: bool) -> None:
    from pressrun.audiences.quarantine_waiting import write_waiting

    rows = write_waiting(load_settings(), chosen, path, limit)
    said = f"{rows:,} rows are in {path}, with whole addresses. Mend them there and run: pressrun import {path}"
    terminal.show_done(said, {"rows": rows, "out": str(path)}, json=json)


def _drop(chosen: "Chosen", why: str, *, json: bool) -> None:
    from pressrun.operations.quarantining import drop

    with stores() as (settings, ledger):
        dropped = drop(settings, ledger, chosen, who=getpass.getuser(), why=why, now=now())
    record = {"decision": "drop", "dropped": dropped}
    terminal.show_done(f"{dropped:,} rows were dropped, and what was in them.", record, json=json)


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.add_typer(commands)
