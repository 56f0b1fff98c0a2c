"""Import a made-up table into an empty lake and again into the full one, beside a floor.

`python benchmarks/import.py --rows 1000000`. The floor is DuckDB reading the same file and grouping by the lower-case
address: what any import has to do at the least. 3 % of the rows are bad, 5 % hold an address a second time.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import duckdb

from pressrun.audiences import ImportSummary, import_tables
from pressrun.ledger import open_ledger
from pressrun.settings import load_settings

_TABLE = """
copy (
    with numbered as (select i, hash(i) as h from range($rows) as t(i)),
    people as (select *, case when h % 100 < 5 then i // 2 else i end as p from numbered)
    select
        case
            when h % 1000 < 10 then 'reader ' || i || ' at nowhere'
            when h % 1000 < 20 then 'reader' || i || '@no_domain.example'
            when h % 3 = 0 then 'Reader.' || p || '@Mail' || (p % 40) || '.example'
            else 'reader.' || p || '@mail' || (p % 40) || '.example'
        end as email,
        case when h % 13 = 0 then '' else 'Reader ' || p || ' Müller' end as name,
        case
            when h % 1000 < 25 then 'perhaps'
            when h % 50 = 7 then 'unsubscribed'
            when h % 97 = 7 then 'bounced'
            else 'active'
        end as status,
        case when h % 5 = 0 then 'paid' else 'free' end as tier,
        case when h % 4 = 0 then 'longreads;weekly' else '' end as tags,
        case
            when h % 1000 < 30 and h % 1000 >= 25 then '04/03/2021'
            else strftime(timestamp '2019-01-01' + interval (p % 200000000) second, '%Y-%m-%d %H:%M:%S')
        end as consented_at
    from people
) to '{path}' (header)
"""
_FLOOR = "select count(*) from (select lower(email), count(*) from read_csv($path, all_varchar = true) group by 1)"


def main() -> None:
    """Make the table, import it twice, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        return make(given.make, given.rows)
    with tempfile.TemporaryDirectory(prefix="pressrun-bench-") as folder:
        table = Path(folder) / "subscribers.csv"
        # in a process of its own, so that its memory does not count as the import's
        subprocess.run([sys.executable, __file__, "--rows", str(given.rows), "--make", table], check=True)
        print(f"{given.rows:,} rows, {table.stat().st_size / 1e6:.0f} MB")
        measure("into an empty lake", table, Path(folder))
        measure("into the full lake", table, Path(folder))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory          {peak:,.0f} MB")
        print(f"floor                {floor(table):.2f} s (DuckDB reads and groups the same file)")


def make(path: Path, rows: int) -> None:
    """Write the made-up table."""
    duckdb.connect().execute(_TABLE.replace("{path}", str(path)), {"rows": rows})


def measure(title: str, table: Path, home: Path) -> None:
    """Import once and print the seconds of each stage."""
    stages: list[tuple[str, float]] = []
    settings = load_settings(home=home / "stores")
    ledger = open_ledger(settings)
    summary = import_tables(
        [table],
        settings,
        ledger,
        now=datetime.now(UTC),
        progress=lambda stage, share: stages.append((stage, time.monotonic())),
    )
    ledger.close()
    check(summary)
    print(f"{title:20} {summary.seconds:.2f} s, {1e6 * summary.seconds / summary.read:.1f} µs a row")
    for (stage, began), (_, ended) in pairwise(stages):
        print(f"    {stage:36} {ended - began:6.2f} s")


def check(summary: ImportSummary) -> None:
    """Hold the sum of an import."""
    parts = (
        summary.inserted,
        summary.updated,
        summary.unchanged,
        summary.duplicate,
        summary.quarantined,
    )
    assert summary.read == sum(parts), summary


def floor(table: Path) -> float:
    """Give the seconds DuckDB needs to read the file and group it by address."""
    began = time.monotonic()
    duckdb.connect().execute(_FLOOR, {"path": str(table)}).fetchall()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
