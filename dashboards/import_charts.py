"""The charts of imports: how clean they were, why rows were kept apart, and what waits."""

import altair as alt
import pandas as pd

from dashboards import palette
from dashboards.palette import ACCENT, BAD, MACHINES, MINT, PEOPLE, QUIET, SHORT, SLATE, amounts, colours, names

#: So many reasons have a colour of their own; the rest share one.
_REASONS = (BAD, ACCENT, MACHINES, SLATE, MINT)
_OTHERS = "others"
_SHOWN = 15


def quality(imports: pd.DataFrame) -> alt.LayerChart:
    """Show for each import, in the order they came, which share of its rows was kept apart; large ones larger."""
    shown = imports[imports["count_read"] > 0].sort_values("imported_at")
    frame = shown.assign(share=shown["count_quarantined"] / shown["count_read"], file=shown["names"])
    base = alt.Chart(frame).encode(
        x=alt.X("imported_at:T", title=None, axis=alt.Axis(tickCount=5, format="%d %b %Y", labelOverlap=True)),
        y=alt.Y(
            "share:Q",
            title="share of rows kept apart",
            axis=alt.Axis(format=".1%", tickCount=4),
            scale=alt.Scale(domainMin=0, zero=True),
        ),
    )
    points = base.mark_point(filled=True, opacity=0.85, color=BAD).encode(
        size=alt.Size("count_read:Q", legend=None, scale=alt.Scale(range=[60, 420], zero=True)),
        tooltip=[
            alt.Tooltip("imported_at:T", format="%d %b %Y %H:%M", title="imported"),
            alt.Tooltip("file:N", title="files"),
            alt.Tooltip("count_read:Q", format=",", title="rows read"),
            alt.Tooltip("count_quarantined:Q", format=",", title="kept apart"),
            alt.Tooltip("share:Q", format=".1%"),
        ],
    )
    return (base.mark_line(color=QUIET, strokeWidth=1.5) + points).properties(height=300)


def reasons(frame: pd.DataFrame) -> alt.Chart:
    """Show for each of the last imports how many rows it kept apart for which reason."""
    totals = frame.groupby("reason")["count_rows"].sum().sort_values(ascending=False)
    named = totals.index[: len(_REASONS)].tolist()
    frame = frame.assign(reason=frame["reason"].where(frame["reason"].isin(named), _OTHERS))
    frame = frame.groupby(["import_id", "imported_at", "reason"], as_index=False)["count_rows"].sum()
    order = frame.drop_duplicates("import_id").sort_values("imported_at", ascending=False).head(_SHOWN)
    frame = frame[frame["import_id"].isin(order["import_id"])]
    chosen = dict(zip(named, _REASONS, strict=False)) | ({_OTHERS: QUIET} if len(totals) > len(named) else {})
    when = [f"{moment:%d %b %Y %H:%M:%S}" for moment in frame["imported_at"]]
    order_of_bars = [f"{moment:%d %b %Y %H:%M:%S}" for moment in order["imported_at"]]
    return (
        alt.Chart(frame.assign(when=when, rank=frame["reason"].map(list(chosen).index)))
        .mark_bar(cornerRadius=2)
        .encode(
            y=names("when", list(dict.fromkeys(order_of_bars))),
            x=amounts("count_rows", "rows kept apart"),
            color=colours("reason", chosen).legend(orient="bottom", columns=1, symbolType="square"),
            order=alt.Order("rank:Q"),
            tooltip=["when", "import_id", "reason", alt.Tooltip("count_rows:Q", format=",", title="rows")],
        )
        .properties(height=alt.Step(34))
    )


def counts(frame: pd.DataFrame, by: str, count: str, colour: str = PEOPLE) -> alt.LayerChart:
    """Show how many there are of each kind, the most first."""
    order = frame[by].tolist()
    base = alt.Chart(frame).encode(y=names(by, order, width=190), x=amounts(count))
    bars = base.mark_bar(cornerRadius=3, color=colour).encode(tooltip=[by, alt.Tooltip(f"{count}:Q", format=",")])
    figures = base.mark_text(align="left", dx=6, fontSize=12, color=palette.ink()).encode(
        text=alt.Text(f"{count}:Q", format=",")
    )
    return (bars + figures).properties(height=alt.Step(32))


def parts(sums: pd.DataFrame, chosen: dict[str, str]) -> alt.Chart:
    """Show one import as one bar, whose parts add up to the rows it read."""
    return (
        alt.Chart(sums.assign(rank=range(len(sums)), all="rows"))
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y("all:N", axis=None),
            x=alt.X("rows:Q", title=None, axis=alt.Axis(labelExpr=SHORT, tickCount=5)),
            color=colours("outcome", chosen),
            order=alt.Order("rank:Q"),
            tooltip=["outcome", alt.Tooltip("rows:Q", format=",")],
        )
        .properties(height=alt.Step(40))
    )
