"""The page *Issues*: all issues with their funnel, and one of them in full."""

import pandas as pd
import streamlit as st

from dashboards import issue_charts as charts
from dashboards.privacy import as_text
from dashboards.reading import Reader, draw, reader

#: People in doubt listed by address; nobody reads more of them.
_LISTED = 100


def show() -> None:
    """Draw the page."""
    st.title("Issues")
    lake = reader()
    if lake is None:
        return
    issues = lake.ask("issues_overview").set_index("issue_id", drop=False)
    if issues.empty:
        _nothing_yet(lake)
        return
    _overview(issues)
    chosen = st.selectbox(
        "Look at one issue",
        issues.index.tolist(),
        format_func=lambda issue_id: f"{issue_id}: {issues.loc[issue_id, 'subject']}",
        key="issue",
    )
    st.header(as_text(str(issues.loc[chosen, "subject"])))
    _doubt(lake, chosen)
    _reach(lake, chosen)
    _over_time(lake, chosen)
    _links_and_domains(lake, chosen)


def _nothing_yet(lake: Reader) -> None:
    if lake.fresh.is_current or lake.fresh.built_at is None:
        st.info("Nothing was submitted yet. `pressrun send issues/welcome.md` does it.", icon="✍️")
    else:
        st.info("The figures of what was submitted are made by `pressrun ingest`.", icon="✍️")


def _overview(issues: pd.DataFrame) -> None:
    """List all issues, each with its funnel as bars."""
    bars = {
        "delivered": "count_delivered",
        "opened by people": "count_opened_human",
        "clicked by people": "count_clicked_human",
    }
    table = issues[["issue_id", "subject", "status", "count_submitted"]].assign(
        **{word: _share(issues, column) for word, column in bars.items()},
        left=issues["count_unsubscribed"] + issues["count_complained"],
    )
    share, number, words = (
        st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
        st.column_config.NumberColumn(format="localized", width="small"),
        st.column_config.TextColumn(width="medium"),
    )
    st.dataframe(
        table.rename(columns={"issue_id": "issue", "count_submitted": "submitted"}),
        hide_index=True,
        width="stretch",
        column_config={"subject": words, "submitted": number, "left": number, **dict.fromkeys(bars, share)},
    )


def _share(issues: pd.DataFrame, column: str) -> pd.Series:
    return (issues[column] / issues["count_submitted"].where(issues["count_submitted"] > 0)).fillna(0.0)


def _doubt(lake: Reader, issue_id: str) -> None:
    """Show which batches may or may not have been accepted, and who is in them."""
    attempts = lake.ask("in_doubt", issue_id)
    if attempts.empty:
        return
    people = lake.ask("in_doubt_people", issue_id)
    batches = "one batch" if len(attempts) == 1 else f"{len(attempts)} batches"
    st.warning(
        f"Not finished: {len(people):,} recipients in {batches} are in doubt, because SendGrid's answer was lost. The "
        "first event of a batch settles it. `pressrun settle` says what each waits for, by the issue's policy, and "
        "lets you decide.",
        icon="⏳",
    )
    with st.expander("What and who is in doubt"):
        st.dataframe(attempts, hide_index=True, width="stretch")
        # st.table has no button to download it: addresses do not leave the dashboard without a trace
        st.table(people.head(_LISTED).map(lambda cell: as_text(str(cell))), hide_index=True, border="horizontal")
        if len(people) > _LISTED:
            st.caption(f"and {len(people) - _LISTED:,} more: those of the lake's `recipients` with state `in_doubt`")


def _reach(lake: Reader, issue_id: str) -> None:
    """Show the funnel beside both sums, so that one can see them hold."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**How far it reached**")
        draw(lake.ask("issue_funnel", issue_id), charts.funnel, "No figures yet.")
    with right:
        st.markdown("**Every candidate accounted for**")
        ways = lake.ask("issue_accounts", issue_id)
        draw(ways, charts.accounts, "No figures yet.")
        _say_whether_sums_hold(ways)


def _say_whether_sums_hold(ways: pd.DataFrame) -> None:
    parts = ways.groupby("kind")["count_people"].sum()
    totals = ways[ways["kind"] == "total"].set_index("what")["count_people"]
    excluded, stated = int(parts.get("exclusion", 0)), int(parts.get("state", 0))
    candidates, recipients = int(totals["candidates"]), int(totals["recipients"])
    if candidates == recipients + excluded and recipients == stated:
        st.caption(f"✓ both sums hold: {candidates:,} candidates = {recipients:,} recipients + {excluded:,} left out")
    else:
        st.error("The sums do not hold; run `pressrun ingest`, then `pressrun status`.", icon="🚨")


def _over_time(lake: Reader, issue_id: str) -> None:
    hours = lake.ask("opens_and_clicks", issue_id)
    for column, event in zip(st.columns(2, gap="large"), ("open", "click"), strict=True):
        with column:
            st.markdown(f"**{event.capitalize()}s over time**")
            draw(
                hours[hours["event"] == event],
                lambda frame, event=event: charts.over_time(frame, event),
                f"No {event}s have arrived yet.",
            )


def _links_and_domains(lake: Reader, issue_id: str) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Links**")
        draw(lake.ask("links", issue_id), charts.links, "Nobody has clicked yet.")
    with right:
        st.markdown("**Domains of the recipients**")
        domains = lake.ask("domains", issue_id)
        heard_of = domains if domains["count_delivered"].any() else domains.head(0)
        draw(heard_of, charts.domains, "No delivery is known yet.")
