"""A run whose Prefect server is gone says so in a line, and tells of the issue what the ledger knows."""

import signal
import sys
from pathlib import Path

import httpx
import pytest

from pressrun import terminal
from pressrun.errors import StoppedError


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with an issue whose file is called otherwise."""
    (tmp_path / "issues").mkdir()
    (tmp_path / "issues" / "spring.md").write_text("---\nsubject: Hello\nslug: hello\n---\nText.\n")
    monkeypatch.setenv("PRESSRUN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PRESSRUN_ISSUES", str(tmp_path / "issues"))
    return tmp_path


@pytest.mark.filterwarnings("ignore")
def test_a_server_that_is_gone_from_the_start_is_told_in_a_line(
    stores: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, an exit status that says "stopped", and what to do."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from flows import send_issue, without_server

    def leave(status: int) -> None:
        raise SystemExit(status)

    monkeypatch.setenv("PREFECT_CLIENT_MAX_RETRIES", "0")
    monkeypatch.setattr(without_server, "_leave", leave)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(terminal, "configure_logs", lambda: None)
    monkeypatch.setattr(sys, "argv", ["send_issue", str(stores / "issues" / "spring.md")])

    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}), pytest.raises(SystemExit) as ended:
        send_issue.main()

    said = " ".join(capsys.readouterr().err.split())
    assert (4, True) == (ended.value.code, "Nothing of issue hello was submitted." in said)
    assert "Prefect could not keep this run" in said


def test_an_issue_is_known_by_its_slug(stores: Path) -> None:
    """The file's name would be an issue that nobody has ever sent."""
    from flows.without_server import status_by_ledger

    with pytest.raises(StoppedError, match="Nothing of issue hello was submitted"):
        status_by_ledger(str(stores / "issues" / "spring.md"))
    with pytest.raises(StoppedError, match="`pressrun status`"):
        status_by_ledger(None)


def _raised(code: str, error: Exception, module: str) -> Exception:
    """Have a module raise an error."""
    names = {"__name__": module, "error": error}
    try:
        exec(code, names)  # noqa: S102  # a module that exists for one line
    except Exception as found:  # noqa: BLE001
        return found
    raise AssertionError


@pytest.mark.parametrize(
    ("module", "kind", "is_prefects"),
    [
        ("prefect.client.orchestration", RuntimeError, True),
        ("prefect.client.orchestration", httpx.ConnectError, True),
        ("pressrun.checks.links", httpx.ConnectError, False),
        ("flows.send_issue", RuntimeError, False),
        ("prefect.flow_engine", KeyError, False),
    ],
)
def test_only_prefects_trouble_is_told_as_that(module: str, kind: type[Exception], is_prefects: bool) -> None:
    """What goes wrong in a send itself is shown as it is."""
    from flows.without_server import is_of_prefect

    assert is_prefects == is_of_prefect(_raised("raise error", kind("no"), module))


def test_a_page_that_cannot_be_kept_stops_no_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever Prefect raises, it is noted once, and not asked again."""
    from flows import run_page

    said: list[str] = []

    class Log:
        def warning(self, text: str, *values: object) -> None:
            said.append(text % values)

    def fail(**_: object) -> None:
        raise RuntimeError("Failed to reach API")

    monkeypatch.setattr(run_page, "get_run_logger", Log)
    monkeypatch.setattr(run_page, "create_progress_artifact", fail)
    page = run_page.RunPage()
    page.begin("hello")
    page.begin("hello")
    page.progress(50.0)

    assert ["RuntimeError: Failed to reach API"] == [one.partition("(")[2].partition(")")[0] for one in said]
