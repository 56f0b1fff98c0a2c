"""Show at a terminal what preflight found."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from pressrun.terminal import out

_COLOURS = {"error": "bold red", "warning": "yellow"}
_NAMES = {"links": "links", "domain": "domain", "spam": "spam score", "recipients": "recipients"}


def show_check(check: Mapping[str, Any]) -> None:
    """Show the findings of one issue, how to mend them, what was silenced, and what nobody looked at."""
    verdict = "[green]✓ ready to send[/]" if check["ok"] else "[bold red]✗ not ready[/]"
    out.print(f"[bold]{escape(check['issue_id'])}[/]  {verdict}  [dim]{check['content_hash'][:12]}[/]")
    facts = []
    if check["recipients"] is not None:
        facts.append(f"{check['recipients']:,} recipients")
    if check["spam"] is not None:
        facts.append(f"spam score {check['spam']:g}")
    if facts:
        out.print(f"[dim]{', '.join(facts)}[/]")
    if check["findings"]:
        _show_findings(check["findings"])
    for one in check["silenced"]:
        said = f"silenced  {one['rule']} at {one['where']}: {one['silenced']}"
        out.print(f"[dim]{escape(said)}[/]", soft_wrap=True)
    for what, why in check["skipped"].items():
        out.print(f"[dim]not looked at  {_NAMES.get(what, what)}: {escape(why)}[/]", soft_wrap=True)
    if "page" in check:
        out.print(f"  page  {check['page']}", soft_wrap=True)


def _show_findings(findings: Sequence[Mapping[str, str]]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("severity", "rule", "where", "what, and how to mend it"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("severity", "rule"))
    for finding in findings:
        colour = _COLOURS[finding["severity"]]
        fix = f"\n[dim]{escape(finding['fix'])}[/]" if finding["fix"] else ""
        table.add_row(
            f"[{colour}]{finding['severity']}[/]",
            escape(finding["rule"]),
            escape(finding["where"]),
            f"{escape(finding['message'])}{fix}",
        )
    out.print(table)
