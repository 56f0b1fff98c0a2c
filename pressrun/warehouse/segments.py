"""Run the one SELECT that an owner wrote as a segment, after checking that it is no more than that.

It is shut in twice. Its tree may name only open tables and functions that compute (`segment_rules`), which is checked
before anything runs. And it runs on a connection of its own that is read-only, reaches no file but the lake's, has a
bounded memory, as the process has meanwhile, and is interrupted when its time is over.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from pressrun.errors import InputError
from pressrun.settings import Settings
from pressrun.warehouse.lake import connect
from pressrun.warehouse.memory_bound import no_more_than
from pressrun.warehouse.segment_rules import OPEN_TABLES, Question, read_question
from pressrun.warehouse.sql import names_in, sql

#: What sorting may take; beyond it DuckDB goes on in files beside the lake, up to a bound as well.
_MEMORY = "300MB"
_ON_DISK = "20GB"
#: Bytes that the process may take beyond what it has: that, and what DuckDB does not count.
_OF_ALL = 900 << 20
#: Seconds for a segment that is only looked at, over tables without rows.
_LOOKING = 5.0
#: What an error says when memory was refused, by DuckDB or by the system.
_NO_MEMORY = ("Out of Memory", "bad_alloc", "failed to allocate")
#: Errors whose words come from the text of the segment. Others may quote what is in the tables: people's data.
_ABOUT_TEXT = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.PermissionException)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One segment with the values that it was asked with."""

    #: As it was named: `by_tag(longreads)`.
    reference: str
    text: str
    #: In the order of its parameters.
    values: tuple[str, ...] = ()


def stream_segment(settings: Settings, segment: Segment, *, size: int) -> Iterator[pa.RecordBatch]:
    """Give the subscribers that a segment selects, each once, in the order of their ids.

    Args:
        settings: Where the lake is; it is read from one snapshot, and nothing but it can be read.
        segment: The segment.
        size: Rows in one piece, at most.

    Raises:
        InputError: The text is not one SELECT over open tables, cannot be run, takes too long, lacks a value, or lacks
            a column subscriber_id.
    """
    with closing(connect(settings)) as db:
        _shut_in(db, settings)
        with _within(db, segment, settings.segment_seconds):
            chosen = _chosen(db, segment)
            reader = chosen.query("chosen", sql("queries/audience_candidates")).to_arrow_reader(size)
            # all the work is done when the first piece has come: they are sorted
            first = next(iter(reader), None)
        if first is not None:
            yield first
            yield from reader


def look_at_segment(segment: Segment) -> Question:
    """Check a segment without any lake: over our tables, with nothing in them.

    Returns:
        What it asks for.

    Raises:
        InputError: As `stream_segment` does, but for what only rows can show.
    """
    with closing(duckdb.connect(config={"autoload_known_extensions": False})) as db:
        question = _question(db, segment)
        for name in names_in("migrations"):
            db.execute(sql(name))
        db.execute("set enable_external_access = false")
        values = segment.values or ("",) * len(question.parameters)
        with _within(db, segment, _LOOKING):
            _chosen(db, Segment(reference=segment.reference, text=segment.text, values=values))
    return question


def parameters_of(segment: Segment) -> tuple[str, ...]:
    """Give the names of the values that a segment needs, in order.

    Raises:
        InputError: It is not one SELECT over open tables.
    """
    with closing(duckdb.connect()) as db:
        return _question(db, segment).parameters


