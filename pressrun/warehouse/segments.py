"""Run the one SELECT that an owner wrote as a segment, after checking that it is no more than that."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from pressrun.errors import InputError
from pressrun.settings import Settings
from pressrun.warehouse.lake import connect
from pressrun.warehouse.sql import sql

#: What sorting may take; beyond it DuckDB goes on in files beside the lake.
_MEMORY = "300MB"


def stream_segment(settings: Settings, name: str, text: str, *, size: int) -> Iterator[pa.RecordBatch]:
    """Give the subscribers that a segment selects, each once, in the order of their ids.

    Args:
        settings: Where the lake is; it is read from one snapshot, and nothing but it can be read.
        name: The segment's name, for messages.
        text: Its SQL.
        size: Rows in one piece, at most.

    Raises:
        InputError: The text is not one SELECT, cannot be run, or lacks a column subscriber_id.
    """
    db = connect(settings)
    try:
        _shut_in(db, settings)
        chosen = _only_select(db, name, text)
        yield from chosen.query("chosen", sql("queries/audience_candidates")).to_arrow_reader(size)
    except duckdb.Error as error:
        raise InputError(f"Segment {name} cannot be run: {_first_line(error)}") from None
    finally:
        db.close()


def _shut_in(db: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let the connection reach the lake's own files and no others; extensions are loaded already."""
    folders = [str(settings.lake_files.absolute()), str(settings.catalog_path.parent.absolute())]
    db.execute("set allowed_directories = ?", [folders])
    db.execute(f"set memory_limit = '{_MEMORY}'")
    db.execute("set enable_external_access = false")
    db.execute("set lock_configuration = true")


def _only_select(db: duckdb.DuckDBPyConnection, name: str, text: str) -> duckdb.DuckDBPyRelation:
    statements = db.extract_statements(text)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError(
            f"Segment {name} holds {len(statements)} statement(s), and it must be one SELECT. "
            "Nothing was run; rewrite it as one SELECT that returns subscriber_id."
        )
    chosen = db.sql(statements[0].query)
    if "subscriber_id" not in [column.lower() for column in chosen.columns]:
        raise InputError(
            f"Segment {name} returns {', '.join(chosen.columns)}, and no subscriber_id. "
            "Add subscriber_id to its SELECT; other columns are welcome beside it."
        )
    return chosen


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]
