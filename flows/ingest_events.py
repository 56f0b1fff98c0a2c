"""Ingest events: landing to lake to marts; suppressions; attempts in doubt."""

import argparse

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from pressrun import terminal
from pressrun.delivery.sender import utc_now
from pressrun.errors import PressrunError
from pressrun.ledger import open_ledger
from pressrun.operations import ingesting
from pressrun.settings import load_settings


@task(name="load and conclude", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=30)
def load_and_conclude() -> dict[str, object]:
    """Load what has landed; running it again counts nothing twice."""
    settings = load_settings()
    done = ingesting.ingest_events(settings, open_ledger(settings), now=utc_now())
    return {
        **done.summary.as_json(),
        "settled": len(done.settlement.accepted),
        "alarms": list(done.settlement.alarms),
    }


@flow(name="ingest-events")
def ingest_events() -> dict[str, object]:
    """Bring landed events into the lake, rebuild the marts, settle what was in doubt."""
    summary = load_and_conclude()
    show(summary)
    return summary


def show(summary: dict[str, object]) -> None:
    """Leave the sums on the run's page."""
    create_table_artifact(
        key="ingest-sums",
        table=[{"what": name, "value": str(value)} for name, value in summary.items()],
        description="read = new + duplicate + ignored + unreadable",
    )


def main() -> int:
    """Run the flow from a shell and give the exit status."""
    parser = argparse.ArgumentParser(description="Ingest events through Prefect.")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    terminal.configure_logs()
    try:
        summary = ingest_events()
    except PressrunError as error:
        terminal.show_error(error)
        return error.exit_status
    parts = ("new", "duplicate", "ignored", "unreadable")
    terminal.show_json(summary) if given.json else terminal.show_sums("Ingest", summary, "read", parts)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
