"""Write the parts of the validation page that are about rows: what came, what was kept apart, flagged or replaced."""

from html import escape

from pressrun.audiences.charts import rows_of_bars
from pressrun.audiences.findings import Example, FileFinding, Findings, Flagged, Reason
from pressrun.audiences.history import Replaced
from pressrun.audiences.rules import REASONS

_COLUMNS = {
    "status": "the status",
    "name": "the name",
    "tags": "the tags",
    "attributes": "attributes",
    "consented_at": "the time of consent",
}


def file(found: FileFinding) -> str:
    """Say what one file was taken for."""
    told = [f"Left out as no data: {kind} ({count:,})." for kind, count in found.skipped.items()]
    told += [escape(note) for note in found.notes]
    if found.left_out:
        told.append(f"Nothing was taken from: {escape(', '.join(found.left_out))}.")
    more = f"<ul>{''.join(f'<li>{line}</li>' for line in told)}</ul>" if told else ""
    return (
        f'<article><h3>{escape(found.name)}</h3><p class="what"><b>{found.rows:,}</b> rows · '
        f"{escape(found.title)} · {escape(found.reading)}</p><p>Taken for <b>{escape(found.title)}</b>, because "
        f"{escape(found.why)}.</p>{more}</article>"
    )


def kept_apart(findings: Findings) -> str:
    """Say what was kept apart, why, with examples, and how to bring it in."""
    if not findings.reasons:
        return '<p class="fine">✓ No row had to be kept apart.</p>'
    bars = rows_of_bars([(r.code, r.count) for r in findings.reasons], dict.fromkeys(REASONS, "bad"))
    return (
        f"<p>{_next_step(findings)}</p>"
        f'<div class="overview">{bars}</div>{"".join(_reason(reason) for reason in findings.reasons)}'
    )


def _next_step(findings: Findings) -> str:
    link = f'<a href="{escape(findings.quarantine)}">the quarantine file</a>'
    if findings.outcome != "imported":
        return f"Every one of these rows is in {link}, as it came. Mend them in your table before you import it."
    return (
        f"Every one of these rows is in {link}, as it came. Mend them there and import that file, or mend your own "
        "table and import it again: what was taken already stays as it is, and mended rows leave the quarantine. "
        "<code>pressrun quarantine</code> shows what still waits."
    )


def _reason(reason: Reason) -> str:
    examples = "".join(_example(example) for example in reason.examples)
    return (
        f'<article class="reason"><header><h3>{escape(reason.meaning)}</h3>'
        f'<span class="count">{reason.count:,}</span></header><code>{escape(reason.code)}</code>'
        f"<ul>{examples}</ul></article>"
    )


def _example(example: Example) -> str:
    hint = f' <span class="hint">{escape(example.hint)}</span>' if example.hint else ""
    where = f"{escape(example.file)}, line {example.line:,}"
    return f"<li><span>{where}</span> <code>{escape(example.address)}</code>{hint}</li>"


def flagged(flags: tuple[Flagged, ...]) -> str:
    """Say who was taken though something about the address should be looked at."""
    if not flags:
        return ""
    return (
        '<section aria-labelledby="flags"><h2 id="flags">Taken, but worth a look</h2><p>These people are in your '
        "table. Nothing is changed by itself: an address is only ever mended by its owner or by you.</p>"
        f"{''.join(_flag(flag) for flag in flags)}</section>"
    )


def _flag(flag: Flagged) -> str:
    told = "".join(f"<li><code>{escape(name)}</code> {count:,}</li>" for name, count in flag.examples)
    return (
        f'<article class="reason flag"><header><h3>{escape(flag.meaning)}</h3>'
        f'<span class="count">{flag.count:,}</span></header><code>{escape(flag.code)}</code>'
        f'<ul class="chips">{told}</ul></article>'
    )


def replaced(found: Replaced, import_id: str, outcome: str) -> str:
    """Say what was replaced in rows that were there, and how all of it is taken back."""
    if outcome != "imported":
        return ""
    bars = rows_of_bars([(_COLUMNS.get(name, name), count) for name, count in found.columns.items()])
    changes = "".join(
        f'<li><b>{count:,}</b> <span class="status">{escape(before)}</span> → '
        f'<span class="status">{escape(after)}</span></li>'
        for before, after, count in found.statuses
    )
    told = (
        f'<p>For people who were there already, this import replaced:</p><div class="overview">{bars}</div>'
        if found.columns
        else "<p>Nothing that was known about anybody was replaced.</p>"
    )
    return (
        '<section aria-labelledby="replaced"><h2 id="replaced">What it replaced, and how to take it back</h2>'
        f"{told}{f'<ul class=changes>{changes}</ul>' if changes else ''}<p>What was there before is kept. This takes "
        f"the whole import back:</p><pre><code>pressrun import --undo {escape(import_id)}</code></pre></section>"
    )
