"""Show things to a person at a terminal, or to a program that asked for JSON."""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from pressrun.errors import PressrunError

out = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True, highlight=False)

_STATUS_COLOURS = {
    "finished": "green",
    "sending": "cyan",
    "in_doubt": "yellow",
    "stopped": "red",
    "cancelled": "red",
    "paused": "yellow",
}


def configure_logs(*, verbose: bool = False) -> None:
    """Send logs to standard error, without addresses at this level; warnings only unless asked for more."""
    level = logging.INFO if verbose else logging.WARNING
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def show_json(record: Mapping[str, Any]) -> None:
    """Write one JSON object to standard output."""
    sys.stdout.write(orjson.dumps(record, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def show_error(error: PressrunError) -> None:
    """Tell a person what happened and what to do next."""
    err.print(f"[bold red]✗[/] {_plain(str(error))}", soft_wrap=True)


def show_sums(title: str, sums: Mapping[str, Any], total: str, parts: tuple[str, ...]) -> None:
    """Show a sum and its parts as a table, so that one can see that they agree."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False, padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_row(total, f"[bold]{sums[total]:,}[/]")
    for part in parts:
        colour = "" if sums[part] else "dim"
        table.add_row(f"  {part.replace('_', ' ')}", f"[{colour}]{sums[part]:,}[/]" if colour else f"{sums[part]:,}")
    agree = sums[total] == sum(sums[part] for part in parts)
    table.add_row("", "[green]✓ adds up[/]" if agree else "[bold red]✗ does not add up[/]")
    out.print(table)


def show_status(status: Mapping[str, Any], subject: str = "", stop_reason: str | None = None) -> None:
    """Show where one issue stands: candidates, recipients, what came of them."""
    colour = _STATUS_COLOURS.get(status["status"], "white")
    out.print(f"\n[bold]{_plain(status['issue_id'])}[/]  [{colour}]{status['status']}[/]  [dim]{_plain(subject)}[/]")
    if stop_reason:
        out.print(f"[red]{_plain(stop_reason)}[/]")
    excluded = sum(status["excluded"].values())
    show_sums(
        "Candidates",
        {"candidates": status["candidates"], "recipients": status["recipients"], "excluded": excluded},
        "candidates",
        ("recipients", "excluded"),
    )
    if status["excluded"]:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in sorted(status["excluded"].items()))
        out.print(f"[dim]    excluded: {reasons}[/]")
    ends = ("submitted", "refused", "withdrawn", "in_doubt", "abandoned", "pending")
    show_sums("Recipients", status, "recipients", ends)
    _show_engagement(status["engagement"], status["submitted"])


def show_issues(rows: Sequence[Mapping[str, Any]]) -> None:
    """Show all issues, a line each."""
    if not rows:
        return out.print("Nothing has been sent yet. Write an issue and `pressrun send` it.")
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("issue", "status"):
        table.add_column(heading)
    numbers = ("recipients", "submitted", "withdrawn", "refused", "in_doubt", "pending")
    for heading in numbers:
        table.add_column(heading.replace("_", " "), justify="right")
    for row in rows:
        colour = _STATUS_COLOURS.get(row["status"], "white")
        table.add_row(_plain(row["issue_id"]), f"[{colour}]{row['status']}[/]", *(f"{row[name]:,}" for name in numbers))
    return out.print(table)


def show_demo(result: Mapping[str, Any]) -> None:
    """Show what the demo came to, and where to look next."""
    imported, status, ingested = result["import"], result["status"], result["ingest"]
    show_sums("\nImport", imported, "read", ("inserted", "updated", "unchanged", "duplicate", "quarantined"))
    show_status(status)
    show_sums("Events", ingested, "read", ("new", "duplicate", "ignored", "unreadable"))
    accepted = result["accepted"]["unique_recipients"].get(status["issue_id"], 0)
    mails = result["accepted"]["mails"].get(status["issue_id"], 0)
    agree = accepted == mails == status["submitted"]
    mark = "[green]✓[/]" if agree else "[bold red]✗[/]"
    out.print(
        f"\n{mark} By the sandbox's own log, {mails:,} mails were accepted for {accepted:,} different recipients; "
        f"{status['submitted']:,} are counted as submitted."
    )
    if result["note"]:
        out.print(f"[dim]{_plain(result['note'])}[/]", soft_wrap=True)
    pages = result["pages"]
    out.print("\n[bold]Look at it[/]")
    out.print("  make dashboard            issues and audience, at http://127.0.0.1:8501")
    out.print(f"  {pages['sandbox']:<25} the mails, as their readers see them", soft_wrap=True)
    out.print(f"  {pages['prefect']:<25} the flow runs, with their artifacts", soft_wrap=True)
    report = os.path.relpath(imported["report"])
    out.print(f"  {report}  what the import kept and what not", soft_wrap=True)
    out.print("  make stop                 ends what still runs in the background\n")


def show_alarms(alarms: Sequence[str]) -> None:
    """Show what a person must read, whatever else was asked for."""
    for alarm in alarms:
        err.print(f"[bold red]![/] {_plain(alarm)}", soft_wrap=True)


def show_settled(settled: Mapping[str, Any], *, quiet: bool = False) -> None:
    """Say what was settled, and what still waits for what."""
    words = {
        "accepted": "[green]✓[/] {n} attempts in doubt were settled as accepted.",
        "not_accepted": "[yellow]↻[/] {n} attempts were not accepted; the next send posts their batches again.",
        "abandoned": "[yellow]✗[/] {n} attempts were given up, as the policy says.",
    }
    for what, sentence in words.items():
        if settled[what]:
            out.print(sentence.format(n=len(settled[what])))
    if settled["waiting"]:
        _show_waiting(settled["waiting"])
    elif not quiet and not any(settled[what] for what in words):
        out.print("[green]✓[/] No attempt is in doubt.")


def _show_waiting(waiting: Sequence[Mapping[str, Any]]) -> None:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("issue", "batch", "recipients", "in doubt since", "policy", "what it waits for"):
        table.add_column(heading, overflow="fold")
    for one in waiting:
        colour = "red" if one["asks"] else "yellow"
        table.add_row(
            _plain(one["issue_id"]),
            str(one["batch"]),
            f"{one['recipients']:,}",
            f"{one['since']:%Y-%m-%d %H:%M} UTC",
            one["policy"],
            f"[{colour}]{_plain(one['because'])}[/]",
        )
    out.print(table)


def show_trials(mails: Sequence[tuple[str, str, str]]) -> None:
    """Say what became of each trial mail."""
    for email, state, said in mails:
        mark = "[green]✓[/]" if state == "accepted" else "[red]✗[/]"
        out.print(f"{mark} {_plain(email)}  {state}  [dim]{_plain(said)}[/]", soft_wrap=True)


def show_plan(rows: Sequence[Mapping[str, Any]]) -> None:
    """Show how much goes out when, with a bar for each stretch of time."""
    if not rows:
        out.print("[green]✓[/] Nothing waits to be posted.")
        return
    most, total = max(row["recipients"] for row in rows), rows[-1]["in_all"]
    lanes = sorted({lane for row in rows for lane in row["by_lane"]} - {"others"})
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("from (UTC)", "requests", "recipients", "", "in all", *lanes):
        table.add_column(heading, justify="right" if heading not in ("from (UTC)", "") else "left")
    for row in rows:
        table.add_row(
            f"{row['from']:%Y-%m-%d %H:%M}",
            f"{row['requests']:,}",
            f"{row['recipients']:,}",
            "[cyan]" + "█" * max(1, round(20 * row["recipients"] / most)) + "[/]",
            f"{row['in_all']:,}  {row['in_all'] / total:4.0%}",
            *(f"{row['by_lane'].get(lane, 0):,}" for lane in lanes),
        )
    out.print(table)
    out.print("[dim]Nothing was posted or stored.[/]")


def show_rehearsal(found: Mapping[str, Any]) -> None:
    """Show what a send would be."""
    excluded = sum(found["excluded"].values())
    sums = {"candidates": found["candidates"], "recipients": found["recipients"], "excluded": excluded}
    show_sums(f"{_plain(found['issue_id'])}, rendered for everyone", sums, "candidates", ("recipients", "excluded"))
    if found["excluded"]:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in sorted(found["excluded"].items()))
        out.print(f"[dim]    excluded: {reasons}[/]")
    size = found["largest_request"] / 1_000_000
    out.print(f"  {found['batches']:,} requests, the largest {size:.1f} MB")
    if found["checked"]:
        bad = len(found["problems"])
        said = "[green]✓[/] SendGrid took them all" if not bad else f"[red]✗[/] SendGrid refused {bad} or more"
        out.print(f"  {said} in sandbox mode ({found['checked']:,} asked).")
    for problem in found["problems"]:
        out.print(f"    [red]{_plain(problem)}[/]", soft_wrap=True)
    out.print("[dim]No mail was sent, nothing was frozen.[/]")


def show_done(sentence: str, record: Mapping[str, Any], *, json: bool) -> None:
    """Say that a decision was carried out."""
    show_json(record) if json else out.print(f"[green]✓[/] {_plain(sentence)}", soft_wrap=True)


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator["Bars"]:
    """Show progress bars on a terminal, and nothing elsewhere."""
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=40),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as progress:
        yield Bars(progress)


class Bars:
    """Named progress bars that may be moved from several threads."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def total(self, name: str) -> Callable[[int], None]:
        """Give a function that sets how much there is to do."""
        return lambda n: self._progress.update(self._task(name), total=n)

    def more(self, name: str) -> Callable[[int], None]:
        """Give a function that says how much more is done."""
        return lambda n: self._progress.advance(self._task(name), n)

    def fraction(self, name: str, done: float) -> None:
        """Say which share of a step is done."""
        self._progress.update(self._task(name), total=100, completed=round(done * 100))

    def _task(self, name: str) -> TaskID:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=None)
        return self._tasks[name]


def _show_engagement(engagement: Mapping[str, int], submitted: int) -> None:
    if not engagement or not submitted:
        return
    table = Table(title="Engagement", title_justify="left", title_style="bold", box=None, show_header=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(style="cyan")
    for name, count in engagement.items():
        share = count / submitted
        table.add_row(f"  {name.replace('_', ' ')}", f"{count:,}", f"{share:6.1%} {'▇' * round(share * 30)}")
    out.print(table)


def _plain(text: str) -> str:
    """Keep square brackets of data from being read as colours."""
    return text.replace("[", "\\[")
