"""Answer the questions of dashboards, notebooks and commands. They ask here and nowhere else.

Every figure comes from a named SQL file over the marts, so that a page, a notebook and a command agree.
"""

from collections.abc import Mapping
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


def exclusions(settings: Settings, issue_id: str) -> "pd.DataFrame":
    """Give one row per reason for which candidates were left out."""
    return _frame(settings, "queries/metric_exclusions", {"issue_id": issue_id})


def audience_size(settings: Settings) -> "pd.DataFrame":
    """Give one row per day on which the audience changed."""
    return _frame(settings, "queries/metric_audience_size")


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


def built_at(settings: Settings) -> datetime | None:
    """Tell when the marts were last made; None if never."""
    with read_lake(settings) as lake:
        found: datetime | None = lake.value("queries/metric_freshness")
        return found


def _frame(settings: Settings, name: str, parameters: Mapping[str, object] | None = None) -> "pd.DataFrame":
    with read_lake(settings) as lake:
        table: pd.DataFrame = lake.arrow(name, parameters).to_pandas()
        return table
