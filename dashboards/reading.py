"""Ask the metrics, with answers kept for a minute, and say kindly when there is nothing to show yet."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from pressrun.errors import PressrunError
from pressrun.settings import Settings, load_settings
from pressrun.warehouse import metrics


@st.cache_data(ttl="60s", max_entries=200, show_spinner=False)
def ask(name: str, home: str, *arguments: str) -> pd.DataFrame:
    """Ask one metric by its name.

    Args:
        name: A function of `pressrun.warehouse.metrics` that gives a table.
        home: The stores it is asked of, so that answers of others are not mixed up.
        arguments: What it takes beside the settings.
    """
    question: Callable[..., pd.DataFrame] = getattr(metrics, name)
    return question(load_settings(), *arguments)


def stores() -> Settings | None:
    """Give the settings if there is a lake to read, and else say what to do."""
    settings = load_settings()
    if settings.catalog_path.exists():
        return settings
    st.info(
        f"There is nothing to read in **{settings.home}** yet. Import subscribers with `pressrun import FILE`, or run "
        "`make demo` to see all of this on made-up people.",
        icon="🌱",
    )
    return None


def freshness(settings: Settings) -> None:
    """Say which stores are shown and how fresh the figures are."""
    try:
        built = metrics.built_at(settings)
    except PressrunError as error:
        st.caption(str(error))
        return
    st.caption(f"Reading **{settings.home}** · figures {_age(built)}")


def chart_or_note(shown: Any, note: str, *, empty: bool) -> None:
    """Show a chart, or a sentence where there is nothing to draw."""
    if empty:
        st.caption(note)
    else:
        st.altair_chart(shown, width="stretch")


def _age(built: datetime | None) -> str:
    if built is None:
        return "not made yet: run `pressrun ingest`"
    minutes = int((datetime.now(UTC) - built).total_seconds() // 60)
    if minutes < 1:
        return "made just now"
    return f"made {minutes} min ago" if minutes < 120 else f"of {built:%Y-%m-%d %H:%M} UTC"
