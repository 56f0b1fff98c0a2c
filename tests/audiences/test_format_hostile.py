"""Files made to harm are refused with their place named, little memory taken and nothing changed."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

#: Imports each file into the same stores, and tells what was said, what is there after it, and the peak memory. The
#: kernel counts the memory of whoever starts a process as that process's own in getrusage, but not in VmHWM.
_SCRIPT = """
import json, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from pressrun.audiences import import_tables
from pressrun.errors import InputError
from pressrun.ledger import open_ledger
from pressrun.settings import Settings

settings = Settings(home=Path(sys.argv[1]), _env_file=None)
ledger = open_ledger(settings)
told = {}
for name in sys.argv[2:]:
    try:
        import_tables([Path(name)], settings, ledger, now=datetime(2026, 11, 24, tzinfo=UTC))
    except InputError as error:
        told[Path(name).name] = str(error)
status = Path("/proc/self/status").read_text()
own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
peak = max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024
print(json.dumps({"told": told, "peak": peak, "lake": settings.catalog_path.exists()}))
"""
_ROW = "email,name\na@hostile.example,"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_ROWS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="People"><table:table-row table:number-rows-repeated="10000">
<table:table-cell office:value-type="string" table:number-columns-repeated="5000"><text:p>a@hostile.example</text:p>
</table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>""".replace(
    "\n", ""
).encode()
#: File → what is said about it.
REFUSED = {
    "columns.csv": "100,000 columns in its first row; 500 are the limit",
    "cell.csv": "line 2 has more than 1,000,000 characters",
    "quoted.csv": "the row on line 2 goes on for more than 1,000,000 characters",
    "lines.csv": "line 2 has a cell of more than 131,072 characters",
    "zeros.csv": "holds zero bytes",
    "bytes.csv": "line 3 is neither UTF-8 nor Windows-1252",
    "far.xlsx": "claims cells far out",
    "repeated.ods": "claims cells far out",
    "inside.zip": "inside.zip/far.xlsx cannot be read in the memory",
    "packed.xlsx": "MB packed into",
    "packed.zip": "packed.zip/list.csv holds 54 MB packed into",
    "often.parquet": "MB packed into",
    "names.jsonl": "different names by line 1",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the files."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "columns.csv").write_text(",".join(f"c{n}" for n in range(100_000)) + "\na@hostile.example\n")
    (folder / "cell.csv").write_text(_ROW + "x" * 10_000_000 + "\n")
    (folder / "quoted.csv").write_text(_ROW + '"x\n",' * 3_000_000 + "\n")
    (folder / "lines.csv").write_text(_ROW + '"' + "x\n" * 1_000_000 + '"\n')
    (folder / "zeros.csv").write_bytes(_ROW.encode() + b"\0" * 10_000_000)
    (folder / "bytes.csv").write_bytes(_ROW.encode() + b"x\nb@hostile.example,\x81\xff\x8d\n" * 100_000)
    (folder / "names.jsonl").write_text("{" + ",".join(f'"c{n}":1' for n in range(50_000)) + "}\n")
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "email", "x"
    book.save(folder / "far.xlsx")
    _pack(folder / "inside.zip", {"far.xlsx": (folder / "far.xlsx").read_bytes()})
    _pack(
        folder / "repeated.ods",
        {
            "mimetype": _ODS.encode(),
            "META-INF/manifest.xml": b"<m/>",
            "content.xml": _ODS_ROWS,
        },
    )
    sheet = b'<worksheet><sheetData><row r="1">' + b"<c><v>1</v></c>" * 3_000_000
    _pack(folder / "packed.xlsx", {"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet})
    _pack(folder / "packed.zip", {"list.csv": b"email\n" + b"a@hostile.example\n" * 3_000_000})
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(4_000_000, dtype=np.int32)), pa.array(["x" * 100_000]))
    pq.write_table(pa.table({"email": texts}), folder / "often.parquet")
    return folder


def _pack(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_hostile_files_are_refused_in_little_memory_and_nothing_is_changed(hostile: Path, tmp_path: Path) -> None:
    """Each is refused with its place named before anything large is loaded: 400 MB at most, stores as before."""
    files = [str(hostile / name) for name in REFUSED]

    command = [sys.executable, "-c", _SCRIPT, str(tmp_path), *files]
    done = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)

    assert {} == {name: done["told"].get(name) for name in REFUSED if REFUSED[name] not in done["told"].get(name, "")}
    assert [] == [said for said in done["told"].values() if "Nothing was changed" not in said]
    assert not done["lake"]
    assert done["peak"] <= 400, f"{done['peak']} MB"
