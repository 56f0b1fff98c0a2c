"""Draw the page of the subscribers' hygiene: one HTML file that needs nothing else and tells no whole address."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import PurePath
from string import Template
from typing import Any

from pressrun.audiences.charts import rows_of_bars


def page(found: Mapping[str, Any], now: datetime) -> str:
    """Give the page as HTML.

    Args:
        found: The public shape of a report of hygiene.
        now: When it was made.
    """
    template = Template(files(__package__).joinpath("hygiene.html").read_text(encoding="utf-8"))
    rules = found["rules"]
    in_all = sum(rule["count"] for rule in rules)
    bars = rows_of_bars([(_words(rule["rule"]), rule["count"]) for rule in rules])
    return template.substitute(
        moment=f"{now:%d %B %Y, %H:%M} UTC",
        active=f"{found['active']:,}",
        days=f"{found['days']:,}",
        verdict="Nobody stands out." if not in_all else f"{in_all:,} times a rule found somebody.",
        bars=bars,
        people=escape(PurePath(found["people"]).name),
        rules="".join(_rule(rule) for rule in rules if rule["count"]) or "<p>There is nothing to show.</p>",
    )


def _rule(rule: Mapping[str, Any]) -> str:
    examples = "".join(
        f"<li><code>{escape(one['address'])}</code> <span>{escape(_hidden(one['detail']))}</span></li>"
        for one in rule["examples"]
    )
    return (
        f'<article><header><h3>{escape(_words(rule["rule"]))}</h3><span class="count">{rule["count"]:,}</span></header>'
        f"<p>{escape(rule['meaning'])}</p><ul>{examples}</ul>"
        f"<p><code>pressrun hygiene --apply {escape(rule['rule'])}</code></p></article>"
    )


def _words(rule: str) -> str:
    return rule.replace("_", " ").capitalize()


def _hidden(detail: str) -> str:
    """Keep the mailbox out of a hint; its domain is what the hint is about."""
    before, at, domain = detail.rpartition("@")
    return f"perhaps meant: …@{domain}" if at and before else detail
