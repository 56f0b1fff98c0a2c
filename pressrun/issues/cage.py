"""Jinja without ways out: what a template of an issue may do, and nothing else.

Sandboxed and immutable; missing attributes are errors; no filter can switch off escaping or say something else
each time; sizes are bounded. Together with slots.py, slot_renderer.py and layouts.py this is the door to Jinja2.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

PERSON = "subscriber"
#: What a template can use besides the subscriber and the facts of the issue.
GLOBALS = ("range", "namespace")
#: Longest text or list that `*` or a width may make.
_LONGEST = 10_000
#: They let markup of subscribers through, or give another answer each time.
_REFUSED_FILTERS = ("safe", "tojson", "urlize", "xmlattr", "random", "pprint", "center", "format")
#: They make as many pieces, or as wide ones, as they are told.
_BOUNDED_FILTERS = ("batch", "indent", "slice")
#: What rendering a template can raise on account of what is written in it, or of one person's values.
FAULTS = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    AssertionError,
    RecursionError,
)
#: Methods of texts that take a width, or a pattern of their own.
_REFUSED_METHODS = frozenset({"center", "expandtabs", "format", "format_map", "ljust", "rjust", "zfill"})
#: What needs no second look before it is printed.
_TEXTS = frozenset({str, Markup})
_WIDTH = re.compile(r"%[^a-zA-Z%]*(\d{4,}|\*)")


class _Generator(CodeGenerator):
    """Compile without computing: what an author wrote runs when it is rendered, where it can be watched."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if isinstance(node, nodes.TemplateData):
            return super()._output_child_to_const(node, frame, finalize)
        raise nodes.Impossible


class Cage(ImmutableSandboxedEnvironment):
    """An environment in which `subscriber.items` is the person's attribute, never a method."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"*", "**", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look into a mapping first and only."""
        if isinstance(obj, dict):
            return self._item(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Never fall back from a missing item to a method of the mapping."""
        if isinstance(obj, dict):
            return self._item(obj, argument)
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Refuse methods that make huge texts out of small ones."""
        return not (isinstance(obj, str) and attr in _REFUSED_METHODS) and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse operations whose result would be huge."""
        if operator == "%" and isinstance(left, str) and _WIDTH.search(left):
            raise SecurityError("a width in % is too large")
        if operator == "**" and (abs(left) > _LONGEST or abs(right) > 64):
            raise SecurityError("a power is too large")
        if operator == "*":
            _refuse_long(left, right)
        return super().call_binop(context, operator, left, right)

    def _item(self, obj: dict[Any, Any], key: Any) -> Any:
        try:
            return obj[key]
        except (KeyError, TypeError):
            return self.undefined(hint=f"there is no {key!r}", obj=obj, name=key)


def cage(*, escape: bool, templates: Path | None = None) -> Cage:
    """Make an environment.

    Args:
        escape: Whether values are escaped for HTML.
        templates: Folder that layouts may include from.
    """
    made = Cage(
        undefined=StrictUndefined,
        optimized=False,
        autoescape=escape,
        loader=None if templates is None else FileSystemLoader(templates),
        keep_trailing_newline=True,
        # an attribute that is there and empty prints nothing, not the word None
        finalize=_printed,
    )
    kept = {name: made.globals[name] for name in GLOBALS}
    made.globals.clear()
    made.globals.update(kept)
    for name in _REFUSED_FILTERS:
        del made.filters[name]
    for name in _BOUNDED_FILTERS:
        made.filters[name] = _bounded(made.filters[name])
    return made


def names_of(tree: nodes.Node) -> tuple[set[str], set[str]]:
    """Give the names that a piece of syntax reads, and those that it sets."""
    reads, sets = set[str](), set[str]()
    for found in (tree, *tree.find_all((nodes.Name, nodes.NSRef, nodes.Macro))):
        if isinstance(found, nodes.Name):
            (reads if found.ctx == "load" else sets).add(found.name)
        elif isinstance(found, nodes.NSRef):
            # setting an attribute needs the namespace that is there already
            reads.add(found.name)
            sets.add(found.name)
        elif isinstance(found, nodes.Macro):
            sets.add(found.name)
    return reads, sets


def frozen(value: object) -> object:
    """Give a fact in a form that can be written into a template: texts, numbers, lists and mappings of them."""
    if isinstance(value, Mapping):
        return {str(key): frozen(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [frozen(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _refuse_long(left: Any, right: Any) -> None:
    for text, times in ((left, right), (right, left)):
        if isinstance(text, str | list | tuple) and isinstance(times, int) and len(text) * times > _LONGEST:
            raise SecurityError("a repetition is too long")
    if all(isinstance(one, int) and abs(one) > 10**100 for one in (left, right)):
        raise SecurityError("a number is too large")


def _bounded(filtering: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(filtering)
    def bounded(*given: Any, **named: Any) -> Any:
        if any(isinstance(one, int) and abs(one) > _LONGEST for one in (*given, *named.values())):
            raise SecurityError("a number given to a filter is too large")
        return filtering(*given, **named)

    return bounded


def _printed(value: Any) -> Any:
    if type(value) in _TEXTS:  # nearly always, and asking for more costs more than rendering
        return value
    if isinstance(value, Undefined):
        return value
    if callable(value) or isinstance(value, Iterator):
        # Python would write where in memory it is: another mail each time, and never what was meant
        raise SecurityError("it is no text; a method needs (), and a filter such as map needs `| list` or `| join`")
    return "" if value is None else value
