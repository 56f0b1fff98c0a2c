"""F46: messy tables load right, or are refused naming the line; no cell is wrong in silence and nothing crashes."""

import csv
import io
import random
import re
from pathlib import Path

import pytest

from pressrun.audiences.tables import RawTable, read_table
from pressrun.errors import InputError
from tests.faults.matrix import row
from tests.proofs.figures import Figures

ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
DELIMITERS = (",", ";", "\t")
LINE_ENDS = ("\n", "\r\n", "\r")
HEADER = ["email", "name", "city", "note"]
WORDS = (
    "Ana",
    "Zoë",
    "O'Neil",
    "Šimek",
    "Anna Maria",
    "Müller, Dr.",
    'say "hi"',
    "a;b",
    "two\nlines",
    "x\ty",
    "",
    "0012",
)
Rows = list[list[str]]


@row("F46", sample=150, full=6000)
def test_a_clean_table_in_any_dress_is_read_to_the_letter(tmp_path: Path, figures: Figures, runs: int) -> None:
    """Encodings, delimiters, line ends and quoting in all mixtures: every cell is what was written."""
    for seed in range(runs):
        chance = random.Random(seed)
        rows, content = _table(chance)
        assert rows == _read(tmp_path, content).frame.to_numpy().tolist(), f"seed {seed}"
    figures("F46 clean tables in any dress", tables=runs, wrong_cells=0)


@row("F46", sample=150, full=6000)
def test_a_damaged_table_is_read_where_it_is_whole_or_refused(tmp_path: Path, figures: Figures, runs: int) -> None:
    """One thing is broken: rows that are whole are right, the broken one is marked, or the file is refused by line."""
    said: list[str] = []
    for seed in range(runs):
        chance = random.Random(seed)
        rows, content = _table(chance, lines=False)
        damage = (_too_short, _too_long, _open_quote, _cut_off, _bad_byte)[seed % 5]
        at = len(rows) - 1 if damage is _cut_off else chance.randrange(len(rows))
        try:
            table = _read(tmp_path, damage(chance, rows, content, at))
        except InputError as error:
            said.append(str(error))
            continue
        _assert_marked_or_right(table, rows, at, f"seed {seed}, {damage.__name__}")
    assert [] == [words for words in said if not re.search(r"line \d+", words)]
    figures("F46 damaged tables", tables=runs, refused_by_line=len(said), wrong_cells=0, crashes=0)


@row("F46", sample=1, full=3)
def test_a_bomb_is_refused_at_its_limit(tmp_path: Path, figures: Figures, runs: int) -> None:
    """A line, a cell or a header without end is named and not loaded."""
    bombs = (
        b"email,name\na@messy.example," + b"x" * 3_000_000,
        b",".join(b"c%d" % n for n in range(50_000)) + b"\n",
        b'email,name\na@messy.example,"' + b"x\n" * 200_000 + b'"\n',
    )
    for bomb in bombs[:runs] if runs > 1 else bombs:
        with pytest.raises(InputError, match=r"line \d+|columns"):
            _read(tmp_path, bomb)
    figures("F46 bombs", refused=len(bombs), loaded=0)


def _table(chance: random.Random, *, lines: bool = True) -> tuple[Rows, bytes]:
    """Make the rows of a table, and its bytes in some dress."""
    encoding = chance.choice(ENCODINGS)
    words = [word for word in WORDS if (lines or "\n" not in word) and (encoding != "cp1252" or "Š" not in word)]
    count = chance.randint(2, 30)
    rows = [[f"r{at}@messy.example", *chance.choices(words, k=2), f"n{at}"] for at in range(count)]
    return rows, _dressed(chance, [HEADER, *rows], encoding)


def _dressed(chance: random.Random, rows: Rows, encoding: str) -> bytes:
    out, ends = io.StringIO(newline=""), chance.choice(LINE_ENDS)
    # Python's writer leaves a line feed bare where lines end with a carriage return
    quoting = csv.QUOTE_ALL if ends == "\r" else chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    writer = csv.writer(out, delimiter=chance.choice(DELIMITERS), lineterminator=ends, quoting=quoting)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def _read(folder: Path, content: bytes) -> RawTable:
    path = folder / "table.csv"
    path.write_bytes(content)
    return read_table(path)


def _assert_marked_or_right(table: RawTable, rows: Rows, at: int, where: str) -> None:
    """Every row but the broken one is right; the broken one is right, missing at the end, or marked."""
    found = table.frame.to_numpy().tolist()
    assert found[:at] == rows[:at], where
    marked = len(found) > at and (table.cells[at] != len(HEADER) or at in table.extra)
    if len(found) > at and found[at] != rows[at]:
        assert marked, f"{where}: {found[at]} for {rows[at]}"
    if len(found) == len(rows):
        assert found[at + 1 :] == rows[at + 1 :], where


def _again(chance: random.Random, rows: Rows) -> bytes:
    return _dressed(chance, [HEADER, *rows], "utf-8")


def _too_short(chance: random.Random, rows: Rows, content: bytes, at: int) -> bytes:
    return _again(chance, [*rows[:at], rows[at][: chance.randint(1, 3)], *rows[at + 1 :]])


def _too_long(chance: random.Random, rows: Rows, content: bytes, at: int) -> bytes:
    return _again(chance, [*rows[:at], [*rows[at], "one", "two"], *rows[at + 1 :]])


def _open_quote(chance: random.Random, rows: Rows, content: bytes, at: int) -> bytes:
    """Open a quote in one row that nothing closes on its line."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([HEADER, *rows])
    lines = out.getvalue().splitlines(keepends=True)
    lines[at + 1] = f'{rows[at][0]},"open,x,n{at}\n'
    return "".join(lines).encode()


def _cut_off(chance: random.Random, rows: Rows, content: bytes, at: int) -> bytes:
    """Cut the file in its last row, so that at least one cell is gone; half a last cell looks like a whole one."""
    whole = _again(chance, rows)
    return whole[: whole.rindex(f"n{at}".encode()) - chance.randint(2, 12)]


def _bad_byte(chance: random.Random, rows: Rows, content: bytes, at: int) -> bytes:
    """Put a byte into one row that is no text in any encoding we read."""
    return _again(chance, rows).replace(f"n{at}".encode(), b"\x81\xff\x8d" + f"n{at}".encode(), 1)
