"""The charts of the audience."""

import altair as alt
import pandas as pd

from dashboards import palette
from dashboards.palette import BAD, MACHINES, MINT, PEOPLE, QUIET, SHORT, SLATE, amounts, colours, names

_LEFT = {"unsubscribed": QUIET, "bounced": MACHINES, "complained": BAD, "blocked": SLATE}
_OUTCOMES = {"inserted": PEOPLE, "updated": MINT, "unchanged": QUIET, "duplicate": SLATE, "quarantined": MACHINES}


def size(days: pd.DataFrame) -> alt.Chart:
    """Show how many subscribers were active at the end of each day."""
    return (
        alt.Chart(days)
        .mark_area(line={"color": PEOPLE, "strokeWidth": 2}, interpolate="step-after", color=PEOPLE, fillOpacity=0.2)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(tickCount=6)),
            y=alt.Y("count_active:Q", title=None, axis=alt.Axis(labelExpr=SHORT, tickCount=5)),
            tooltip=[
                alt.Tooltip("day:T"),
                alt.Tooltip("count_active:Q", format=",", title="active"),
                alt.Tooltip("count_subscribed:Q", format=",", title="came"),
            ],
        )
        .properties(height=300)
    )


def comings_and_goings(days: pd.DataFrame) -> alt.Chart:
    """Show by month who came and who left for which reason, two years back."""
    frame = _by_month(days).melt(id_vars="month", var_name="what", value_name="count_subscribers")
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("yearmonth(month):T", title=None, axis=alt.Axis(tickCount=4, format="%b %Y")),
            y=alt.Y("count_subscribers:Q", title=None, axis=alt.Axis(labelExpr=SHORT, tickCount=5)),
            color=colours("what", {"came": PEOPLE} | _LEFT),
            tooltip=[
                alt.Tooltip("yearmonth(month):T", title="month"),
                "what",
                alt.Tooltip("count_subscribers:Q", format=",", title="subscribers"),
            ],
        )
        .properties(height=300)
    )


def counts(frame: pd.DataFrame, by: str, chosen: dict[str, str]) -> alt.LayerChart:
    """Show how many subscribers there are of each kind."""
    order = frame[by].tolist()
    base = alt.Chart(frame).encode(y=names(by, order), x=amounts("count_subscribers"))
    bars = base.mark_bar(cornerRadius=3).encode(
        color=colours(by, {one: chosen.get(one, QUIET) for one in order}, legend=False),
        tooltip=[by, alt.Tooltip("count_subscribers:Q", format=",", title="subscribers")],
    )
    figures = base.mark_text(align="left", dx=6, fontSize=12, color=palette.ink()).encode(
        text=alt.Text("count_subscribers:Q", format=",")
    )
    return (bars + figures).properties(height=alt.Step(34))


def sources(frame: pd.DataFrame, chosen: dict[str, str]) -> alt.Chart:
    """Show where subscribers came from, and what became of them."""
    largest = frame.groupby("source")["count_subscribers"].sum().sort_values(ascending=False)
    present = {status: colour for status, colour in chosen.items() if status in set(frame["status"])}
    return (
        alt.Chart(frame.assign(rank=frame["status"].map(list(chosen).index)))
        .mark_bar(cornerRadius=2)
        .encode(
            y=names("source", largest.index.tolist()),
            x=amounts("count_subscribers"),
            color=colours("status", present),
            order=alt.Order("rank:Q"),
            tooltip=["source", "status", alt.Tooltip("count_subscribers:Q", format=",", title="subscribers")],
        )
        .properties(height=alt.Step(38))
    )


def imports(frame: pd.DataFrame) -> alt.Chart:
    """Show what became of the rows of the last ten imports."""
    shown = frame.head(10)
    when = [f"{moment:%d %b %Y %H:%M:%S}" for moment in shown["imported_at"]]
    wide = shown.assign(when=when).rename(columns={f"count_{word}": word for word in _OUTCOMES})
    long = wide.melt(["when", "source", "files"], list(_OUTCOMES), var_name="outcome", value_name="rows")
    return (
        alt.Chart(long.assign(rank=long["outcome"].map(list(_OUTCOMES).index)))
        .mark_bar(cornerRadius=2)
        .encode(
            y=names("when", when),
            x=amounts("rows", "rows read"),
            color=colours("outcome", _OUTCOMES),
            order=alt.Order("rank:Q"),
            tooltip=["when", "source", "files", "outcome", alt.Tooltip("rows:Q", format=",")],
        )
        .properties(height=alt.Step(38))
    )


def _by_month(days: pd.DataFrame) -> pd.DataFrame:
    """Sum up the last 24 months: who came counts up, who left counts down."""
    month = pd.to_datetime(days["day"]).dt.to_period("M").dt.to_timestamp()
    frame = days.rename(columns={"count_subscribed": "came"} | {f"count_{word}": word for word in _LEFT})
    monthly = frame.assign(month=month).groupby("month")[["came", *_LEFT]].sum().tail(24)
    return monthly.assign(**{word: -monthly[word] for word in _LEFT}).reset_index()
