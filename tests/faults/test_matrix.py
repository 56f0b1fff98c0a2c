"""Every row that is proved here has a test that names it, and each of those tests says its fault and promise."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.matrix import ROWS, WHOLE

FOLDER = Path(__file__).parent


def _rows_of(test: ast.FunctionDef) -> Iterator[str]:
    """Give the rows a test names, by `row("F1", …)` or by the marker itself."""
    for call in test.decorator_list:
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("row", "pytest.mark.fault"):
            yield ast.literal_eval(call.args[0])


def _tests() -> dict[str, list[ast.FunctionDef]]:
    found: dict[str, list[ast.FunctionDef]] = defaultdict(list)
    for path in sorted(FOLDER.glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for name in _rows_of(node):
                    found[name].append(node)
    return found


TESTS = _tests()


@pytest.mark.parametrize("name", ROWS)
def test_each_row_has_a_test_that_says_what_it_promises(name: str) -> None:
    """No row goes without a test, and its test says in one sentence what fault it is and what is promised."""
    assert TESTS[name], f"{name} ({ROWS[name]}) has no test"
    for test in TESTS[name]:
        assert (ast.get_docstring(test) or "").strip().endswith("."), test.name


@pytest.mark.parametrize("name", [name for name in ROWS if name not in WHOLE])
def test_each_row_has_its_full_figure(name: str) -> None:
    """Each row has a test that `make prove` runs at the row's full figure."""
    sized = [call for test in TESTS[name] for call in test.decorator_list if isinstance(call, ast.Call)]
    assert [call for call in sized if ast.unparse(call.func) == "row"], f"{name} has no full figure"
