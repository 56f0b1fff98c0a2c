"""Write the contract into the validation page: each thing it says, its bounds, and what was found."""

from html import escape

from pressrun.audiences.charts import scale
from pressrun.audiences.contract import Clause

_KEPT = '<span class="kept">✓ kept</span>'
_LOOK = '<span class="look">! look</span>'
_BROKEN = '<span class="broken">✗ broken</span>'
_UNTOLD = '<span class="untold">– not told</span>'


def about_table(clauses: tuple[Clause, ...]) -> str:
    """Write the clauses that bound a figure of the whole table."""
    bounded = [clause for clause in clauses if clause.figure]
    return f'<ul class="figures">{"".join(map(_figure, bounded))}</ul>' if bounded else ""


def about_rows(clauses: tuple[Clause, ...]) -> str:
    """Write the clauses that each row must keep, as the rows of a table."""
    return "".join(_row(clause) for clause in clauses if not clause.figure)


def verdict(clauses: tuple[Clause, ...]) -> str:
    """Say in one sentence whether the contract is kept."""
    broken = sum(not clause.kept for clause in clauses)
    looks = sum(clause.kept and clause.warns for clause in clauses)
    if broken:
        return f'<b class="broken">✗ {broken} of {len(clauses)} are broken.</b>'
    if looks:
        return f'<b class="look">! All {len(clauses)} are kept; {looks} should be looked at.</b>'
    return f'<b class="kept">✓ All {len(clauses)} are kept.</b>'


def _mark(clause: Clause) -> str:
    if not clause.kept:
        return _BROKEN
    if clause.found is None:
        return _UNTOLD
    return _LOOK if clause.warns else _KEPT


def _figure(clause: Clause) -> str:
    if clause.found is None:
        told, drawn = "There is nothing to compare it with yet.", ""
    else:
        colour = "bad" if not clause.kept else "folded" if clause.warns else "good"
        drawn = scale(clause.found, warn_above=clause.warn_above, at_most=clause.at_most, colour=colour)
        told = f"<b>{amount(clause.found, clause.unit)}</b> found{_bounds(clause)}"
    return (
        f"<li><header><h3>{escape(clause.title)}</h3>{_mark(clause)}</header>{drawn}"
        f'<p class="told">{told}</p><p class="why">{escape(clause.why)}</p></li>'
    )


def _bounds(clause: Clause) -> str:
    bounds = []
    if clause.warn_above is not None:
        bounds.append(f"worth a look above {amount(clause.warn_above, clause.unit)}")
    if clause.at_most is not None:
        bounds.append(f"refused above {amount(clause.at_most, clause.unit)}")
    return f" · {' · '.join(bounds)}" if bounds else ""


def _row(clause: Clause) -> str:
    broken = "" if clause.broken_by is None else f"{clause.broken_by:,}"
    mostly = "the table" if clause.mostly is None else f"{clause.mostly:.0%} of rows"
    mark = _KEPT if clause.kept else _BROKEN
    return (
        f'<tr><td>{mark}</td><th scope="row">{escape(clause.title)}<small>{escape(clause.expectation)}</small></th>'
        f'<td class="number">{broken}</td><td>{mostly}</td></tr>'
    )


def amount(value: float, unit: str) -> str:
    """Write a figure in its unit: 3.2 %, 1.0 times, 0 rows."""
    if unit == "share":
        return f"{100 * value:.1f}".removesuffix(".0") + " %"
    if unit == "times":
        return f"{value:.1f} times"
    return f"{value:,.0f} {escape(unit)}"
