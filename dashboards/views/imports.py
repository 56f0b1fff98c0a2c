"""The page *Imports*: how clean tables were, what became of their rows, and what waits in quarantine."""

import json
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboards import audience_charts, palette
from dashboards import import_charts as charts
from dashboards.privacy import as_text
from dashboards.reading import Reader, draw, reader

_PARTS = ("inserted", "updated", "unchanged", "duplicate", "quarantined")
_COLOURS = (palette.PEOPLE, palette.MINT, palette.QUIET, palette.SLATE, palette.MACHINES)
_STATUS = {
    "active": palette.PEOPLE,
    "unconfirmed": palette.MINT,
    "inactive": palette.PALE,
    "unsubscribed": palette.QUIET,
    "bounced": palette.MACHINES,
    "complained": palette.BAD,
    "blocked": palette.SLATE,
}
#: Rows of the quarantine listed; nobody reads more of them here.
_LISTED = 25
_ANY = "any"


def show() -> None:
    """Draw the page."""
    st.title("Imports")
    lake = reader()
    if lake is None:
        return
    imports = lake.ask("imports")
    if imports.empty:
        st.info("Nothing was imported yet. `pressrun import FILE` brings subscribers in.", icon="🌱")
        return
    imports = imports.assign(names=[_names(files) for files in imports["files"]])
    _over_time(lake, imports)
    _one(lake, imports.set_index("import_id", drop=False))
    _quarantine(lake)


def _names(files: str) -> str:
    """Give the names of an import's files."""
    return ", ".join(str(file["file"]) for file in json.loads(files))


def _over_time(lake: Reader, imports: pd.DataFrame) -> None:
    """Show how imports went, the undone ones left out of the trend."""
    left, right = st.columns(2, gap="large")
    counting = imports[imports["outcome"] != "undone"]
    with left:
        st.markdown("**How clean the tables were**")
        draw(counting, charts.quality, "Every import was undone.")
    with right:
        st.markdown("**What became of imported rows**")
        draw(imports, audience_charts.imports, "Nothing was imported yet.")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Why rows were kept apart, by import**")
        draw(lake.ask("import_reasons"), charts.reasons, "No row was ever kept apart.")
    with right:
        st.markdown("**What waits in quarantine now**")
        waiting = lake.ask("quarantine_waiting").groupby("reason", as_index=False)["count_rows"].sum()
        waiting = waiting.sort_values("count_rows", ascending=False)
        draw(
            waiting,
            lambda frame: charts.counts(frame, "reason", "count_rows", palette.MACHINES),
            "✓ The quarantine is empty.",
        )


def _one(lake: Reader, imports: pd.DataFrame) -> None:
    """Show one import in full."""
    chosen = st.selectbox(
        "Look at one import",
        imports.index.tolist(),
        format_func=lambda import_id: (
            f"{imports.loc[import_id, 'imported_at']:%d %b %Y %H:%M} · {imports.loc[import_id, 'names']}"
        ),
        key="import",
    )
    one = imports.loc[chosen]
    st.subheader(as_text(str(one["names"])))
    _say_what_happened(one)
    sums = pd.DataFrame({"outcome": _PARTS, "rows": [int(one[f"count_{part}"]) for part in _PARTS]})
    draw(
        sums[sums["rows"] > 0], lambda frame: charts.parts(frame, dict(zip(_PARTS, _COLOURS, strict=True))), "No rows."
    )
    _say_whether_the_sum_holds(int(one["count_read"]), sums)
    _kinds(lake, str(chosen))
    home = Path(lake.home)
    st.caption("Its page, with examples of all of this, and its quarantine file, with whole addresses:")
    st.code(f"{home / 'reports' / f'{chosen}.html'}\n{home / 'quarantine' / f'{chosen}.csv'}", language=None)


def _say_what_happened(one: pd.Series) -> None:
    if one["outcome"] == "undone":
        st.warning(f"This import was undone on {one['undone_at']:%d %b %Y %H:%M} UTC.", icon="↩️")
    if isinstance(one["accepted_because"], str):
        st.warning(
            f"It breaks the contract of tables, and was taken anyway: {as_text(one['accepted_because'])}", icon="⚠️"
        )


def _say_whether_the_sum_holds(read: int, sums: pd.DataFrame) -> None:
    told = " + ".join(f"{row.rows:,} {row.outcome}" for row in sums.itertuples())
    if read == int(sums["rows"].sum()):
        st.caption(f"✓ the sum holds: {read:,} rows read = {told}")
    else:
        st.error(f"The sum does not hold: {read:,} rows read, and {told}.", icon="🚨")


def _kinds(lake: Reader, import_id: str) -> None:
    """Show statuses, reasons and flags of one import side by side."""
    reasons = lake.ask("import_reasons")
    left, middle, right = st.columns(3, gap="large")
    with left:
        st.markdown("**People by status**")
        draw(
            lake.ask("import_statuses", import_id),
            lambda frame: audience_charts.counts(frame, "status", _STATUS),
            "Not kept for imports of earlier versions.",
        )
    with middle:
        st.markdown("**Rows kept apart**")
        draw(
            reasons[reasons["import_id"] == import_id],
            lambda frame: charts.counts(frame, "reason", "count_rows", palette.MACHINES),
            "None.",
        )
    with right:
        st.markdown("**Taken, but worth a look**")
        draw(
            lake.ask("import_flags", import_id),
            lambda frame: charts.counts(frame, "flag", "count_subscribers", palette.ACCENT),
            "Nobody.",
        )


def _quarantine(lake: Reader) -> None:
    """Let one look through what waits, addresses masked."""
    st.subheader("Quarantine")
    waiting = lake.ask("quarantine_waiting")
    if waiting.empty:
        st.caption("✓ No row waits.")
        return
    reason, import_id, file = _filters(waiting)
    chosen = waiting
    for column, value in (("reason", reason), ("import_id", import_id), ("file", file)):
        chosen = chosen[chosen[column] == value] if value else chosen
    rows = lake.ask("quarantine_rows", reason, import_id, file).head(_LISTED)
    count = int(chosen["count_rows"].sum())
    st.caption(f"{count:,} rows wait" + (f"; the newest {len(rows):,} of them:" if count > len(rows) else ":"))
    if rows.empty:
        return
    shown = rows.rename(columns={"line": "row", "detail": "what is wrong"})
    columns = ["file", "row", "reason", "address", "what is wrong", "import_id"]
    # st.table has no button to download it, and shows words letter by letter once they are escaped
    st.table(shown[columns].map(lambda cell: as_text(str(cell))), hide_index=True, border="horizontal")
    st.caption(
        "`pressrun quarantine --out mend.csv` writes them with whole addresses; mend them there and run "
        "`pressrun import mend.csv`. What nobody will mend is forgotten by `pressrun quarantine --drop`."
    )


def _filters(waiting: pd.DataFrame) -> tuple[str, str, str]:
    chosen = []
    for column, what in zip(st.columns(3), ("reason", "import_id", "file"), strict=True):
        with column:
            options = [_ANY, *sorted(waiting[what].unique(), reverse=what == "import_id")]
            label = what.removesuffix("_id").capitalize()
            chosen.append(st.selectbox(label, options, key=f"quarantine_{what}"))
    reason, import_id, file = ("" if value == _ANY else str(value) for value in chosen)
    return reason, import_id, file
