"""What a segment may ask for: one SELECT over the tables that are open to everybody, by functions that only compute.

DuckDB parses the text and tells the tree, so nothing is guessed from words. Tables and functions that return tables are
allowed by name; of the others the few are refused that reach beyond the question.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: The tables and views that segments, notebooks and pages may ask.
OPEN_TABLES = frozenset(
    {
        "subscribers",
        "subscriber_history",
        "issues",
        "recipients",
        "exclusions",
        "submissions",
        "events",
        "audience_daily",
        "domain_stats",
        "engagement_hourly",
        "issue_stats",
        "link_stats",
        "subscriber_engagement",
    }
)
_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series", "json_each", "json_tree"})
_BEYOND = "current_setting currval getenv getvariable nextval set_config write_log"
#: These make one value of any size in one step, which neither the limit of memory nor an interrupt reaches (measured).
_BOUNDLESS = "array_resize bar bitstring format generate_series list_resize lpad printf range repeat rpad"
#: Scalar functions that read settings or the environment, leave something behind, or know no bounds.
_CLOSED_FUNCTIONS = frozenset(f"{_BEYOND} {_BOUNDLESS}".split())
_OTHER_SOURCES = {"SHOW_REF": "SHOW or DESCRIBE", "PIVOT": "PIVOT"}

_Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What the tree of one segment says."""

    #: The names behind `$`, in the order in which they are first read.
    parameters: tuple[str, ...]
    #: What it asks for and must not, as a person would say it.
    forbidden: tuple[str, ...]


def read_question(statement: _Node) -> Question:
    """Go through the tree of one SELECT, as DuckDB's `json_serialize_sql` tells it.

    Args:
        statement: One of its statements.
    """
    found = list(_walk(statement, frozenset()))
    return Question(
        parameters=tuple(dict.fromkeys(what for kind, what in found if kind == "parameter")),
        forbidden=tuple(dict.fromkeys(what for kind, what in found if kind == "forbidden")),
    )


def _walk(node: Any, visible: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Find parameters and what is forbidden; `visible` are the names that stand for earlier parts of the question."""
    if isinstance(node, list):
        for part in node:
            yield from _walk(part, visible)
    elif isinstance(node, Mapping):
        yield from _judge(node, visible)
        named = node.get("cte_map")
        if isinstance(named, Mapping):
            for entry in named.get("map", []):
                # its own name still means the table of that name, but where it goes on from itself
                yield from _walk(entry["value"], visible)
                visible |= {entry["key"].lower()}
        for name, part in node.items():
            if name != "cte_map":
                # what returns a table is judged as such, by its own list
                is_table = node.get("type") == "TABLE_FUNCTION" and name == "function"
                goes_on = node.get("type") == "RECURSIVE_CTE_NODE" and name == "right"
                own_name = {node["cte_name"].lower()} if goes_on else set()
                yield from _walk(part["children"] if is_table else part, visible | own_name)


def _judge(node: _Node, visible: frozenset[str]) -> Iterator[tuple[str, str]]:
    # the type of a constant is a tree as well, and of no concern
    kind = str(node.get("type"))
    if kind == "VALUE_PARAMETER":
        yield "parameter", str(node["identifier"])
    elif kind == "BASE_TABLE":
        yield from _judge_table(node, visible)
    elif kind == "TABLE_FUNCTION":
        function = node["function"]["function_name"].lower()
        if function not in _TABLE_FUNCTIONS:
            yield "forbidden", f"the function {function}"
    elif kind in _OTHER_SOURCES:
        yield "forbidden", _OTHER_SOURCES[kind]
    elif node.get("class") == "FUNCTION" and node["function_name"].lower() in _CLOSED_FUNCTIONS:
        yield "forbidden", f"the function {node['function_name'].lower()}"


def _judge_table(node: _Node, visible: frozenset[str]) -> Iterator[tuple[str, str]]:
    name = ".".join(filter(None, (node["catalog_name"], node["schema_name"], node["table_name"])))
    if name.lower() not in OPEN_TABLES | visible:
        yield "forbidden", f"the table {name}"
    if node.get("at_clause"):
        yield "forbidden", f"the past of {name}"
