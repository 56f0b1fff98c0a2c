"""The fault matrix as a table at the end of `make prove`.

Rows travel with the reports of their tests. With several workers it is the controller that prints, and it loads no
conftest below `tests`; so this is a plugin of its own, which `tests/conftest.py` can name.
"""

from collections import defaultdict

import pytest

from tests.faults.matrix import ROWS, WHOLE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what became of each row, after `make prove`."""
    if terminalreporter.config.getoption("markexpr") != "prove":
        return
    outcomes: dict[str, list[str]] = defaultdict(list)
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            for name, found in getattr(report, "user_properties", ()):
                if name == "fault" and outcome:
                    outcomes[str(found)].append(outcome)
    terminalreporter.section("fault matrix")
    for name, fault in ROWS.items():
        seen = outcomes.get(name, [])
        shown = ", ".join(f"{seen.count(one)} {one}" for one in sorted(set(seen))) or (
            "whole in make test" if name in WHOLE else "not run"
        )
        terminalreporter.write_line(f"{name:<4} {fault:<52} {shown}")
