"""Tell templates that can only be quick and small from those that need a watch.

A tame template has no loops, no macros and nothing that makes a long text out of a short one more than a thousand
times over, so however its author and a subscriber conspire, it takes microseconds. It is rendered where we are;
everything else in a child process with limits (`limits.py`). What is not known to be tame is not tame.
"""

import math
from collections.abc import Iterable

from jinja2 import nodes

#: Times by which joining pieces may lengthen a text, in the whole template.
_MOST_GROWTH = 1024
_NODES = (
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Filter,
    nodes.Test,
    nodes.Keyword,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Pos,
    nodes.Add,
    nodes.Sub,
    nodes.Div,
    nodes.FloorDiv,
    nodes.If,
    nodes.CondExpr,
    nodes.Scope,
    nodes.Assign,
    nodes.Concat,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
    nodes.Pair,
    nodes.Call,
)
#: What they give is no longer than what they are given, times six for escaping.
_FILTERS = frozenset(
    """abs capitalize count d default e escape first float int last length lower round striptags title trim truncate
    upper urlencode""".split()  # noqa: SIM905
)
_METHODS = frozenset("capitalize casefold endswith lower lstrip rstrip split startswith strip title upper".split())  # noqa: SIM905
_JOINED_BY = 16


def is_tame(body: Iterable[nodes.Node]) -> bool:
    """Tell whether a piece of a template can only be quick and small."""
    growth = 1
    for top in body:
        for node in (top, *top.find_all(nodes.Node)):
            if not isinstance(node, _NODES) or not _is_harmless(node):
                return False
            growth *= _growth(node)
            if growth > _MOST_GROWTH:
                return False
    return True


def _is_harmless(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Filter):
        return node.name in _FILTERS or _is_short_join(node)
    if isinstance(node, nodes.Call):
        return isinstance(node.node, nodes.Getattr) and node.node.attr in _METHODS
    return True


def _is_short_join(node: nodes.Filter) -> bool:
    """A list is joined by few characters, which the author wrote."""
    by = [one.value for one in node.args if isinstance(one, nodes.Const)]
    short = all(isinstance(one, str) and len(one) <= _JOINED_BY for one in by)
    return node.name == "join" and len(by) == len(node.args) <= 1 and short and not node.kwargs


def _growth(node: nodes.Node) -> int:
    """By how much a node can lengthen what a name stands for: it may be the same name again and again."""
    if isinstance(node, nodes.Add):
        return 2
    if isinstance(node, nodes.Filter) and node.name == "join":
        return 2
    if isinstance(node, nodes.Concat):
        return max(1, len(node.nodes))
    if isinstance(node, nodes.List | nodes.Tuple | nodes.Dict):
        named = sum(1 for _ in node.find_all(nodes.Name))
        return max(1, math.ceil(named))
    return 1
