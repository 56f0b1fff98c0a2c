"""Colours and parts that all charts share: people in one colour and machines in another, on every page."""

import altair as alt
import pandas as pd
import streamlit as st

PEOPLE, MACHINES, QUIET, PALE = "#2f8573", "#c9a227", "#b3aa9c", "#d6cfc3"
ACCENT, BAD, SLATE, MINT = "#c0532f", "#a5274d", "#6d665c", "#7fb5a8"

#: Short numbers: 950, 2k, 8.6k.
SHORT = "format(datum.value, abs(datum.value) >= 1000 ? '~s' : ',')"
#: Whose opens and clicks.
WHO = {"people": PEOPLE, "machines": MACHINES}
_WORDS = {
    "count_human": "people",
    "count_machine": "machines",
    "count_clicked_human": "people",
    "count_clicked_machine": "machines",
}


def ink() -> str:
    """Give the colour of figures written into a chart, which Streamlit's theme leaves alone."""
    return "#d9d0c2" if st.context.theme.type == "dark" else "#4a443b"


def amounts(field: str, title: str | None = None) -> alt.X:
    """Give an axis of numbers from left to right."""
    return alt.X(f"{field}:Q", title=title, axis=alt.Axis(labelExpr=SHORT, tickCount=5))


def names(field: str, order: list[str], width: int = 200) -> alt.Y:
    """Give an axis of names from top to bottom, in the order told."""
    return alt.Y(f"{field}:N", sort=order, title=None, axis=alt.Axis(labelLimit=width, labelFontSize=13, ticks=False))


def colours(field: str, chosen: dict[str, str], *, legend: bool = True) -> alt.Color:
    """Give one colour to each word, and name them above the chart, in rows that fit a narrow column."""
    scale = alt.Scale(domain=list(chosen), range=list(chosen.values()))
    above = alt.Legend(orient="top", direction="horizontal", columns=3, offset=4, symbolType="square")
    return alt.Color(f"{field}:N", scale=scale, title=None, legend=above if legend else None)


def apart(frame: pd.DataFrame, keep: list[str]) -> pd.DataFrame:
    """Turn the counts of people and of machines into a row each: `who` and `count`."""
    wide = frame.rename(columns=_WORDS)
    return wide.melt(id_vars=keep, value_vars=["people", "machines"], var_name="who", value_name="count")
