"""Write the validation page: one HTML file that needs nothing else and tells no whole address."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from pressrun.audiences.charts import bar_of_parts, rows_of_bars
from pressrun.audiences.contract import Clause, version
from pressrun.audiences.findings import Example, FileFinding, Findings, Reason
from pressrun.audiences.rules import REASONS

_PARTS = ("inserted", "updated", "unchanged", "duplicate", "not taken", "quarantined")
_COLOURS = {
    "inserted": "good",
    "updated": "changed",
    "unchanged": "same",
    "duplicate": "folded",
    "not taken": "same",
    "quarantined": "bad",
}
_STATUS_COLOURS = {
    "active": "good",
    "unconfirmed": "changed",
    "inactive": "same",
    "unsubscribed": "folded",
    "bounced": "bad",
    "complained": "bad",
    "blocked": "bad",
}
_MEANINGS = {
    "inserted": "people we did not know",
    "updated": "people we knew, with something new",
    "unchanged": "people we knew just like this",
    "duplicate": "rows folded into another row of the same person",
    "not taken": "good rows of a table that was refused",
    "quarantined": "rows kept apart, each with its reason",
}
_OUTCOMES = {
    "imported": "imported",
    "dry run": "tried out, nothing was changed",
    "refused": "refused, nothing was changed",
}


def write_report(path: Path, findings: Findings) -> None:
    """Write the page whole or not at all, readable by the owner only."""
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(page(findings), encoding="utf-8")
    draft.rename(path)


def page(findings: Findings) -> str:
    """Give the page as HTML."""
    template = Template(files(__package__).joinpath("report.html").read_text(encoding="utf-8"))
    parts = {name: findings.sums[name] for name in _PARTS if name in findings.sums}
    return template.substitute(
        import_id=escape(findings.import_id),
        outcome=findings.outcome.replace(" ", "-"),
        badge=_OUTCOMES[findings.outcome],
        headline=_headline(findings.files),
        moment=f"{findings.imported_at:%d %B %Y, %H:%M} UTC",
        seconds=f"{findings.seconds:.1f}",
        read=f"{findings.sums['read']:,}",
        bar=bar_of_parts(parts, _COLOURS),
        legend="".join(_part(name, count) for name, count in parts.items()),
        equation=_equation(findings.sums["read"], parts),
        notices=_notices(findings),
        files="".join(_file(file) for file in findings.files),
        statuses=rows_of_bars(list(findings.statuses.items()), _STATUS_COLOURS),
        domains=rows_of_bars(findings.domains) if findings.domains else "<p>No domain has two people.</p>",
        reasons=_reasons(findings),
        version=version(),
        clauses="".join(_clause(clause) for clause in findings.clauses),
    )


def _headline(files: Sequence[FileFinding]) -> str:
    first, *others = [escape(file.name) for file in files]
    return first if not others else f"{first} <small>and {len(others)} more of one import</small>"


def _part(name: str, count: int) -> str:
    return (
        f'<li><span class="swatch {_COLOURS[name]}"></span><b>{count:,}</b> {name}<small>{_MEANINGS[name]}</small></li>'
    )


def _equation(read: int, parts: dict[str, int]) -> str:
    """Write the sum out, and say whether it holds."""
    total = sum(parts.values())
    sign, mark = ("=", "✓ adds up") if total == read else ("≠", "✗ does not add up")
    return f"{read:,} read {sign} {' + '.join(f'{count:,}' for count in parts.values())} <b>{mark}</b>"


def _notices(findings: Findings) -> str:
    """Say what the sums do not: consent, and who stays suppressed."""
    notices = [
        f"<b>{findings.people:,}</b> people; for <b>{findings.consented:,}</b> of them the table says when they "
        "consented. A missing date stays missing; it is never taken to be today.",
        f"<b>{findings.still_suppressed:,}</b> rows say active for an address that is suppressed. They stay "
        "suppressed: an import never brings anybody back.",
    ]
    if findings.new_suppressions:
        notices.append(
            f"<b>{findings.new_suppressions:,}</b> addresses are suppressed from now on, because the table says "
            "that they left, bounced or complained."
        )
    return "".join(f"<li>{notice}</li>" for notice in notices)


def _file(file: FileFinding) -> str:
    told = [f"Left out as no data: {kind} ({count:,})." for kind, count in file.skipped.items()]
    told += [escape(note) for note in file.notes]
    if file.left_out:
        told.append(f"Nothing was taken from: {escape(', '.join(file.left_out))}.")
    more = f"<ul>{''.join(f'<li>{line}</li>' for line in told)}</ul>" if told else ""
    return (
        f'<article><h3>{escape(file.name)}</h3><p class="what"><b>{file.rows:,}</b> rows · '
        f"{escape(file.title)} · {escape(file.reading)}</p><p>Taken for <b>{escape(file.title)}</b>, because "
        f"{escape(file.why)}.</p>{more}</article>"
    )


def _reasons(findings: Findings) -> str:
    if not findings.reasons:
        return "<p>No row had to be kept apart.</p>"
    bars = rows_of_bars([(r.code, r.count) for r in findings.reasons], dict.fromkeys(REASONS, "bad"))
    return (
        f'<p>Every one of these rows is in <a href="{escape(findings.quarantine)}">the quarantine</a>, as it came. '
        "Mend them in your table and import it again: what was taken already stays as it is.</p>"
        f'<div class="overview">{bars}</div>{"".join(_reason(reason) for reason in findings.reasons)}'
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


def _clause(clause: Clause) -> str:
    mark = '<td class="kept">✓ kept</td>' if clause.kept else '<td class="broken">✗ broken</td>'
    broken = "" if clause.broken_by is None else f"{clause.broken_by:,}"
    mostly = "the table" if clause.mostly is None else f"{clause.mostly:.0%} of rows"
    return (
        f'<tr>{mark}<th scope="row">{escape(clause.title)}<small>{escape(clause.expectation)}</small></th>'
        f'<td class="number">{broken}</td><td>{mostly}</td></tr>'
    )
