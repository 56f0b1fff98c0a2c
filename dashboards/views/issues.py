"""The page *Issues*: all issues with their funnel, and one of them in full."""

import pandas as pd
import streamlit as st

from dashboards import charts
from dashboards.reading import ask, chart_or_note, freshness, stores

_PEOPLE = ("count_submitted", "count_refused", "count_withdrawn", "count_in_doubt", "count_abandoned", "count_pending")


def show() -> None:
    """Draw the page."""
    st.title("Issues")
    settings = stores()
    if settings is None:
        return
    freshness(settings)
    home = str(settings.home)
    issues = ask("issues_overview", home)
    if issues.empty:
        st.info("Nothing was submitted yet. `pressrun send issues/welcome.md` does it.", icon="✍️")
        return
    _overview(issues)
    chosen = st.selectbox("Look at one issue", issues["issue_id"].tolist(), key="issue")
    _one(home, issues.set_index("issue_id", drop=False).loc[chosen])


def _overview(issues: pd.DataFrame) -> None:
    """List all issues, each with its funnel as bars."""
    shares = pd.DataFrame(
        {
            "issue": issues["issue_id"],
            "subject": issues["subject"],
            "status": issues["status"],
            "submitted": issues["count_submitted"],
            "delivered": _share(issues, "count_delivered"),
            "opened by people": _share(issues, "count_opened_human"),
            "clicked by people": _share(issues, "count_clicked_human"),
            "left": issues["count_unsubscribed"] + issues["count_complained"],
        }
    )
    bars = {
        name: st.column_config.ProgressColumn(name, format="percent", min_value=0, max_value=1)
        for name in ("delivered", "opened by people", "clicked by people")
    }
    words = {
        "subject": st.column_config.TextColumn("subject", width="medium"),
        "status": st.column_config.TextColumn("status", width="small"),
    }
    numbers = {name: st.column_config.NumberColumn(name, format="localized") for name in ("submitted", "left")}
    st.dataframe(shares, hide_index=True, width="stretch", column_config={**words, **bars, **numbers})


def _share(issues: pd.DataFrame, column: str) -> pd.Series:
    return (issues[column] / issues["count_submitted"].where(issues["count_submitted"] > 0)).fillna(0.0)


def _one(home: str, issue: pd.Series) -> None:
    st.subheader(str(issue.subject))
    _doubt(home, issue)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("**How far it reached**")
        st.altair_chart(charts.funnel(issue), width="stretch")
    with right:
        st.markdown("**Every recipient accounted for**")
        _accounts(home, issue)
    _over_time(home, str(issue.issue_id))
    _links_and_domains(home, str(issue.issue_id))


def _accounts(home: str, issue: pd.Series) -> None:
    """Show both sums, so that one can see them hold."""
    rows = [("candidates", int(issue.count_candidates))]
    left_out = ask("exclusions", home, str(issue.issue_id))
    rows += [(f"− {one.reason}", int(one.count_candidates)) for one in left_out.itertuples()]
    rows.append(("= recipients", int(issue.count_recipients)))
    rows += [(f"· {name.removeprefix('count_').replace('_', ' ')}", int(issue[name])) for name in _PEOPLE]
    frame = pd.DataFrame(rows, columns=["what", "people"])
    st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        height=35 * (len(frame) + 1) + 3,
        column_config={"people": st.column_config.NumberColumn("people", format="localized")},
    )
    recipients_agree = int(issue.count_recipients) == sum(int(issue[name]) for name in _PEOPLE)
    candidates_agree = int(issue.count_candidates) == int(issue.count_recipients) + int(issue.count_excluded)
    if recipients_agree and candidates_agree:
        st.caption("✓ both sums hold")
    else:
        st.error("The sums do not hold; run `pressrun ingest`, then `pressrun status`.", icon="🚨")


def _doubt(home: str, issue: pd.Series) -> None:
    """Show which batches may or may not have been accepted."""
    attempts = ask("in_doubt", home, str(issue.issue_id))
    if attempts.empty:
        return
    people = int(attempts["count_recipients"].sum())
    st.warning(
        f"Not finished: {people:,} recipients in {len(attempts)} batches are in doubt. They are held; the first event "
        "of a batch settles it at the next ingest.",
        icon="⏳",
    )
    st.dataframe(attempts, hide_index=True, width="stretch")


def _over_time(home: str, issue_id: str) -> None:
    hours = ask("opens_and_clicks", home, issue_id)
    for column, event in zip(st.columns(2, gap="large"), ("open", "click"), strict=True):
        with column:
            st.markdown(f"**{event.capitalize()}s over time**")
            nothing = hours[hours["event"] == event].empty
            chart_or_note(charts.over_time(hours, event), f"No {event}s have arrived yet.", empty=nothing)


def _links_and_domains(home: str, issue_id: str) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Links**")
        links = ask("links", home, issue_id)
        chart_or_note(charts.links(links) if len(links) else None, "Nobody has clicked yet.", empty=links.empty)
    with right:
        st.markdown("**Domains of the recipients**")
        domains = ask("domains", home, issue_id)
        chart_or_note(charts.domains(domains) if len(domains) else None, "No recipients.", empty=domains.empty)
