"""Draw the charts of the validation page as SVG inside HTML; the words beside them say the same."""

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH = 1000.0
#: A part that is there at all gets at least this much of the bar, so that it can be seen.
_LEAST = 6.0


def bar_of_parts(parts: Mapping[str, int], colours: Mapping[str, str], *, share: float = 1.0) -> str:
    """Draw one bar whose parts add up to its whole, and below it what each part is.

    Args:
        parts: Name → count, in the order of drawing.
        colours: Name → name of a CSS class.
        share: How much of the room the whole takes, where several bars are drawn to one scale.
    """
    there = {name: count for name, count in parts.items() if count}
    total = sum(there.values())
    spare = max(_WIDTH * share - _LEAST * len(there), 0.0)
    drawn, left = [], 0.0
    for name, count in there.items():
        width = _LEAST + spare * count / total
        drawn.append(
            f'<rect class="{colours[name]}" x="{left:.1f}" width="{max(width - 2, 1):.1f}" height="40">'
            f"<title>{escape(name)}: {count:,}</title></rect>"
        )
        left += width
    spoken = ", ".join(f"{name} {count:,}" for name, count in parts.items())
    return (
        f'<svg class="parts" viewBox="0 0 {_WIDTH:.0f} 40" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(spoken)}">{"".join(drawn)}</svg>'
    )


def rows_of_bars(rows: Sequence[tuple[str, int]], colours: Mapping[str, str] | None = None) -> str:
    """Draw one bar for each count, all to one scale, as a table that can be read without them."""
    most = max((count for _, count in rows), default=1) or 1
    total = sum(count for _, count in rows)
    lines = [
        f'<tr><th scope="row">{escape(name)}</th><td class="number">{count:,}</td><td class="share">'
        f'{_share(count, total)}</td><td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" '
        f'aria-hidden="true"><rect class="{(colours or {}).get(name, "plain")}" rx="0" '
        f'width="{max(100 * count / most, 0.6) if count else 0:.1f}" height="10"/></svg></td></tr>'
        for name, count in rows
    ]
    return f'<table class="bars"><tbody>{"".join(lines)}</tbody></table>'


def _share(count: int, total: int) -> str:
    share = 100 * count / total if total else 0.0
    return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.1f} %" if share >= 0.1 else "< 0.1 %"


def columns(rows: Sequence[tuple[str, int]]) -> str:
    """Draw one column for each count, from left to right, as a list that can be read without them."""
    most = max((count for _, count in rows), default=1) or 1
    drawn = (
        f'<li><span class="count">{short(count)}</span><svg viewBox="0 0 10 100" preserveAspectRatio="none" '
        f'aria-hidden="true"><rect class="plain" y="{100 - _height(count, most):.1f}" width="10" '
        f'height="{_height(count, most):.1f}"/></svg><span class="name">{escape(name)}</span></li>'
        for name, count in rows
    )
    return f'<ol class="columns">{"".join(drawn)}</ol>'


def scale(found: float, *, warn_above: float | None, at_most: float | None, colour: str) -> str:
    """Draw where a figure lies between nothing and its bound, with a tick at each bound."""
    bounds = [bound for bound in (warn_above, at_most) if bound is not None]
    end = max(found, *bounds, 1e-9) * 1.12
    ticks = "".join(
        f'<rect class="tick" x="{min(99, 100 * bound / end):.1f}" y="0" width=".8" height="14"/>' for bound in bounds
    )
    return (
        '<svg class="scale" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="ground" y="4" width="100" height="6"/>'
        f'<rect class="{colour}" y="4" width="{max(100 * found / end, 0.8):.1f}" height="6"/>{ticks}</svg>'
    )


def short(count: int) -> str:
    """Write a count in little room: 950, 2.1k, 86k, 1.2M."""
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + name if count < 10 * unit else f"{count // unit}{name}"
    return str(count)


def _height(count: int, most: int) -> float:
    return max(100 * count / most, 1.5) if count else 0.0
