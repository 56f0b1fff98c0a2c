"""Write a page that shows an issue beside what preflight found; it fetches nothing and runs nothing."""

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from string import Template

from pressrun.delivery.preflight import Checked
from pressrun.issues import fill, neutral_values
from pressrun.issues.findings import Finding
from pressrun.issues.rule_book import fix_of

_PAGE = Path(__file__).with_name("check_page.html")
_SEVERITIES = (("error", "Errors", "keep it from being sent"), ("warning", "Warnings", "deserve a look"))


def page_of(checked: Checked, now: datetime) -> str:
    """Give the page of one check.

    Args:
        checked: The issue with its findings.
        now: When it was checked.
    """
    rendered = checked.rendered
    values = neutral_values(rendered.slots, nonce=rendered.nonce) | {rendered.unsubscribe_tag: "#"}
    subject, html, text = fill(rendered, values)
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        issue_id=escape(rendered.issue_id),
        lang=escape(rendered.lang),
        dir=escape(rendered.dir),
        subject=escape(subject or "no subject"),
        preheader=escape(rendered.preheader),
        sender=escape(f"{rendered.from_name} <{rendered.from_email}>".strip()),
        verdict="ready" if checked.ok else "stopped",
        said="Ready to send" if checked.ok else "Not ready",
        facts="".join(f"<li>{one}</li>" for one in _facts(checked, html, now)),
        findings="".join(_section(checked.rendered.findings, *severity) for severity in _SEVERITIES) or _NOTHING,
        silenced=_silenced(checked),
        skipped=_skipped(checked),
        html=escape(html, quote=True),
        text=escape(text),
    )


_NOTHING = '<section><h2>Nothing found</h2><p class="quiet">All rules are kept.</p></section>'


def _facts(checked: Checked, html: str, now: datetime) -> list[str]:
    facts = [f"{len(html.encode('utf-8')) / 1000:,.0f} kB", f"links and images: {len(checked.rendered.targets)}"]
    if checked.recipients is not None:
        facts.insert(0, f"{checked.recipients:,} recipients")
    if checked.spam is not None:
        facts.append(f"spam score {checked.spam:g}")
    return [*facts, f"checked {now:%Y-%m-%d %H:%M} UTC", f"content {checked.rendered.content_hash[:12]}"]


def _section(findings: Sequence[Finding], severity: str, title: str, meaning: str) -> str:
    found = [one for one in findings if one.severity == severity]
    if not found:
        return ""
    items = "".join(_finding(one) for one in found)
    return (
        f'<section><h2>{title} <small>{len(found)}, {meaning}</small></h2><ol class="{severity}">{items}</ol></section>'
    )


def _finding(finding: Finding) -> str:
    fix = fix_of(finding.rule)
    return (
        f'<li><p class="head"><code>{escape(finding.rule)}</code> <span>{escape(finding.where)}</span></p>'
        f"<p>{escape(finding.message)}</p>{f'<p class=fix>{_with_code(fix)}</p>' if fix else ''}</li>"
    )


def _with_code(text: str) -> str:
    """Show what stands between backticks as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _silenced(checked: Checked) -> str:
    if not checked.rendered.silenced:
        return ""
    items = "".join(
        f'<li><p class="head"><code>{escape(one.finding.rule)}</code> <span>{escape(one.finding.where)}</span></p>'
        f"<p>{escape(one.finding.message)}</p><p class=fix>Silenced: {escape(one.reason)}</p></li>"
        for one in checked.rendered.silenced
    )
    return f'<section><h2>Silenced</h2><ol class="silenced">{items}</ol></section>'


def _skipped(checked: Checked) -> str:
    if not checked.skipped:
        return ""
    items = "".join(f"<li>{escape(why)}</li>" for why in checked.skipped.values())
    return f'<section><h2>Not looked at</h2><ul class="quiet">{items}</ul></section>'
