"""Charts: people in one colour and machines in another, on every page the same."""

import altair as alt
import pandas as pd

PEOPLE, MACHINES, QUIET = "#2f7f6f", "#c9a227", "#b9b1a4"
ACCENT, BAD = "#b5452a", "#8a1c3b"
_WHO = alt.Scale(domain=["people", "machines"], range=[PEOPLE, MACHINES])


def funnel(issue: pd.Series) -> alt.Chart:
    """Show how many of the recipients each step reached."""
    steps = [
        ("recipients", issue.count_recipients, "all"),
        ("submitted", issue.count_submitted, "all"),
        ("delivered", issue.count_delivered, "all"),
        ("opened", issue.count_opened_human, "people"),
        ("opened", issue.count_opened_machine, "machines only"),
        ("clicked", issue.count_clicked_human, "people"),
        ("clicked", issue.count_clicked_machine, "machines only"),
    ]
    frame = pd.DataFrame(steps, columns=["step", "recipients", "who"])
    order = ["recipients", "submitted", "delivered", "opened", "clicked"]
    scale = alt.Scale(domain=["all", "people", "machines only"], range=[QUIET, PEOPLE, MACHINES])
    return (
        alt.Chart(frame)
        .mark_bar(cornerRadius=3)
        .encode(
            y=alt.Y("step:N", sort=order, title=None, axis=alt.Axis(labelFontSize=13)),
            x=alt.X("recipients:Q", title=None, axis=alt.Axis(format="~s", tickCount=5)),
            color=alt.Color("who:N", scale=scale, title=None, legend=alt.Legend(orient="bottom")),
            order=alt.Order("who:N", sort="descending"),
            tooltip=["step", "who", alt.Tooltip("recipients:Q", format=",")],
        )
        .properties(height=330)
    )


def over_time(hours: pd.DataFrame, event: str) -> alt.Chart:
    """Show one kind of event by the hour, people and machines apart."""
    chosen = hours[hours["event"] == event].rename(columns={"count_human": "people", "count_machine": "machines"})
    return (
        alt.Chart(chosen)
        .transform_fold(["people", "machines"], as_=["who", "events"])
        .mark_bar()
        .encode(
            x=alt.X("yearmonthdatehours(hour_at):T", title=None, axis=alt.Axis(format="%d %b %H:%M", tickCount=4)),
            y=alt.Y("events:Q", title=f"{event}s an hour"),
            color=alt.Color("who:N", scale=_WHO, title=None, legend=alt.Legend(orient="bottom")),
            tooltip=[alt.Tooltip("hour_at:T", format="%d %b %H:%M"), "who:N", alt.Tooltip("events:Q", format=",")],
        )
        .properties(height=230)
    )


def links(frame: pd.DataFrame) -> alt.Chart:
    """Show who clicked which link."""
    shown = frame.head(15).rename(columns={"count_clicked_human": "people", "count_clicked_machine": "machines"})
    shown = shown.assign(link=shown["url"].str.replace(r"^https?://", "", regex=True).str.slice(0, 60))
    return (
        alt.Chart(shown)
        .transform_fold(["people", "machines"], as_=["who", "recipients"])
        .mark_bar(cornerRadius=3)
        .encode(
            y=alt.Y("link:N", sort=shown["link"].tolist(), title=None, axis=alt.Axis(labelLimit=260)),
            x=alt.X("recipients:Q", title="recipients who clicked"),
            color=alt.Color("who:N", scale=_WHO, title=None, legend=alt.Legend(orient="bottom")),
            tooltip=["url", "who:N", alt.Tooltip("recipients:Q", format=",")],
        )
        .properties(height=alt.Step(28))
    )


def domains(frame: pd.DataFrame) -> alt.Chart:
    """Show which share of each domain's recipients was reached, opened and clicked."""
    top = frame.head(12)
    rates = pd.DataFrame(
        {
            "domain": top["domain"],
            "delivered": top["count_delivered"] / top["count_recipients"],
            "opened by people": top["count_opened_human"] / top["count_recipients"],
            "clicked by people": top["count_clicked_human"] / top["count_recipients"],
            "recipients": top["count_recipients"],
        }
    ).melt(id_vars=["domain", "recipients"], var_name="what", value_name="share")
    scale = alt.Scale(domain=["delivered", "opened by people", "clicked by people"], range=[QUIET, PEOPLE, ACCENT])
    return (
        alt.Chart(rates)
        .mark_point(filled=True, size=90, opacity=0.95)
        .encode(
            y=alt.Y("domain:N", sort=top["domain"].tolist(), title=None, axis=alt.Axis(labelLimit=200, grid=True)),
            x=alt.X("share:Q", title="share of the domain's recipients", axis=alt.Axis(format="%")),
            color=alt.Color("what:N", scale=scale, title=None, legend=alt.Legend(orient="bottom")),
            tooltip=["domain", "what", alt.Tooltip("share:Q", format=".1%"), alt.Tooltip("recipients:Q", format=",")],
        )
        .properties(height=alt.Step(26))
    )