def _shut_in(db: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Let the connection reach the lake's own files and no others; extensions are loaded already."""
    folders = [str(settings.lake_files.absolute()), str(settings.catalog_path.parent.absolute())]
    db.execute("set temp_directory = ?", [f"{folders[1]}/spilled"])
    db.execute(f"set max_temp_directory_size = '{_ON_DISK}'")
    db.execute("set allowed_directories = ?", [folders])
    db.execute(f"set memory_limit = '{_MEMORY}'")
    db.execute("set python_enable_replacements = false")
    db.execute("set enable_external_access = false")
    db.execute("set lock_configuration = true")


def _chosen(db: duckdb.DuckDBPyConnection, segment: Segment) -> duckdb.DuckDBPyRelation:
    question = _question(db, segment)
    chosen = db.sql(segment.text, params=_values(segment, question.parameters))
    if "subscriber_id" not in [column.lower() for column in chosen.columns]:
        raise InputError(
            f"Segment {segment.reference} returns {', '.join(chosen.columns)}, and no subscriber_id. "
            "Add subscriber_id to its SELECT; other columns are welcome beside it."
        )
    return chosen


def _values(segment: Segment, names: Sequence[str]) -> Mapping[str, str] | None:
    """Give each parameter its value; without parameters nothing is kept in between."""
    if len(names) != len(segment.values):
        name = segment.reference.partition("(")[0]
        call = f"{name}({', '.join(names)})" if names else name
        raise InputError(
            f"Segment {name} takes {len(names)} value(s), and {len(segment.values)} were given. Name it as {call}."
        )
    return dict(zip(names, segment.values, strict=True)) or None


def _question(db: duckdb.DuckDBPyConnection, segment: Segment) -> Question:
    """Have DuckDB parse the text, and hold its tree against the rules."""
    try:
        statements = db.extract_statements(segment.text)
    except duckdb.Error as error:
        raise _refused(segment, error) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError(
            f"Segment {segment.reference} holds {len(statements)} statement(s), and it must be one SELECT. "
            "Nothing was run; rewrite it as one SELECT that returns subscriber_id."
        )
    row = db.execute("select json_serialize_sql(?)", [segment.text]).fetchone()
    try:
        tree: dict[str, Any] = orjson.loads(row[0]) if row else {"error": True}
        question = None if tree["error"] else read_question(tree["statements"][0])
    except (orjson.JSONDecodeError, RecursionError):
        raise InputError(
            f"Segment {segment.reference} is nested too deeply to be checked, so nothing was run. Write it flatter: "
            "`in (...)` instead of a long chain of operators."
        ) from None
    if question is None:
        raise InputError(f"Segment {segment.reference} must be one SELECT in plain words: no PIVOT and no SUMMARIZE.")
    if question.forbidden:
        raise InputError(
            f"Segment {segment.reference} asks for {', '.join(question.forbidden)}, which no segment may. Nothing was "
            f"run. These tables are open: {', '.join(sorted(OPEN_TABLES))}."
        )
    return question


@contextmanager
def _within(db: duckdb.DuckDBPyConnection, segment: Segment, seconds: float) -> Iterator[None]:
    """Interrupt what runs inside when its time is over, and say what went wrong without quoting people's data."""
    is_over = threading.Event()

    def stop() -> None:
        is_over.set()
        db.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        with no_more_than(_OF_ALL):
            yield
    # while rows are fetched DuckDB's errors come wrapped by Arrow
    except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
        if is_over.is_set():
            raise InputError(
                f"Segment {segment.reference} took longer than {seconds:g} s and was stopped; nothing was changed. "
                "Make it ask for less, or raise PRESSRUN_SEGMENT_SECONDS."
            ) from None
        raise _refused(segment, error) from None
    finally:
        timer.cancel()


def _refused(segment: Segment, error: Exception) -> InputError:
    if isinstance(error, _ABOUT_TEXT):
        return InputError(f"Segment {segment.reference} cannot be run: {str(error).partition(chr(10))[0]}")
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError) or any(word in str(error) for word in _NO_MEMORY):
        return InputError(
            f"Segment {segment.reference} needs more than {_MEMORY} of memory. Make it ask for less: join by "
            "subscriber_id, and leave out what it does not return."
        )
    kind = type(error).__name__.removesuffix("Exception")
    return InputError(
        f"Segment {segment.reference} cannot be run: {kind} error while reading rows; its words are kept "
        "back, for they may quote people's data. Look at conversions: try_cast(... as ...) gives null where cast stops."
    )
