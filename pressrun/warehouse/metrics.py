"""Answer the questions of dashboards, notebooks and commands. They ask here and nowhere else.

Every figure comes from a named SQL file over the marts, so that a page, a notebook and a command agree.
Tables come as pandas DataFrames; each function says what one row is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pressrun.settings import Settings
from pressrun.warehouse.lake import read_lake

if TYPE_CHECKING:
    import pandas as pd  # a second to load, which commands that only count need not wait for

#: The public names of an issue's engagement → the columns they come from.
ENGAGEMENT = {
    "delivered": "count_delivered",
    "bounced": "count_bounced",
    "dropped": "count_dropped",
    "opened": "count_opened",
    "opened_human": "count_opened_human",
    "clicked": "count_clicked",
    "clicked_human": "count_clicked_human",
    "unsubscribed": "count_unsubscribed",
    "complained": "count_complained",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """How fresh the marts are."""

    #: When they were last made; None if never.
    built_at: datetime | None
    #: Whether nothing they are made from has changed since.
    is_current: bool


def freshness(settings: Settings) -> Freshness:
    """Tell how fresh the marts are.

    Raises:
        InputError: There is no lake yet.
        StoppedError: The lake has not this version's tables.
    """
    with read_lake(settings) as lake:
        found = lake.rows("queries/metric_freshness")
        present = lake.value("queries/marts_fingerprint")
    built_from, built_at = found[0] if found else (None, None)
    return Freshness(built_at=built_at, is_current=built_from == present)


def issue_engagement(settings: Settings, issue_id: str) -> dict[str, int]:
    """Give what the recipients of one issue did, as unique recipients; zeros as long as nothing is known."""
    if not settings.catalog_path.exists():
        return dict.fromkeys(ENGAGEMENT, 0)
    with read_lake(settings) as lake:
        found = lake.arrow("queries/metric_issue", {"issue_id": issue_id}).to_pylist()
    return {name: int(found[0][column]) if found else 0 for name, column in ENGAGEMENT.items()}


def issues_overview(settings: Settings) -> "pd.DataFrame":
    """Give one row per issue with its sums and engagement, newest first."""
    return _frame(settings, "queries/metric_issues")


def issue_funnel(settings: Settings, issue_id: str) -> "pd.DataFrame":
    """Give one row per step and who reached it: step, who (everyone, people, machines only), count_people."""
    return _frame(settings, "queries/metric_funnel", {"issue_id": issue_id})


def issue_accounts(settings: Settings, issue_id: str) -> "pd.DataFrame":
    """Give one row per way its candidates went: what, kind (total, exclusion, state), count_people."""
    return _frame(settings, "queries/metric_accounts", {"issue_id": issue_id})


def opens_and_clicks(settings: Settings, issue_id: str) -> "pd.DataFrame":
    """Give one row per hour and kind of event, people and machines apart."""
    return _frame(settings, "queries/metric_hourly", {"issue_id": issue_id})


def links(settings: Settings, issue_id: str) -> "pd.DataFrame":
    """Give one row per link, most clicked by people first."""
    return _frame(settings, "queries/metric_links", {"issue_id": issue_id})


def domains(settings: Settings, issue_id: str) -> "pd.DataFrame":
    """Give one row for each of the 25 largest domains among an issue's recipients."""
    return _frame(settings, "queries/metric_domains", {"issue_id": issue_id})


def in_doubt(settings: Settings, issue_id: str) -> "pd.DataFrame":
    """Give one row per attempt whose outcome is not known."""
    return _frame(settings, "queries/metric_in_doubt", {"issue_id": issue_id})


def in_doubt_people(settings: Settings, issue_id: str) -> "pd.DataFrame":
    """Give one row per recipient who may or may not have been mailed, with the address: personal data."""
    return _frame(settings, "queries/metric_in_doubt_people", {"issue_id": issue_id})


def audience_size(settings: Settings) -> "pd.DataFrame":
    """Give one row per day on which the audience changed."""
    return _frame(settings, "queries/metric_audience_size")


def audience_undated(settings: Settings) -> int:
    """Count the subscribers in no day of `audience_size`: they had left before, at a time nobody told."""
    with read_lake(settings) as lake:
        return int(lake.value("queries/metric_audience_undated"))


def audience_status(settings: Settings) -> "pd.DataFrame":
    """Give one row per status of subscribers."""
    return _frame(settings, "queries/metric_audience_status")


def audience_sources(settings: Settings) -> "pd.DataFrame":
    """Give one row per source and status of subscribers."""
    return _frame(settings, "queries/metric_audience_sources")


def audience_engagement(settings: Settings) -> "pd.DataFrame":
    """Give one row per level of engagement among active subscribers."""
    return _frame(settings, "queries/metric_audience_engagement")


def imports(settings: Settings) -> "pd.DataFrame":
    """Give one row per import, newest first."""
    return _frame(settings, "queries/metric_imports")


def subscriber_to_preview(settings: Settings, address_key: str) -> dict[str, object] | None:
    """Give what a writer may use of one subscriber, as the lake keeps it: personal data. None if there is none."""
    with read_lake(settings) as lake:
        found = lake.arrow("queries/subscriber_to_preview", {"address_key": address_key}).to_pylist()
    return found[0] if found else None


def import_reasons(settings: Settings) -> "pd.DataFrame":
    """Give one row per import and reason for which it kept rows apart, the oldest import first."""
    return _frame(settings, "queries/metric_import_reasons")


def import_statuses(settings: Settings, import_id: str) -> "pd.DataFrame":
    """Give one row per status that an import gave people."""
    return _frame(settings, "queries/metric_import_statuses", {"import_id": import_id})


def import_flags(settings: Settings, import_id: str) -> "pd.DataFrame":
    """Give one row per flag that an import gave addresses which it took."""
    return _frame(settings, "queries/metric_import_flags", {"import_id": import_id})


def quarantine_waiting(settings: Settings) -> "pd.DataFrame":
    """Give one row per import, file and reason of rows that wait in quarantine."""
    return _frame(settings, "queries/metric_import_waiting")


def quarantine_rows(settings: Settings, reason: str, import_id: str, file: str) -> "pd.DataFrame":
    """Give one row for each of the 200 newest rows in quarantine, addresses masked; "" asks for any."""
    chosen = {"reason": reason, "import_id": import_id, "file": file}
    return _frame(settings, "queries/metric_import_quarantine", chosen)


def _frame(settings: Settings, name: str, parameters: Mapping[str, object] | None = None) -> "pd.DataFrame":
    with read_lake(settings) as lake:
        table: pd.DataFrame = lake.arrow(name, parameters).to_pandas()
        return table
