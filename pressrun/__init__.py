"""Pressrun: a newsletter you own, run as a data pipeline."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__version__ = "0.1.0"


def connect() -> "duckdb.DuckDBPyConnection":
    """Open the lake for reading, for notebooks and scripts; it works while flows write."""
    from pressrun.warehouse import connect as connect_lake

    return connect_lake()
