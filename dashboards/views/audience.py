"""The page *Audience*: how large it is, where it comes from, and how it responds."""

import streamlit as st

from dashboards import audience_charts as charts
from dashboards import palette
from dashboards.reading import Reader, draw, reader

_STATUS = {
    "active": palette.PEOPLE,
    "paused": palette.ACCENT,
    "unconfirmed": palette.MINT,
    "inactive": palette.PALE,
    "unsubscribed": palette.QUIET,
    "bounced": palette.MACHINES,
    "complained": palette.BAD,
    "blocked": palette.SLATE,
}
_ENGAGEMENT = {
    "clicked": palette.ACCENT,
    "opened": palette.PEOPLE,
    "only machines opened": palette.MACHINES,
    "silent": palette.QUIET,
    "not mailed yet": palette.PALE,
}
_UNMADE = "The figures are not made yet: run `pressrun ingest`."


def show() -> None:
    """Draw the page."""
    st.title("Audience")
    lake = reader()
    if lake is None:
        return
    status = lake.ask("audience_status")
    if status.empty:
        st.info("There are no subscribers yet. `pressrun import FILE` brings them in.", icon="🌱")
        return
    _over_time(lake)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Status**")
        draw(status, lambda frame: charts.counts(frame, "status", _STATUS), _UNMADE)
    with right:
        st.markdown("**How active subscribers respond**")
        draw(lake.ask("audience_engagement"), lambda frame: charts.counts(frame, "engagement", _ENGAGEMENT), _UNMADE)
    _origins(lake)


def _over_time(lake: Reader) -> None:
    days, undated = lake.ask("audience_size"), lake.ask("audience_undated")
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("**Active subscribers**")
        draw(days, charts.size, _UNMADE)
    with right:
        st.markdown("**Who came, who left, by month**")
        draw(days, charts.comings_and_goings, _UNMADE)
    if undated:
        st.caption(f"Not in these two: {undated:,} who had left before they were imported, at a time nobody told.")


def _origins(lake: Reader) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Where they come from**")
        draw(lake.ask("audience_sources"), lambda frame: charts.sources(frame, _STATUS), _UNMADE)
    with right:
        st.markdown("**What became of imported rows**")
        draw(lake.ask("imports"), charts.imports, "Nothing was imported yet.")
