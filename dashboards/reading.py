"""Ask the metrics, with answers kept for a minute, and say kindly when there is nothing to show yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.privacy import as_text
from pressrun.errors import PressrunError
from pressrun.settings import load_settings
from pressrun.warehouse import metrics
from pressrun.warehouse.metrics import Freshness


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """What a page asks; answers are kept until the marts are made again, a minute at most."""

    #: The folder of the stores.
    home: str
    #: How fresh the marts are.
    fresh: Freshness

    def ask(self, name: str, *arguments: str) -> Any:
        """Ask one metric by its name.

        Args:
            name: A function of `pressrun.warehouse.metrics`.
            arguments: What it takes beside the settings.
        """
        return _ask(name, self.home, str(self.fresh.built_at), *arguments)


def reader() -> Reader | None:
    """Give what to ask and say how fresh it is, or say what to do where there is no lake yet."""
    try:
        settings = load_settings()
        if not settings.catalog_path.exists():
            return _nothing_yet(str(settings.home))
        fresh = metrics.freshness(settings)
    except PressrunError as error:
        st.warning(as_text(str(error)), icon="⏳")
        return None
    st.caption(f"Reading **{as_text(str(settings.home))}** · {_age(fresh, datetime.now(UTC))}")
    return Reader(home=str(settings.home), fresh=fresh)


def draw(frame: pd.DataFrame, chart: Callable[[pd.DataFrame], Any], otherwise: str) -> None:
    """Draw a chart of a table, or say a sentence where there is nothing to draw."""
    if frame.empty:
        st.caption(otherwise)
    else:
        st.altair_chart(chart(frame), width="stretch")


@st.cache_data(ttl="60s", max_entries=200, show_spinner=False)
def _ask(name: str, home: str, built_at: str, *arguments: str) -> Any:
    # home and time are not read: they keep answers of other stores and older marts apart
    return getattr(metrics, name)(load_settings(), *arguments)


def _nothing_yet(home: str) -> None:
    st.info(
        f"There is nothing to read in **{as_text(home)}** yet. Import subscribers with `pressrun import FILE`, or run "
        "`make demo` to see all of this on made-up people.",
        icon="🌱",
    )


def _age(fresh: Freshness, now: datetime) -> str:
    """Say when the figures were made, and whether newer rows wait for the next ingest."""
    waiting = "" if fresh.is_current else " · newer rows wait for the next `pressrun ingest`"
    if fresh.built_at is None:
        return "figures are not made yet: run `pressrun ingest`"
    minutes = int((now - fresh.built_at).total_seconds() // 60)
    if minutes < 1:
        return f"figures made just now{waiting}"
    if minutes < 120:
        return f"figures made {minutes} min ago{waiting}"
    return f"figures of {fresh.built_at:%Y-%m-%d %H:%M} UTC{waiting}"
