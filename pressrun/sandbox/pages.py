"""The sandbox's own pages: what was accepted, and each mail. Nothing on them comes from anywhere else."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from pressrun.sandbox.log import Accepted
from pressrun.sandbox.mails import Mail

PER_PAGE = 100

_STYLE = """
:root { color-scheme: light dark; --ink: #1f1c18; --soft: #6b6259; --line: #e2dacd; --paper: #fbf8f3; --card: #fff;
  --accent: #9c2b12; }
@media (prefers-color-scheme: dark) { :root { --ink: #ece5da; --soft: #a99e90; --line: #3a342d; --paper: #161412;
  --card: #1f1c19; --accent: #ff9d7f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, 'Segoe UI', sans-serif; }
main { max-width: 960px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 32px 0 8px; }
p.lead, .soft { color: var(--soft); } a { color: var(--accent); }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 12px 18px; min-width: 130px; }
.tile b { display: block; font-size: 24px; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; }
th, td { text-align: left; padding: 9px 14px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-size: 13px; color: var(--soft); font-weight: 600; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
tr:last-child td { border-bottom: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 16px 0; overflow-wrap: anywhere; }
dt { color: var(--soft); } dd { margin: 0; }
iframe { width: 100%; height: 900px; border: 1px solid var(--line); border-radius: 10px; background: #fff; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: 13px; }
form { margin: 16px 0; } input { font: inherit; padding: 8px 12px; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card); color: inherit; width: min(320px, 60%); }
button { font: inherit; padding: 8px 16px; border: 0; border-radius: 8px;
  background: var(--accent); color: var(--paper); }
"""


def overview(summary: dict[str, Any], lines: Sequence[Accepted], *, page: int, more: bool) -> str:
    """Show what was accepted, newest first."""
    tiles = [
        ("requests", summary["requests"]),
        ("accepted", summary["accepted"]),
        ("mails", summary["recipients"]),
        ("unique recipients", sum(summary["unique_recipients"].values())),
    ]
    rows = [
        f'<tr><td><a href="/sandbox/requests/{line.n}">{line.n}</a></td><td>{escape(line.issue) or "—"}</td>'
        f'<td class="n">{escape(line.batch)}</td><td class="n">{len(line.recipients):,}</td>'
        f'<td class="soft">{escape(line.accepted_at[:19].replace("T", " "))}</td></tr>'
        for line in lines
    ]
    table = (
        "<table><thead><tr><th>request</th><th>issue</th><th>batch</th><th>recipients</th><th>accepted (UTC)</th>"
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        if rows
        else '<p class="lead">Nothing was accepted yet. Send an issue with SENDGRID_API_HOST set to this address.</p>'
    )
    return _page(
        "Sandbox",
        "<h1>Sandbox</h1><p class='lead'>SendGrid's stand-in: what it accepted, and what readers would see. Nothing "
        f"leaves this machine.</p>{_tiles(tiles)}{_search()}<h2>Accepted requests</h2>{table}"
        f"{_pager('/sandbox/', page, more=more)}",
    )


def request_page(line: Accepted, *, page: int, kept: bool) -> str:
    """Show the recipients of one request."""
    shown = list(enumerate(line.recipients))[(page - 1) * PER_PAGE : page * PER_PAGE]
    rows = [
        f"<tr><td class='n'>{at}</td><td>{_mail_link(line.n, at, one['email'], kept=kept)}</td>"
        f"<td class='soft'>{escape(one['recipient'])}</td></tr>"
        for at, one in shown
    ]
    more = page * PER_PAGE < len(line.recipients)
    return _page(
        f"Request {line.n}",
        f"<p><a href='/sandbox/'>← all requests</a></p><h1>Request {line.n}</h1>"
        f"<dl><dt>issue</dt><dd>{escape(line.issue)}</dd><dt>batch</dt><dd>{escape(line.batch)}</dd>"
        f"<dt>attempt</dt><dd>{escape(line.attempt)}</dd><dt>X-Message-Id</dt><dd>{escape(line.x_message_id)}</dd></dl>"
        f"<table><thead><tr><th>#</th><th>recipient</th><th>pr_recipient</th></tr></thead><tbody>{''.join(rows)}"
        f"</tbody></table>{_pager(f'/sandbox/requests/{line.n}', page, more=more)}",
    )


def mail_page(number: int, index: int, mail: Mail, personalization: dict[str, Any]) -> str:
    """Show one mail: headers, HTML in a frame that may do nothing, text, and what made it personal."""
    headers = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in mail.headers.items())
    return _page(
        mail.subject,
        f"<p><a href='/sandbox/requests/{number}'>← request {number}</a></p><h1>{escape(mail.subject)}</h1>"
        f"<dl><dt>from</dt><dd>{escape(mail.sender)}</dd><dt>to</dt><dd>{escape(mail.to)}</dd>{headers}</dl>"
        f"<h2>HTML</h2><iframe sandbox title='The mail' src='/sandbox/mails/{number}/{index}.html'></iframe>"
        f"<h2>Text</h2><pre>{escape(mail.text)}</pre>"
        f"<h2>Personalization</h2><pre>{escape(json.dumps(personalization, indent=2, ensure_ascii=False))}</pre>",
    )


def found_page(address: str, found: Sequence[tuple[int, int, str]]) -> str:
    """Show where an address was mailed."""
    rows = "".join(
        f"<tr><td>{escape(issue)}</td>"
        f"<td><a href='/sandbox/mails/{number}/{at}'>request {number}, mail {at}</a></td></tr>"
        for number, at, issue in found
    )
    said = f"<table><tbody>{rows}</tbody></table>" if rows else "<p class='lead'>Nothing was accepted for it.</p>"
    return _page(
        "Search",
        f"<p><a href='/sandbox/'>← all requests</a></p><h1>{escape(address)}</h1>{_search(address)}{said}",
    )


def not_found(what: str) -> str:
    """Say that something is not there."""
    return _page(
        "Not there",
        f"<p><a href='/sandbox/'>← all requests</a></p><h1>Not there</h1><p class='lead'>{escape(what)}</p>",
    )


def _page(title: str, body: str) -> str:
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<link rel='icon' href='data:,'><title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


def _tiles(tiles: Sequence[tuple[str, int]]) -> str:
    inside = "".join(f"<div class='tile'><b>{count:,}</b>{escape(name)}</div>" for name, count in tiles)
    return f"<div class='tiles'>{inside}</div>"


def _search(address: str = "") -> str:
    return (
        "<form action='/sandbox/search'><label>Find an address: "
        f"<input name='email' type='search' value='{escape(address)}'></label> <button>Find</button></form>"
    )


def _pager(path: str, page: int, *, more: bool) -> str:
    back = f"<a href='{path}?page={page - 1}'>← newer</a> " if page > 1 else ""
    on = f"<a href='{path}?page={page + 1}'>more →</a>" if more else ""
    return f"<p>{back}{on}</p>"


def _mail_link(number: int, index: int, address: str, *, kept: bool) -> str:
    if not kept:
        return escape(address)
    return f"<a href='/sandbox/mails/{number}/{index}'>{escape(address)}</a>"
