"""Write a cell so that no spreadsheet computes it, and read it back exactly as it was."""

import re

#: What begins so would be computed by a spreadsheet (OWASP, "CSV Injection"), full-width forms included. Cells that
#: begin so after a ' of their own get one more, or nobody could tell theirs from ours.
_COMPUTES = re.compile("'*[=+\\-@\t\r＝＋－＠]")
_OURS = re.compile("'+[=+\\-@\t\r＝＋－＠]")


def harmless(cell: str) -> str:
    """Write a cell so that no spreadsheet computes it; a number such as -5 stays one."""
    return f"'{cell}" if _COMPUTES.match(cell) and not _is_number(cell) else cell


def restored(cell: str) -> str:
    """Give a cell that was written by `harmless` as it was before."""
    return cell[1:] if _OURS.match(cell) else cell


def _is_number(cell: str) -> bool:
    return cell[:1] in ("+", "-") and cell[1:].replace(".", "", 1).isdecimal() and cell.isascii()
