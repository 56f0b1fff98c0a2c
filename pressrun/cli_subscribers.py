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


def hygiene(
    days: Annotated[int, typer.Option(help="Days without an open or click that count as never.", min=1)] = 180,
    apply: Annotated[str | None, typer.Option("--apply", help="Set the people of this rule inactive.")] = None,
    suppress: Annotated[bool, typer.Option("--suppress", help="With --apply: block their addresses instead.")] = False,
    undo: Annotated[str | None, typer.Option("--undo", help="Take back what --apply of this rule did.")] = None,
    why: Why = "",
    json: AsJson = False,
) -> None:
    """Report who never engages, bounces softly, mistyped an address and more; act on one rule if asked to."""
    from pressrun.audiences import hygiene as rules

    if apply is not None and undo is not None:
        raise InputError("--apply and --undo exclude each other; nothing was changed.")
    if suppress and apply is None:
        raise InputError("--suppress goes with --apply RULE; nothing was changed.")
    with stores() as (settings, ledger):
        who = getpass.getuser()
        if apply is not None:
            count = rules.apply_rule(settings, ledger, apply, suppress=suppress, days=days, who=who, why=why, now=now())
            done = {"decision": "suppress" if suppress else "deactivate", "rule": apply, "people": count}
            return terminal.show_done(terminal_subscribers.said_of_hygiene(done), done, json=json)
        if undo is not None:
            count = rules.undo_rule(settings, ledger, undo, who=who, why=why, now=now())
            done = {"decision": "reactivate", "rule": undo, "people": count}
            return terminal.show_done(terminal_subscribers.said_of_hygiene(done), done, json=json)
        report = rules.look_after(settings, days=days, now=now()).as_json()
    return terminal.show_json(report) if json else terminal_subscribers.show_hygiene(report)


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
    app.command(epilog="Example: pressrun hygiene --apply never_engaged --why 'none of them opened in a year'")(hygiene)
