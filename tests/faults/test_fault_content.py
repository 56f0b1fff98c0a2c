"""F47 and F48: what goes wrong with an issue itself: a slot that fails, a second press, an edit in mid-send."""

import random
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

import orjson
import pytest

from pressrun.audiences import import_tables
from pressrun.delivery.sender import utc_now
from pressrun.delivery.status import SendStatus
from pressrun.errors import RefusedError
from pressrun.ledger import issues, open_ledger
from pressrun.operations.sending import send_issue
from pressrun.settings import Settings
from tests.faults.fault_world import Sandbox, begin_child, ended, in_child, kill_at
from tests.faults.matrix import row
from tests.new_stores import new_stores
from tests.proofs.figures import Figures

ROOT = Path(__file__).resolve().parents[2]
FRONT = "---\nsubject: Second letter\npreheader: What this letter of a test is about\n---\n\n"
LETTER = FRONT + "# Letter\n\nHello {{ subscriber.first_name }}, **first** version.\n"
EDITED = LETTER.replace("**first**", "**second**")
POISONED = FRONT + "# Letter\n\nYour share is {{ 100 // (subscriber.points | int) }} of a hundred.\n"

#: `office("a", 300)` makes stores with 300 subscribers, of whom the last has no points.
MakeOffice = Callable[[str, int], Settings]


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Give a maker of stores with so many subscribers; those of one size are imported once."""

    @cache
    def make(count: int) -> Path:
        folder = tmp_path_factory.mktemp("imported")
        settings = Settings(home=folder / "home", _env_file=None)
        new_stores(settings.home)
        rows = (f"r{at}@letters.example,Reader {at},{0 if at == count - 1 else 1 + at % 9}" for at in range(count))
        (folder / "members.csv").write_text("\n".join(["email,name,points", *rows]) + "\n")
        with closing(open_ledger(settings)) as ledger:
            import_tables([folder / "members.csv"], settings, ledger, now=utc_now())
        return settings.home

    return make


@pytest.fixture
def office(tmp_path: Path, sandbox: Sandbox, imported: Callable[[int], Path]) -> MakeOffice:
    """Give a maker of whole stores with subscribers, issues and the sandbox to post to."""

    def make(name: str, count: int) -> Settings:
        folder = tmp_path / name
        shutil.copytree(imported(count), folder / "home")
        (folder / "issues").mkdir()
        return Settings(
            home=folder / "home",
            issues=folder / "issues",
            segments=ROOT / "segments",
            templates=ROOT / "templates",
            batch_size=50 if count < 5000 else 1000,
            concurrency=2,
            sendgrid_api_key="SG.test",
            sendgrid_api_host=sandbox.url,
            _env_file=None,
        )

    return make


def _send(settings: Settings, issue: Path | str) -> SendStatus:
    with closing(open_ledger(settings)) as ledger:
        return send_issue(settings, ledger, issue)[0]


@row("F47", sample=300, full=20_000)
def test_a_slot_that_fails_for_the_last_is_found_before_the_first_post(
    office: MakeOffice, sandbox: Sandbox, figures: Figures, runs: int
) -> None:
    """One row of the list breaks the template: the send is refused with no POST made, and once mended all get it."""
    settings = office("one", runs)
    issue = settings.issues / "letter.md"
    issue.write_text(POISONED)

    with pytest.raises(RefusedError, match="Nothing was submitted"):
        _send(settings, issue)
    assert [] == sandbox.fates()

    issue.write_text(POISONED.replace("(subscriber.points | int)", "([subscriber.points | int, 1] | max)"))
    _send(settings, issue)
    people = [who for one in sandbox.accepted() for who in one.people]
    assert runs == len(people) == len(set(people))
    figures("F47 failing slot", recipients=runs, posts_before_it_was_found=0)


@row("F48", sample=1, full=200)
def test_two_presses_and_an_edit_make_one_run_and_one_hash(
    office: MakeOffice, sandbox: Sandbox, figures: Figures, runs: int
) -> None:
    """Send is pressed twice while the issue is edited or deleted: one run goes out, all of it with one content."""
    chance, sent = random.Random(runs), 0
    for at in range(runs):
        settings, before = office(str(at), 300), (len(sandbox.accepted()), len(sandbox.fates()))
        issue = settings.issues / "letter.md"
        issue.write_text(LETTER)
        sandbox.faults({"fault": "slow", "seconds": 0.05})
        presses = [begin_child(lambda settings=settings, issue=issue: _send(settings, issue)) for _ in range(2)]
        time.sleep(chance.uniform(0, 1.5))
        issue.unlink() if at % 2 else _save(issue, EDITED)
        codes = {ended(press) for press in presses}
        assert codes <= {0, 2, 4}, codes
        sent += _one_run_one_hash(settings, sandbox, before)
    assert sent > 0
    figures("F48 pressed twice, edited meanwhile", races=runs, sent=sent, runs_each=1, contents_each=1)


def _save(issue: Path, text: str) -> None:
    """Save as editors do, in one step: a press that reads an empty file is rightly refused."""
    draft = issue.with_suffix(".draft")
    draft.write_text(text)
    draft.replace(issue)


def _one_run_one_hash(settings: Settings, sandbox: Sandbox, before: tuple[int, int]) -> bool:
    """Judge one race by the provider's log; False if the issue was deleted before anything was frozen."""
    with closing(open_ledger(settings)) as ledger:
        found = issues.find(ledger, "letter")
    accepted = sandbox.accepted()[before[0] :]
    if found is None or found.frozen_at is None:
        assert [] == accepted
        return False
    assert "finished" == _send(settings, "letter").status
    people = [who for one in sandbox.accepted()[before[0] :] for who in one.people]
    assert 300 == len(people) == len(set(people))
    assert 6 == len(sandbox.fates()) - before[1], "nothing was posted twice"
    numbers = [fate["n"] for fate in sandbox.fates()[before[1] :]]
    bodies = [orjson.loads((sandbox.folder / "requests" / f"{n:07d}.json").read_bytes()) for n in numbers]
    assert 1 == len({(body["subject"], body["content"][-1]["value"]) for body in bodies})
    return True


@pytest.mark.parametrize("fate", ["edited", "deleted"])
@row("F48", sample=1, full=20)
def test_what_was_frozen_goes_out(office: MakeOffice, sandbox: Sandbox, figures: Figures, fate: str, runs: int) -> None:
    """The sender is killed in mid-send and the file edited or deleted: the rest goes out as it was frozen."""
    for at in range(runs):
        settings, before = office(str(at), 300), (len(sandbox.accepted()), len(sandbox.fates()))
        settings = settings.model_copy(update={"concurrency": 1})
        issue = settings.issues / "letter.md"
        issue.write_text(LETTER)
        in_child(lambda settings=settings, issue=issue: _send_and_die(settings, issue))
        assert 0 < len(sandbox.accepted()) - before[0] < 6
        issue.unlink() if fate == "deleted" else _save(issue, EDITED)
        assert _one_run_one_hash(settings, sandbox, before)
    figures(f"F48 {fate} in mid-send", runs=runs, contents_each=1)


def _send_and_die(settings: Settings, issue: Path) -> None:
    kill_at(lambda name: name == "wire.before", 4)
    _send(settings, issue)
