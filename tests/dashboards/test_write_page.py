"""The page *Write* shows an issue as it stands, and stores nothing."""

import inspect
from pathlib import Path

import pytest
from filled_lake import fill
from streamlit.testing.v1 import AppTest

from dashboards.privacy import as_text
from pressrun.operations import desk

ISSUE = """---
subject: "{{ subscriber.name or 'Reader' }}, a letter"
preheader: Why this letter is long enough to be looked at by somebody.
from: Paper <hello@newsletter.example>
---

Hello {{ subscriber.name or "reader" }}, this is about nothing in particular.
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of stores with 120 subscribers; tests only read it."""
    return fill(tmp_path_factory.mktemp("stores") / "home").home


@pytest.fixture
def issues(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of issues that the page reads."""
    folder = tmp_path / "issues"
    folder.mkdir()
    monkeypatch.setenv("PRESSRUN_HOME", str(home))
    monkeypatch.setenv("PRESSRUN_ISSUES", str(folder))
    return folder


def _draw(reader: str = "") -> AppTest:
    def show() -> None:
        import importlib

        importlib.import_module("dashboards.views.write").show()

    page = AppTest.from_function(show, default_timeout=60)
    page.session_state["reader"] = reader
    page.session_state["view"] = "Text"
    drawn = page.run()
    assert not drawn.exception
    return drawn


def _told(page: AppTest) -> str:
    return "\n".join(one.value for one in (*page.markdown, *page.error, *page.warning, *page.code, *page.success))


def test_an_issue_is_shown_with_its_verdict(issues: Path) -> None:
    """For nobody in particular, as long as nobody is asked for."""
    (issues / "letter.md").write_text(ISSUE)

    told = _told(_draw())

    assert "the text is ready to send" in told
    assert "Hello reader, this is about nothing" in told
    assert as_text("Reader, a letter") in told


def test_findings_name_their_place_errors_first(issues: Path) -> None:
    """File, line, rule, and what to do."""
    (issues / "letter.md").write_text(ISSUE.replace("preheader: W", "preheader: TK w") + "\n[x]({{ 1 / 0 }})\n")

    page = _draw()

    assert "the text is not ready to send" in _told(page)
    assert any(as_text("letter.md:9") in one.value for one in page.error)
    assert any(as_text("letter.md:3") in one.value for one in (*page.error, *page.warning))


def test_a_file_that_cannot_be_read_is_told_with_its_line(issues: Path) -> None:
    """It is being written, so it is often broken."""
    (issues / "letter.md").write_text("---\nsubject: a: b\n---\nText.\n")

    assert as_text("letter.md:2: the front matter is not YAML") in _draw().error[0].value


def test_it_can_be_read_as_a_subscriber(issues: Path) -> None:
    """Exactly their values, by the address they were asked for with."""
    (issues / "letter.md").write_text(ISSUE)

    assert "Hello P 3, this is about" in _told(_draw("P3@d3.example"))


@pytest.mark.parametrize("reader", ["secret@nowhere.example", "no address"])
def test_an_unknown_reader_is_told_without_the_address(issues: Path, reader: str) -> None:
    """Nobody's address gets into a message."""
    (issues / "letter.md").write_text(ISSUE)

    page = _draw(reader)

    assert page.error[0].value in (as_text("No subscriber has that address."), as_text("That is no e-mail address."))


def test_a_reader_for_whom_it_fails_is_told(issues: Path) -> None:
    """The sentence is the one a send would refuse with; the issue is shown for nobody instead."""
    (issues / "letter.md").write_text(ISSUE + "\nGreetings to {{ subscriber.planet }}.\n")

    page = _draw("p3@d3.example")

    assert any("Shown as nobody in particular" in one.value for one in page.warning)
    assert "Greetings to …." in _told(page)


def test_without_an_issue_it_says_how_to_start(issues: Path) -> None:
    """A friendly sentence, not an error."""
    assert "pressrun new" in _draw().info[0].value


def test_nothing_is_stored(issues: Path, home: Path) -> None:
    """No ledger is made, no record kept, no image copied: not a file of the stores is touched."""
    (issues / "letter.md").write_text(ISSUE)

    def stores() -> dict[str, int]:
        # reading makes SQLite touch its own two files beside the catalogue
        files = [path for path in home.rglob("*") if not path.name.endswith(("-shm", "-wal"))]
        return {str(path): path.stat().st_mtime_ns for path in files if path.is_file()}

    before = stores()
    _draw("p3@d3.example")

    assert before == stores()
    assert [] == [name for name in before if "ledger" in name]


def test_images_beside_an_issue_are_shown_from_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may not be served anywhere yet."""
    from datetime import UTC, datetime

    from PIL import Image

    from pressrun.settings import Settings

    Image.new("RGB", (40, 20), "red").save(tmp_path / "dot.png")
    (tmp_path / "letter.md").write_text(ISSUE + "\n![A red dot](dot.png)\n")
    settings = Settings(home=tmp_path / "home", issues=tmp_path, assets_url="https://img.example", _env_file=None)

    seen = desk.look(settings, tmp_path / "letter.md", email=None, now=datetime(2026, 11, 24, tzinfo=UTC))

    assert ("data:image/png;base64," in seen.html, "img.example" in seen.html) == (True, False)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(("scheme", "meant"), [("dark", "(min-width: 0)"), ("light", "(max-width: 0)")])
def test_a_mail_is_shown_in_the_light_that_was_asked_for(scheme: str, meant: str) -> None:
    """Style sheets get the answer of such a machine; text that speaks of it stays as it is."""
    page = (
        '<html><head><meta name="color-scheme" content="light dark"><style>:root { color-scheme: light dark } '
        "@media (prefers-color-scheme: dark) { p { color: #fff } }</style></head>"
        "<body><code>@media (prefers-color-scheme: dark)</code></body></html>"
    )

    shown = desk.framed(page, title="Mail", scheme=scheme, with_pictures=False)  # type: ignore[arg-type]

    assert (1, 1) == (shown.count("prefers-color-scheme"), shown.count(f"@media {meant}"))
    assert (0, 2) == (shown.count("light dark"), shown.count(f"content=&quot;{scheme}") + shown.count(f": {scheme} }}"))


def test_the_desk_has_no_way_to_send_or_store() -> None:
    """It knows neither the sender, nor the ledger, nor a provider."""
    source = inspect.getsource(desk)

    assert [] == [word for word in ("ledger", "submit", "send_issue", "SendGrid", "write_", "open(") if word in source]
