"""Import subscriber tables: read, check, quarantine, dedupe, merge."""

import argparse
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from pressrun import audiences, terminal
from pressrun.audiences.meanings import meanings_said
from pressrun.audiences.sources import SUFFIXES
from pressrun.delivery.sender import utc_now
from pressrun.errors import PressrunError
from pressrun.ledger import open_ledger
from pressrun.settings import load_settings


@task(name="check and merge", cache_policy=NO_CACHE)
def check_and_merge(files: list[str], source: str, columns: list[str], timezone: str | None) -> dict[str, object]:
    """Run one import; all of it counts, or nothing."""
    settings = load_settings()
    ledger = open_ledger(settings)
    summary = audiences.import_tables(
        [Path(file) for file in files],
        settings,
        ledger,
        source=source,
        said=meanings_said(columns),
        timezone=timezone,
        now=utc_now(),
    )
    return summary.as_json()


@flow(name="import-subscribers")
def import_subscribers(
    files: list[str] | None = None,
    source: str = "auto",
    columns: list[str] | None = None,
    timezone: str | None = None,
) -> dict[str, object] | None:
    """Take subscriber tables in; without any named, those that lie in the inbox.

    Args:
        files: Paths of tables in any format of docs/imports.md; None for those in `inbox` below the stores.
        source: Which service they come from; `auto` looks at the columns.
        columns: What columns mean, as `--map` takes it: `E-Mail=email`.
        timezone: Zone of times that name none, such as Europe/Berlin; None for UTC.
    """
    found = files or waiting_in_inbox()
    if not found:
        return None
    summary = check_and_merge(found, source, columns or [], timezone)
    show(summary)
    if not files:
        put_away(found)
    return summary


def waiting_in_inbox() -> list[str]:
    """Give the tables that wait in the inbox."""
    inbox = load_settings().home / "inbox"
    return [str(path) for path in sorted(inbox.glob("*")) if path.suffix.lower() in SUFFIXES]


def put_away(files: list[str]) -> None:
    """Move imported tables out of the inbox, so that the next run does not read them again."""
    for file in files:
        done = Path(file).parent / "done"
        done.mkdir(exist_ok=True)
        Path(file).rename(done / f"{utc_now():%Y%m%dT%H%M%S}-{Path(file).name}")


def show(summary: dict[str, object]) -> None:
    """Leave the sums and the way to the report on the run's page."""
    create_table_artifact(
        key="import-sums",
        table=[{"what": name, "value": str(value)} for name, value in summary.items()],
        description="read = inserted + updated + unchanged + duplicate + quarantined",
    )
    create_markdown_artifact(key="import-report", markdown=f"The validation page is at `{summary['report']}`.")


def main() -> int:
    """Run the flow from a shell and give the exit status."""
    parser = argparse.ArgumentParser(description="Import subscriber tables through Prefect.")
    parser.add_argument("files", nargs="*", help="tables; without any, those in the inbox")
    parser.add_argument("--source", default="auto")
    parser.add_argument("--map", dest="columns", action="append", help="what a column means, as COLUMN=MEANING")
    parser.add_argument("--timezone", help="zone of times that name none; UTC if not said")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    terminal.configure_logs()
    try:
        summary = import_subscribers(given.files or None, given.source, given.columns, given.timezone)
    except PressrunError as error:
        terminal.show_error(error)
        return error.exit_status
    if summary is None:
        terminal.out.print("The inbox is empty.")
        return 0
    parts = ("inserted", "updated", "unchanged", "duplicate", "quarantined")
    terminal.show_json(summary) if given.json else terminal.show_sums("Import", summary, "read", parts)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
