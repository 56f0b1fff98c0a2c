"""One sender at a time: the lock belongs to a living process, however long it takes and however many want it."""

import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pressrun.errors import HeldElsewhereError
from pressrun.ledger import identity, open_ledger
from pressrun.settings import Settings
from tests.proofs.checker import assert_clean
from tests.proofs.figures import Figures
from tests.proofs.press import ISSUE, Press


def test_a_lock_never_ends_because_time_has_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that was stopped for 45 minutes, or has not touched its lock since, is still the one sender."""
    settings = Settings(home=tmp_path / "home", _env_file=None)
    ledger = open_ledger(settings)
    identity.identify(ledger, settings, datetime(2026, 11, 24, tzinfo=UTC))
    monkeypatch.setattr(identity, "_TRIES", 1)
    with identity.sender_lock(ledger, settings, "the first"):
        for path in settings.home.iterdir():
            os.utime(path, (time.time() - 2700, time.time() - 2700))
        for hours in (0, 1, 48):
            later = time.time() + 3600 * hours
            with monkeypatch.context() as patched:
                patched.setattr(time, "time", lambda later=later: later)
                with (
                    pytest.raises(HeldElsewhereError, match="the first"),
                    identity.sender_lock(ledger, settings, "the second"),
                ):
                    raise AssertionError(f"two senders, {hours} hours later")
    ledger.close()


def test_of_senders_that_start_at_once_one_sends(press: Press, figures: Figures) -> None:
    """Several senders start at once: one sends, the others refuse and name it."""
    _race(press, races=2, most=4, seed=1, figures=figures)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(4))
def test_two_hundred_races(press: Press, figures: Figures, part: int) -> None:
    """The same in two hundred races."""
    _race(press, races=50, most=8, seed=100 + part, figures=figures)


def _race(press: Press, *, races: int, most: int, seed: int, figures: Figures) -> None:
    chance, senders = random.Random(seed), 0
    for _ in range(races):
        press.begin_again([{"fault": "slow", "seconds": 0.12}])
        starting = chance.randint(2, most)
        ended = press.race(starting, "send", str(press.folder / "issues" / f"{ISSUE}.md"))

        assert [0] + [HeldElsewhereError.exit_status] * (starting - 1) == sorted(ended), press.errors()
        assert press.errors().count("Another sender is at work: issue proof") == starting - 1
        assert_clean(press.truth(acknowledged={}, proven=False), press.claims())
        senders += starting
    figures(f"start races, seed {seed}", races=races, senders=senders, holders=races, violations=0)
