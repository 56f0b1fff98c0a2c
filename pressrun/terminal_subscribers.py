"""Show single subscribers, and the hygiene of all of them, at a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from pressrun.terminal import out

_COLOURS = {"active": "green", "subscribed": "green", "confirmed": "green", "paused": "yellow", "inactive": "yellow"}


def show_subscriber(record: Mapping[str, Any]) -> None:
    """Show one subscriber: status, address, what they got, and how it came to be."""
    person = record["subscriber"]
    status = person["status"] if person else "no subscriber"
    until = f" until {person['paused_until']:%Y-%m-%d}" if person and person["paused_until"] else ""
    out.print(f"\n[bold]{escape(record['address_key'])}[/]  [{_COLOURS.get(status, 'red')}]{status}{until}[/]")
    if record["verdict"] != "ok":
        meant = f"; meant is perhaps {record['suggestion']}" if record["suggestion"] else ""
        out.print(f"  [yellow]{escape(record['verdict'] + meant)}[/]")
    if person:
        _show_facts(person)
    for one in record["suppressions"]:
        out.print(f"  [red]suppressed[/] for {one['reason']} since {one['suppressed_at']:%Y-%m-%d} ({one['source']})")
    _show_history(record)


def show_hygiene(report: Mapping[str, Any]) -> None:
    """Show what each rule found."""
    out.print(f"[bold]{report['active']:,}[/] subscribers may be mailed.")
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("rule")
    table.add_column("people", justify="right")
    table.add_column("what it means", overflow="fold")
    for rule in report["rules"]:
        colour = "yellow" if rule["count"] else "dim"
        table.add_row(rule["rule"], f"[{colour}]{rule['count']:,}[/]", f"[dim]{escape(rule['meaning'])}[/]")
    out.print(table)
    out.print(f"  page    {report['report']}\n  people  {report['people']}", soft_wrap=True)
    out.print("[dim]Nothing was changed. `pressrun hygiene --apply RULE` sets the people of a rule inactive.[/]")


def said_of_hygiene(done: Mapping[str, Any]) -> str:
    """Say what was done to the people of a rule."""
    count = "1 person" if done["people"] == 1 else f"{done['people']:,} people"
    if done["decision"] == "suppress":
        return f"{count} of {done['rule']} will not be mailed again; each is taken back by `pressrun unsuppress` alone."
    if done["decision"] == "deactivate":
        return f"{count} of {done['rule']} set inactive. `pressrun hygiene --undo {done['rule']}` takes it back."
    return f"{count} of {done['rule']} may be mailed again as before."


def _show_facts(person: Mapping[str, Any]) -> None:
    facts = {
        "as written": person["email"],
        "name": person["name"],
        "tags": ", ".join(person["tags"] or []),
        "attributes": ", ".join(f"{name}: {value}" for name, value in person["attributes"].items()),
        "consented": _day(person["consented_at"]) or "not known",
        "came from": f"{person['source']}, import {person['import_id']}",
        "issues": f"{person['count_received']} received, {person['count_opened_human']} opened, "
        f"{person['count_clicked_human']} clicked",
        "last opened": _day(person["last_opened_at"]),
    }
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            table.add_row(name, escape(str(value)))
    out.print(table)


def _show_history(record: Mapping[str, Any]) -> None:
    table = Table(title="History", title_justify="left", title_style="bold", box=None, padding=(0, 2))
    for heading in ("since", "status", "until", "who says so", "why"):
        table.add_column(heading, header_style="dim", overflow="fold")
    for one in record["history"]:
        colour = _COLOURS.get(one["status"], "red")
        said = (escape(one["source"]), escape(one["reason"]))
        table.add_row(_day(one["since"]), f"[{colour}]{one['status']}[/]", _day(one["until"]), *said)
    if record["history"]:
        out.print(table)


def _day(moment: Any) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
