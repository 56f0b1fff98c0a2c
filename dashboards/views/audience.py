"""The page *Audience*: how large it is, where it comes from, and how it responds."""

import streamlit as st

from dashboards import charts
from dashboards.reading import ask, chart_or_note, freshness, stores

_STATUS = {
    "active": charts.PEOPLE,
    "unconfirmed": "#7fb5a8",
    "inactive": charts.QUIET,
    "unsubscribed": "#9a9184",
    "bounced": charts.MACHINES,
    "complained": charts.BAD,
    "blocked": "#5f5a52",
}
_ENGAGEMENT = {
    "clicked": charts.ACCENT,
    "opened": charts.PEOPLE,
    "only machines opened": charts.MACHINES,
    "silent": charts.QUIET,
    "not mailed yet": "#d9d2c6",
}


def show() -> None:
    """Draw the page."""
    st.title("Audience")
    settings = stores()
    if settings is None:
        return
    freshness(settings)
    home = str(settings.home)
    status = ask("audience_status", home)
    if status.empty:
        st.info("There are no subscribers yet. `pressrun import FILE` brings them in.", icon="🌱")
        return
    _over_time(home)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Status**")
        st.altair_chart(charts.counts(status, "status", _STATUS), width="stretch")
    with right:
        st.markdown("**How active subscribers respond**")
        engagement = ask("audience_engagement", home)
        chart = charts.counts(engagement, "engagement", _ENGAGEMENT) if len(engagement) else None
        chart_or_note(chart, "The marts are not made yet: run `pressrun ingest`.", empty=engagement.empty)
    st.markdown("**Where they come from**")
    st.altair_chart(charts.sources(ask("audience_sources", home), _STATUS), width="stretch")


def _over_time(home: str) -> None:
    days = ask("audience_size", home)
    left, right = st.columns([3, 2], gap="large")
    note = "The marts are not made yet: run `pressrun ingest`."
    with left:
        st.markdown("**Active subscribers over time**")
        chart_or_note(charts.size(days) if len(days) else None, note, empty=days.empty)
    with right:
        st.markdown("**Who came, who left**")
        chart_or_note(charts.comings_and_goings(days) if len(days) else None, note, empty=days.empty)
