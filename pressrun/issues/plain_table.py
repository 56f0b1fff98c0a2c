"""Line up a table in plain text."""

import unicodedata
from collections.abc import Sequence


def written_table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Give the lines of a table; a wide one becomes a line for each cell, which a phone can show.

    Args:
        rows: Cells, the heading first.
        width: Most columns of text.
    """
    if not rows:
        return []
    columns = max(len(row) for row in rows)
    padded = [[*row, *[""] * (columns - len(row))] for row in rows]
    widths = [max(width_of(row[column]) for row in padded) for column in range(columns)]
    if sum(widths) + 2 * (columns - 1) > width:
        return _tall(padded)
    lines = ["  ".join(_filled(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in padded]
    return [lines[0], "  ".join("-" * size for size in widths), *lines[1:]]


def width_of(text: str) -> int:
    """Count the columns a text takes: two for a wide character, none for a mark above another."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def _filled(cell: str, width: int) -> str:
    return cell + " " * (width - width_of(cell))


def _tall(rows: Sequence[Sequence[str]]) -> list[str]:
    heads, lines = rows[0], list[str]()
    for row in rows[1:]:
        lines += [f"{head}: {cell}" if head else cell for head, cell in zip(heads, row, strict=True) if cell]
        lines.append("")
    return lines[:-1]
