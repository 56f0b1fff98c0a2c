"""Draw the two charts of the validation page as SVG inside HTML: a bar of parts, and rows of bars."""

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH = 1000.0
#: A part that is there at all gets at least this much of the bar, so that it can be seen.
_LEAST = 6.0


def bar_of_parts(parts: Mapping[str, int], colours: Mapping[str, str]) -> str:
    """Draw one bar whose parts add up to its whole, and below it what each part is.

    Args:
        parts: Name → count, in the order of drawing.
        colours: Name → name of a CSS class.
    """
    there = {name: count for name, count in parts.items() if count}
    total = sum(there.values())
    spare = _WIDTH - _LEAST * len(there)
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
    most = max((count for _, count in rows), default=1)
    total = sum(count for _, count in rows)
    lines = [
        f'<tr><th scope="row">{escape(name)}</th><td class="number">{count:,}</td><td class="share">'
        f'{_share(count, total)}</td><td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" '
        f'aria-hidden="true"><rect class="{(colours or {}).get(name, "plain")}" rx="0" '
        f'width="{max(100 * count / most, 0.6):.1f}" height="10"/></svg></td></tr>'
        for name, count in rows
    ]
    return f'<table class="bars"><tbody>{"".join(lines)}</tbody></table>'


def _share(count: int, total: int) -> str:
    share = 100 * count / total if total else 0.0
    return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.1f} %" if share >= 0.1 else "< 0.1 %"
