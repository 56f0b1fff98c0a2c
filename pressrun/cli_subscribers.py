"""The commands about single subscribers, and about the hygiene of all of them."""

import getpass
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from pressrun import terminal, terminal_subscribers
from pressrun.cli_parts import AsJson, Why, now, stores
from pressrun.errors import InputError


def subscriber(
    email: Annotated[str, typer.Argument(help="The subscriber's address.", show_default=False)],
    pause_until: Annotated[
        datetime | None,
        typer.Option("--pause-until", help="Mail them again from this day on (UTC).", formats=["%Y-%m-%d"]),
    ] = None,
    deactivate: Annotated[bool, typer.Option("--deactivate", help="Mail them no more, until taken back.")] = False,
    reactivate: Annotated[bool, typer.Option("--reactivate", help="Take back a pause or a deactivation.")] = False,
    why: Why = "",
    json: AsJson = False,
) -> None:
    """Show all that is known about one subscriber, with the history; pause them, or set them inactive."""
    from pressrun.audiences import lifecycle

    if sum((pause_until is not None, deactivate, reactivate)) > 1:
        raise InputError("--pause-until, --deactivate and --reactivate exclude each other; nothing was changed.")
    with stores() as (settings, ledger):
        decision = _decision(pause_until, deactivate=deactivate, reactivate=reactivate)
        if decision is not None:
            key = lifecycle.require_subscriber(settings, email)
            lifecycle.mark(settings, ledger, [key], decision, who=getpass.getuser(), why=why, now=now())
        record = lifecycle.record_of(settings, ledger, email).as_json()
    if json:
        return terminal.show_json(record)
    return terminal_subscribers.show_subscriber(record)


def _decision(day: datetime | None, *, deactivate: bool, reactivate: bool) -> str | None:
    """Give the words of the decision; a pause that has ended already is none."""
    from pressrun.audiences import lifecycle

    if day is not None:
        return lifecycle.pause_until(_day_to_come(day.date(), now()))
    if deactivate:
        return lifecycle.DEACTIVATE
    return lifecycle.REACTIVATE if reactivate else None


def _day_to_come(day: date, present: datetime) -> date:
    if day <= present.astimezone(UTC).date():
        raise InputError(f"{day} is not after today (UTC), so nobody would be paused; nothing was changed.")
    return day


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(epilog="Example: pressrun subscriber ana@example.org --pause-until 2027-01-31 --why 'on holiday'")(
        subscriber
    )
