"""Show at a terminal what the web version holds."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from pressrun.terminal import out


def show_published(done: Mapping[str, Any]) -> None:
    """Say what was published, and what a reader of it will miss."""
    count = len(done["issues"])
    issues = "1 issue" if count == 1 else f"{count:,} issues"
    out.print(f"[green]✓[/] {issues} in {escape(done['folder'])}", soft_wrap=True)
    out.print(
        f"[dim]  {done['written']:,} files written, {done['unchanged']:,} unchanged, {done['removed']:,} taken away[/]"
    )
    if not done["site_url"]:
        out.print(
            "[yellow]![/] There are no feeds, and mails have no link to their page: set PRESSRUN_SITE_URL to where you "
            "serve this folder.",
            soft_wrap=True,
        )
    if done["without_page"]:
        told = escape(", ".join(done["without_page"]))
        out.print(f"[yellow]![/] Sent before there were web pages, so without one: {told}", soft_wrap=True)
