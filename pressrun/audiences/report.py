"""Write the validation page: one HTML file that needs nothing else and tells no whole address."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from pressrun.audiences import report_contract as contract
from pressrun.audiences import report_rows as rows
from pressrun.audiences.charts import bar_of_parts, columns, rows_of_bars
from pressrun.audiences.contract import version
from pressrun.audiences.findings import FileFinding, Findings
from pressrun.audiences.quarantine import begun_at

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

#: Earlier imports drawn beside this one.
_EARLIER = 6
#: No import takes as long.
_ABANDONED = timedelta(days=1)


def write_report(path: Path, findings: Findings) -> None:
    """Write the page whole or not at all, readable by the owner only."""
    draft_report(path, findings)
    finish_report(path)


def draft_report(path: Path, findings: Findings) -> None:
    """Write the page of an import that is about to be stored, beside its place."""
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(page(findings), encoding="utf-8")


def finish_report(path: Path) -> None:
    """Put the page in its place, once its import is stored; another import may have done so since."""
    with suppress(FileNotFoundError):
        path.with_suffix(".draft").rename(path)


def finish_reports(folder: Path, stored: Collection[str], now: datetime) -> None:
    """Put the pages of stored imports in place that were killed before they could, and remove those of no import.

    Args:
        folder: Where pages are.
        stored: The ids of all imports in the lake.
        now: The present, aware; a page that was begun less than a day ago may be of an import that still runs.
    """
    for draft in folder.glob("*.draft"):
        if draft.stem in stored:
            finish_report(draft.with_suffix(".html"))
        elif (begun := begun_at(draft.name)) is not None and now - begun > _ABANDONED:
            draft.unlink(missing_ok=True)


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
        banner=_banner(findings),
        read=f"{findings.sums['read']:,}",
        bar=bar_of_parts(parts, _COLOURS),
        legend="".join(_part(name, count) for name, count in parts.items()),
        equation=_equation(findings.sums["read"], parts),
        notices=_notices(findings),
        files="".join(rows.file(file) for file in findings.files),
        statuses=rows_of_bars(list(findings.statuses.items()), _STATUS_COLOURS),
        domains=rows_of_bars(findings.domains) if findings.domains else "<p>No domain has two people.</p>",
        consent=_consent(findings),
        growth=_growth(findings, parts),
        flags=rows.flagged(findings.flags),
        reasons=rows.kept_apart(findings),
        replaced=rows.replaced(findings.replaced, findings.import_id, findings.outcome),
        version=version(),
        verdict=contract.verdict(findings.clauses),
        about_table=contract.about_table(findings.clauses),
        about_rows=contract.about_rows(findings.clauses),
    )


def _headline(files: Sequence[FileFinding]) -> str:
    first, *others = [escape(file.name) for file in files]
    return first if not others else f"{first} <small>and {len(others)} more of one import</small>"


def _banner(findings: Findings) -> str:
    """Say what a person must know before anything else."""
    broken = "; ".join(escape(clause.title) for clause in findings.clauses if not clause.kept)
    if findings.outcome == "refused":
        return (
            f'<p class="banner bad"><b>Not taken, because the table breaks its contract:</b> {broken}. Nothing was '
            "changed. Mend the table and import it again, or take it as it is with "
            "<code>--accept-anyway</code> and your reason.</p>"
        )
    if findings.accepted_because is not None:
        return (
            f'<p class="banner noted"><b>Taken although it breaks its contract:</b> {broken}. '
            f"The reason given: “{escape(findings.accepted_because)}”</p>"
        )
    return ""


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


def _consent(findings: Findings) -> str:
    """Draw when people consented, and say of how many nothing is known."""
    if not findings.consent:
        return "<p>The table dates nobody's consent.</p>"
    missing = findings.people - findings.consented
    told = f"Of {missing:,} people the time is not known." if missing else "It is known of everybody."
    return f'{columns(findings.consent)}<p class="what">{told}</p>'


def _growth(findings: Findings, parts: dict[str, int]) -> str:
    """Draw this import above the earlier ones, all to one scale."""
    lines = [("this import", findings.files[0].name, parts)]
    lines += [(f"{one.imported_at:%d %b %Y}", one.file, dict(one.sums)) for one in findings.earlier[:_EARLIER]]
    most = max(sum(sums.values()) for _, _, sums in lines) or 1
    if len(lines) == 1:
        return "<p>This is the first import: there is nothing to compare it with yet.</p>"
    drawn = (
        f'<tr><th scope="row">{escape(when)}<small>{escape(file)}</small></th>'
        f'<td class="bar">{bar_of_parts(sums, _COLOURS, share=sum(sums.values()) / most)}</td>'
        f'<td class="number">{sum(sums.values()):,}<small>{_kept_apart(sums)}</small></td></tr>'
        for when, file, sums in lines
    )
    return f'<table class="growth"><tbody>{"".join(drawn)}</tbody></table>'


def _kept_apart(sums: dict[str, int]) -> str:
    return f"{100 * sums.get('quarantined', 0) / max(sum(sums.values()), 1):.1f} % apart"
