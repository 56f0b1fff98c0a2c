"""Whose ledger it is, who sends for it, and what a copy may not do."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ledger_rows import NOW, begin

from pressrun.errors import HeldElsewhereError, RefusedError
from pressrun.ledger import Ledger, identity, open_ledger
from pressrun.settings import Settings

_SENDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from pressrun.ledger import identity, open_ledger
from pressrun.settings import Settings

settings = Settings(home=Path(sys.argv[1]), _env_file=None)
ledger = open_ledger(settings)
identity.identify(ledger, settings, datetime.now(UTC))
with identity.sender_lock(ledger, settings, "issue hello, process 4711"):
    print("holds", flush=True)
    time.sleep(60)
"""


@contextmanager
def _sender_elsewhere(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _SENDER, str(settings.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "holds\n"
        yield process
        process.kill()


def test_second_sender_is_refused_and_told_who_holds(ledger: Ledger, settings: Settings) -> None:
    """Two senders at once: the second does nothing and names the first."""
    with (
        _sender_elsewhere(settings),
        pytest.raises(HeldElsewhereError, match="issue hello, process 4711"),
        identity.sender_lock(ledger, settings, "second"),
    ):
        pytest.fail("both hold the lock")


def test_kill_frees_the_lock(ledger: Ledger, settings: Settings) -> None:
    """No time has to pass after a kill -9: the kernel gives the lock back."""
    with _sender_elsewhere(settings) as process:
        alive = identity.sender_alive(ledger, settings)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

        assert (alive, identity.sender_alive(ledger, settings)) == (True, False)
        with identity.sender_lock(ledger, settings, "next") as epoch:
            assert epoch == 2


def test_lock_is_not_taken_over_by_time(ledger: Ledger, settings: Settings) -> None:
    """A sender that sleeps stays the sender: stopped by a signal, it still holds."""
    with _sender_elsewhere(settings) as process:
        os.kill(process.pid, signal.SIGSTOP)
        assert identity.sender_alive(ledger, settings)
        os.kill(process.pid, signal.SIGCONT)


def test_looking_never_refuses_a_sender(ledger: Ledger, settings: Settings) -> None:
    """Any number of commands may ask whether a sender is alive while one starts."""
    identity.identify(ledger, settings, NOW)
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            identity.sender_alive(ledger, settings)

    onlookers = [threading.Thread(target=look) for _ in range(4)]
    for onlooker in onlookers:
        onlooker.start()
    epochs = [begin(ledger, settings) for _ in range(8)]
    ended.set()
    for onlooker in onlookers:
        onlooker.join()

    assert list(range(1, 9)) == epochs


def test_onlookers_never_take_each_other_for_a_sender(ledger: Ledger, settings: Settings) -> None:
    """Two who only look share the lock."""
    seen: list[bool] = []
    onlookers = [
        threading.Thread(target=lambda: seen.extend(identity.sender_alive(ledger, settings) for _ in range(100)))
        for _ in range(4)
    ]
    for onlooker in onlookers:
        onlooker.start()
    for onlooker in onlookers:
        onlooker.join()

    assert seen == [False] * 400


@pytest.fixture
def copy(ledger: Ledger, settings: Settings, tmp_path: Path) -> Iterator[tuple[Ledger, Settings]]:
    """Give a ledger restored from a copy of the whole folder, on the same machine."""
    identity.require_armed(ledger, settings, NOW)
    shutil.copytree(settings.home, tmp_path / "restored")
    there = Settings(home=tmp_path / "restored", _env_file=None)
    opened = open_ledger(there)
    yield opened, there
    opened.close()


def test_copied_ledger_may_not_send(copy: tuple[Ledger, Settings]) -> None:
    """A moved or restored copy is held until a person says yes, so that two copies never both send."""
    with pytest.raises(RefusedError, match="moved or restored"):
        identity.require_armed(*copy, NOW)


def test_armed_copy_may_send(copy: tuple[Ledger, Settings]) -> None:
    """The yes of a person makes the copy the one that sends, under the same instance id."""
    before = identity.identify(*copy, NOW)
    after = identity.arm(*copy, NOW)

    identity.require_armed(*copy, NOW)
    assert before.instance_id == after.instance_id
    assert before.fingerprint != after.fingerprint


def test_ledger_restored_in_its_own_place_may_not_send(ledger: Ledger, settings: Settings, tmp_path: Path) -> None:
    """The same path on the same machine does not hide that the file is another one."""
    identity.require_armed(ledger, settings, NOW)
    ledger.close()
    shutil.copytree(settings.home, tmp_path / "backup")
    shutil.rmtree(settings.home)
    shutil.copytree(tmp_path / "backup", settings.home)
    restored = open_ledger(settings)

    with pytest.raises(RefusedError, match="pressrun arm"):
        identity.require_armed(restored, settings, NOW)
    restored.close()


def test_instance_is_made_once(ledger: Ledger, settings: Settings) -> None:
    """Asking who we are twice gives the same answer."""
    assert identity.identify(ledger, settings, NOW) == identity.identify(ledger, settings, NOW)