def size(days: pd.DataFrame) -> alt.Chart:
    """Show how many subscribers were active at the end of each day."""
    return (
        alt.Chart(days)
        .mark_area(line={"color": PEOPLE}, point={"color": PEOPLE, "size": 12}, color=PEOPLE, opacity=0.25)
        .encode(
            x=alt.X("day:T", title=None),
            y=alt.Y("count_active:Q", title="active subscribers", axis=alt.Axis(format="~s")),
            tooltip=[
                alt.Tooltip("day:T"),
                alt.Tooltip("count_active:Q", format=",", title="active"),
                alt.Tooltip("count_subscribed:Q", format=",", title="came"),
            ],
        )
        .properties(height=300)
    )


def comings_and_goings(days: pd.DataFrame) -> alt.Chart:
    """Show by month who came and who left for which reason."""
    left = {"unsubscribed": QUIET, "bounced": MACHINES, "complained": BAD, "blocked": "#5f5a52"}
    frame = days.assign(month=pd.to_datetime(days["day"]).dt.to_period("M").dt.to_timestamp())
    frame = frame.rename(columns={"count_subscribed": "came"} | {f"count_{name}": name for name in left})
    monthly = frame.groupby("month")[["came", *left]].sum().reset_index()
    for name in left:
        monthly[name] = -monthly[name]
    long = monthly.melt(id_vars="month", var_name="what", value_name="subscribers")
    scale = alt.Scale(domain=["came", *left], range=[PEOPLE, *left.values()])
    return (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("yearmonth(month):T", title=None),
            y=alt.Y("subscribers:Q", title="came and left"),
            color=alt.Color("what:N", scale=scale, title=None, legend=alt.Legend(orient="bottom", columns=3)),
            tooltip=[
                alt.Tooltip("yearmonth(month):T", title="month"),
                "what",
                alt.Tooltip("subscribers:Q", format=","),
            ],
        )
        .properties(height=300)
    )


def counts(frame: pd.DataFrame, by: str, colours: dict[str, str] | None = None) -> alt.Chart:
    """Show how many subscribers there are of each kind."""
    order = frame[by].tolist()
    colour = (
        alt.value(PEOPLE)
        if colours is None
        else alt.Color(
            f"{by}:N", scale=alt.Scale(domain=order, range=[colours.get(one, QUIET) for one in order]), legend=None
        )
    )
    bars = alt.Chart(frame).encode(
        y=alt.Y(f"{by}:N", sort=order, title=None, axis=alt.Axis(labelLimit=200, labelFontSize=13)),
        x=alt.X("count_subscribers:Q", title="subscribers", axis=alt.Axis(format="~s")),
        tooltip=[by, alt.Tooltip("count_subscribers:Q", format=",", title="subscribers")],
    )
    return bars.mark_bar(cornerRadius=3).encode(color=colour).properties(height=alt.Step(32))


def sources(frame: pd.DataFrame, colours: dict[str, str]) -> alt.Chart:
    """Show where subscribers came from, and what became of them."""
    present = [status for status in colours if status in set(frame["status"])]
    scale = alt.Scale(domain=present, range=[colours[status] for status in present])
    return (
        alt.Chart(frame)
        .mark_bar(cornerRadius=2)
        .encode(
            y=alt.Y("source:N", sort="-x", title=None, axis=alt.Axis(labelLimit=200, labelFontSize=13)),
            x=alt.X("sum(count_subscribers):Q", title="subscribers", axis=alt.Axis(format="~s")),
            color=alt.Color("status:N", scale=scale, title=None, legend=alt.Legend(orient="bottom")),
            tooltip=["source", "status", alt.Tooltip("sum(count_subscribers):Q", format=",", title="subscribers")],
        )
        .properties(height=alt.Step(34))
    )
