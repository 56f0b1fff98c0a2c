"""Files are read as they come, or refused with the line that is at fault."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pressrun.audiences.tables import read_table
from pressrun.errors import InputError

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/import_files.yml").read_text("utf-8"))
READ = [case for case in CASES if "refused" not in case]
REFUSED = [case for case in CASES if "refused" in case]


def write(folder: Path, case: dict[str, Any]) -> Path:
    """Write a case's bytes."""
    path = folder / "table.csv"
    path.write_bytes(case["text"].encode(case.get("encoding", "utf-8")))
    return path


@pytest.mark.parametrize("case", READ, ids=lambda case: case["name"])
def test_each_documented_quirk_is_read(tmp_path: Path, case: dict[str, Any]) -> None:
    """The cases are the documentation."""
    table = read_table(write(tmp_path, case))

    assert case["columns"] == list(table.frame.columns)
    assert case["rows"] == table.frame.to_numpy().tolist()
    assert case.get("skipped", {}) == table.skipped
    assert case.get("extra", {}) == table.extra
    assert case.get("lines", table.lines.tolist()) == table.lines.tolist()
    assert case.get("reading", table.reading) == table.reading


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_each_documented_refusal_names_what_is_at_fault(tmp_path: Path, case: dict[str, Any]) -> None:
    """Nothing is guessed at where guessing would garble people's names or glue rows together."""
    with pytest.raises(InputError, match=case["refused"]):
        read_table(write(tmp_path, case))


@pytest.mark.parametrize("swap", [False, True])
def test_a_mixture_of_encodings_is_refused_naming_both_lines(tmp_path: Path, swap: bool) -> None:
    """Reading it either way would garble half of the names."""
    halves = ["a@example.org,Zoë\n".encode(), "b@example.org,Zoë\n".encode("cp1252")]
    path = tmp_path / "glued.csv"
    path.write_bytes(b"email,name\n" + b"".join(reversed(halves) if swap else halves))

    with pytest.raises(InputError, match=f"line {3 if swap else 2} is UTF-8, line {2 if swap else 3} is"):
        read_table(path)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b",".join(b"c%d" % n for n in range(100_000)) + b"\n", "100,000 columns"),
        (b"email,name\na@example.org," + b"x" * 2_000_000, "line 2 has more than 1,000,000 characters"),
        (b'email,name\na@example.org,"' + b"x\n" * 200_000 + b'"\n', "line 2 has a cell of more than"),
        (b"email," + b"\x93" * 3_000_000, "line 1 has more than"),
    ],
    ids=["columns", "line", "cell", "line of another encoding"],
)
def test_what_is_no_table_of_people_is_refused_at_its_limit(tmp_path: Path, content: bytes, match: str) -> None:
    """A bomb is named and not loaded."""
    path = tmp_path / "bomb.csv"
    path.write_bytes(content)

    with pytest.raises(InputError, match=match):
        read_table(path)


def test_a_file_that_is_not_there_is_named() -> None:
    """The path is in the message."""
    with pytest.raises(InputError, match=r"no file nowhere\.csv"):
        read_table(Path("nowhere.csv"))


def test_parquet_is_read_as_text_like_everything_else(tmp_path: Path) -> None:
    """Lists become cells of tags, times become ISO, nothing becomes "nan"."""
    path = tmp_path / "members.parquet"
    columns = {
        "email": ["a@example.org", None],
        "age": [41, None],
        "tags": [["x, y", 'say "z"'], None],
        "when": pa.array([1_600_000_000_000_000, None], pa.timestamp("us", tz="UTC")),
    }
    pq.write_table(pa.table(columns), path)

    rows = read_table(path).frame.to_numpy().tolist()

    tags = '"x, y","say ""z"""'
    assert [["a@example.org", "41", tags, "2020-09-13 12:26:40.000000Z"], ["", "", "", ""]] == rows


def test_bytes_that_only_claim_to_be_parquet_are_refused(tmp_path: Path) -> None:
    """A torn download is no table."""
    path = tmp_path / "torn.parquet"
    path.write_bytes(b"PAR1 and nothing more")

    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_table(path)


@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """There is no third way out."""
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(content)

    try:
        table = read_table(path)
    except InputError:
        return
    assert len(table.frame) == len(table.lines) == len(table.cells)
