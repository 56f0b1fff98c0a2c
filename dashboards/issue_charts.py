"""The charts of one issue."""

import altair as alt
import pandas as pd

from dashboards import palette
from dashboards.palette import ACCENT, BAD, MACHINES, PEOPLE, QUIET, SHORT, SLATE, amounts, colours, names

_STATES = {
    "submitted": PEOPLE,
    "pending": QUIET,
    "in doubt": MACHINES,
    "withdrawn": SLATE,
    "refused": BAD,
    "abandoned": BAD,
}
_DOMAIN_PARTS = {
    "delivered": "count_delivered",
    "opened by people": "count_opened_human",
    "clicked by people": "count_clicked_human",
}
#: Bars by the day are easier to read than 24 a day once opens come in for longer than this.
_HOURS_SHOWN = 96


def funnel(steps: pd.DataFrame) -> alt.LayerChart:
    """Show how many of the recipients each step reached, and the share of what was submitted."""
    order = list(dict.fromkeys(steps["step"]))
    totals = steps.groupby("step", sort=False, as_index=False)["count_people"].sum()
    submitted = max(int(totals.loc[totals["step"] == "submitted", "count_people"].sum()), 1)
    totals["words"] = [f"{n:,} · {n / submitted:.1%}" for n in totals["count_people"]]
    totals["words"] = totals["words"].where(totals["step"] != "recipients", totals["count_people"].map("{:,}".format))
    bars = (
        alt.Chart(steps)
        .mark_bar(cornerRadius=3)
        .encode(
            y=names("step", order),
            x=amounts("count_people"),
            color=colours("who", {"everyone": QUIET, "people": PEOPLE, "machines only": MACHINES}),
            order=alt.Order("who:N", sort="descending"),
            tooltip=["step", "who", alt.Tooltip("count_people:Q", format=",", title="recipients")],
        )
    )
    return (bars + _figures(totals, "step", order, "count_people")).properties(height=alt.Step(44))


def accounts(ways: pd.DataFrame) -> alt.LayerChart:
    """Show where each candidate went: exclusions cut from the right, then the states of the recipients."""
    frame = _laid_end_to_end(ways)
    order = frame["what"].tolist()
    bars = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=2)
        .encode(
            y=names("what", order),
            x=amounts("begin"),
            x2="end:Q",
            color=colours("colour", {"total": QUIET, "exclusion": ACCENT, **_STATES}, legend=False),
            tooltip=["what", alt.Tooltip("count_people:Q", format=",", title="people")],
        )
    )
    return (bars + _figures(frame, "what", order, "end")).properties(height=alt.Step(30))


def over_time(hours: pd.DataFrame, event: str) -> alt.Chart:
    """Show one kind of event by the hour, or by the day if it goes on for long; people and machines apart."""
    unit, each, date = "yearmonthdatehours", "an hour", "%d %b %H:%M"
    if hours["hour_at"].max() - hours["hour_at"].min() > pd.Timedelta(hours=_HOURS_SHOWN):
        unit, each, date = "yearmonthdate", "a day", "%d %b"
    return (
        alt.Chart(palette.apart(hours, ["hour_at"]))
        .mark_bar()
        .encode(
            x=alt.X(f"{unit}(hour_at):T", title=None, axis=alt.Axis(format=date, tickCount=4)),
            y=alt.Y("sum(count):Q", title=f"{event}s {each}", axis=alt.Axis(labelExpr=SHORT, tickCount=4)),
            color=colours("who", palette.WHO),
            tooltip=[
                alt.Tooltip(f"{unit}(hour_at):T", format=date, title="from"),
                "who:N",
                alt.Tooltip("sum(count):Q", format=",", title=f"{event}s"),
            ],
        )
        .properties(height=240)
    )


def links(clicked: pd.DataFrame) -> alt.Chart:
    """Show who clicked which link, the 15 most clicked by people."""
    shown = clicked.head(15)
    shown = shown.assign(link=_shortened(shown["url"]))
    return (
        alt.Chart(palette.apart(shown, ["link", "url"]))
        .mark_bar(cornerRadius=2)
        .encode(
            y=names("link", shown["link"].tolist(), width=220),
            x=amounts("count", "recipients who clicked"),
            color=colours("who", palette.WHO),
            order=alt.Order("who:N", sort="descending"),
            tooltip=["url", "who:N", alt.Tooltip("count:Q", format=",", title="recipients")],
        )
        .properties(height=alt.Step(28))
    )


def domains(stats: pd.DataFrame) -> alt.Chart:
    """Show which share of each domain's recipients was reached, opened and clicked: the 12 largest."""
    top = stats.head(12)
    shares = {word: top[column] / top["count_recipients"] for word, column in _DOMAIN_PARTS.items()}
    frame = top[["domain", "count_recipients"]].assign(**shares)
    frame = frame.melt(["domain", "count_recipients"], list(shares), var_name="what", value_name="share")
    return (
        alt.Chart(frame)
        .mark_point(filled=True, size=100, opacity=1)
        .encode(
            y=names("domain", top["domain"].tolist()),
            x=alt.X("share:Q", title="share of the domain's recipients", axis=alt.Axis(format="%", tickCount=5)),
            color=colours("what", dict(zip(shares, (QUIET, PEOPLE, ACCENT), strict=True))),
            tooltip=[
                "domain",
                "what",
                alt.Tooltip("share:Q", format=".1%"),
                alt.Tooltip("count_recipients:Q", format=",", title="recipients"),
            ],
        )
        .properties(height=alt.Step(28))
    )


def _figures(frame: pd.DataFrame, by: str, order: list[str], place: str) -> alt.Chart:
    """Write the figures at the ends of bars."""
    told = frame if "words" in frame else frame.assign(words=[f"{n:,}" for n in frame["count_people"]])
    return (
        alt.Chart(told)
        .mark_text(align="left", dx=6, fontSize=12, color=palette.ink())
        .encode(y=names(by, order), x=amounts(place), text="words:N")
    )


def _laid_end_to_end(ways: pd.DataFrame) -> pd.DataFrame:
    """Lay parts below their total without a gap: exclusions from its right end, states from its left."""
    count, kind = ways["count_people"], ways["kind"]
    excluded, stated = count.where(kind == "exclusion", 0), count.where(kind == "state", 0)
    end = count.where(kind == "total", count.iloc[0] - excluded.cumsum() + excluded)
    end = end.where(kind != "state", stated.cumsum())
    begin = (end - count).where(kind != "total", 0)
    return ways.assign(begin=begin, end=end, colour=kind.where(kind != "state", ways["what"]))


def _shortened(urls: pd.Series) -> pd.Series:
    """Shorten addresses for a label; those that would look the same are numbered."""
    short = urls.str.replace(r"^https?://", "", regex=True).str.slice(0, 48)
    copy = short.groupby(short).cumcount()
    return short.where(copy == 0, short + " (" + (copy + 1).astype(str) + ")")
