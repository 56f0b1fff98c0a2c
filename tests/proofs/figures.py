"""Collect the figures of the proofs, over all workers, into one table at the end of the run.

A figure travels with its test's report, so that it comes from a worker to the controller by itself.
"""

import json
from collections.abc import Callable

import pytest

#: `figures("crash points", runs=46, violations=0)`
Figures = Callable[..., None]
_NAME = "figures"
_collected = pytest.StashKey[list[tuple[str, dict[str, object]]]]()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Give a function that puts one line of figures into the table at the end."""

    def keep(what: str, **numbers: object) -> None:
        request.node.user_properties.append((_NAME, json.dumps([what, numbers])))

    return keep


def pytest_configure(config: pytest.Config) -> None:
    """Begin with an empty table."""
    config.stash.setdefault(_collected, [])
    config.pluginmanager.register(_Collector(config.stash[_collected]))


class _Collector:
    """Takes the figures out of the reports."""

    def __init__(self, collected: list[tuple[str, dict[str, object]]]) -> None:
        self._collected = collected

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take them once for each test, at its end."""
        if report.when == "teardown":
            self._collected += [
                tuple(json.loads(str(value))) for name, value in report.user_properties if name == _NAME
            ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    lines = sorted(terminalreporter.config.stash[_collected], key=lambda line: line[0])
    if not lines:
        return
    terminalreporter.section("figures of the proofs")
    width = max(len(what) for what, _ in lines)
    for what, numbers in lines:
        shown = "  ".join(f"{name.replace('_', ' ')} {_shown(number)}" for name, number in numbers.items())
        terminalreporter.write_line(f"{what:<{width}}  {shown}")


def _shown(number: object) -> str:
    if isinstance(number, float):
        return f"{number:,.2f}"
    return f"{number:,}" if isinstance(number, int) else str(number)
