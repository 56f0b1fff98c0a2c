"""F5, F6 and F9: a sender that is asked to end, one that is stopped for a while, and many at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from delivery_world import ISSUE, MakeWorld, World

from pressrun import delivery
from pressrun.errors import HeldElsewhereError, RefusedError
from pressrun.ledger import open_ledger
from tests.faults.fault_world import Sandbox, begin_child, ended, eventually, judge, post_to, send_anew
from tests.faults.matrix import row
from tests.proofs.figures import Figures


def _begin_send(world: World, sandbox: Sandbox, log: Path) -> subprocess.Popen[bytes]:
    """Begin `pressrun send hello`, the command itself, in a process of its own."""
    environment = {
        **os.environ,
        "PRESSRUN_HOME": str(world.settings.home),
        "PRESSRUN_CONCURRENCY": "1",
        "SENDGRID_API_KEY": "SG.test",
        "SENDGRID_API_HOST": sandbox.url,
        "NO_COLOR": "1",
    }
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "pressrun.cli", "send", ISSUE, "--json"],
            env=environment,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def _sending(world: World, sandbox: Sandbox, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command until some of the issue was accepted, and let nothing of it outlive the test."""
    before = len(sandbox.accepted())
    process = _begin_send(world, sandbox, log)
    try:
        eventually(lambda: len(sandbox.accepted()) > before or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.kill()
        process.wait()


@row("F5", sample=1, full=50)
def test_sigterm_ends_after_the_open_batch(
    world_of: MakeWorld, sandbox: Sandbox, tmp_path: Path, figures: Figures, runs: int
) -> None:
    """Told to end, the command finishes its open batch, begins no other, exits in time, and can be resumed."""
    slowest, said = 0.0, tmp_path / "said"
    for _ in range(runs):
        world, before = world_of(*[2] * 30), len(sandbox.accepted())
        sandbox.faults({"fault": "slow", "seconds": 0.3})
        with _sending(world, sandbox, said) as process:
            began, seen = time.monotonic(), len(sandbox.fates())
            process.send_signal(signal.SIGTERM)
            assert 4 == process.wait(130), said.read_text()
            slowest = max(slowest, time.monotonic() - began)
        assert len(sandbox.fates()) - seen <= 1, "it began another batch"
        status = judge(world, sandbox.accepted()[before:])
        assert ("stopped", 0) == (status.status, status.in_doubt)
        assert status.submitted == 2 * (len(sandbox.accepted()) - before)
        sandbox.faults()
        post_to(world, sandbox).send()
        assert "finished" == judge(world, sandbox.accepted()[before:]).status
        world.ledger.close()
    figures("F5 SIGTERM", runs=runs, slowest_exit_seconds=round(slowest, 2), in_doubt=0)


@row("F6", sample=2, full=200)
def test_of_many_senders_one_sends(
    world_of: MakeWorld, sandbox: Sandbox, tmp_path: Path, figures: Figures, runs: int
) -> None:
    """Two to eight start at once, one by another path: one sends, the others are refused and name it."""
    refused = 0
    for at in range(runs):
        world, before = post_to(world_of(2, 2), sandbox), (len(sandbox.accepted()), len(sandbox.fates()))
        sandbox.faults({"fault": "slow", "seconds": 1.5})
        start = time.monotonic() + 0.3
        said = [tmp_path / f"said-{at}-{n}" for n in range(2 + at * 6 % 7)]
        children = [begin_child(partial(_start_at, world, start), says=path) for path in said]
        codes = [ended(child) for child in children]
        assert [0] + [4] * (len(said) - 1) == sorted(codes)
        holder = f"issue {ISSUE}, process {children[codes.index(0)]}"
        told = [path.read_text() for path in said if path.exists()]
        assert [] == [words for words in told if f"Another sender is at work: {holder}" not in words]
        refused += len(told)
        assert "finished" == judge(world, sandbox.accepted()[before[0] :]).status
        assert 2 == len(sandbox.fates()) - before[1]
        world.ledger.close()
    figures("F6 senders at once", races=runs, refused=refused, holders_at_most=1)


def _start_at(world: World, moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
    send_anew(world)


@pytest.mark.fault("F6")
def test_a_sender_by_another_path_is_refused(world_of: MakeWorld, sandbox: Sandbox, tmp_path: Path) -> None:
    """Reached by a link, the same stores are not sent from: the other path counts as a copy until a person says yes."""
    world = post_to(world_of(2, 2), sandbox)
    with delivery.sender(world.settings, world.ledger, ISSUE, world.clock):
        (tmp_path / "link").symlink_to(world.settings.home)
        world.settings = world.settings.model_copy(update={"home": tmp_path / "link"})
        world.ledger = open_ledger(world.settings)
        with pytest.raises((HeldElsewhereError, RefusedError)):
            world.send()
    assert [] == sandbox.accepted()


@row("F9", sample=2, full=20)
def test_nobody_takes_over_from_a_stopped_sender(
    world_of: MakeWorld, sandbox: Sandbox, tmp_path: Path, figures: Figures, runs: int
) -> None:
    """Stopped for `runs` seconds and, by the clock, for 45 minutes: nobody takes over, and it goes on by itself."""
    world, said = world_of(*[2] * 12), tmp_path / "said"
    sandbox.faults({"fault": "slow", "seconds": 0.2})
    with _sending(world, sandbox, said) as process:
        process.send_signal(signal.SIGSTOP)
        stopped_at, in_between = time.monotonic(), len(sandbox.accepted())
        while time.monotonic() < stopped_at + runs:
            world.now += timedelta(minutes=45)
            with pytest.raises(HeldElsewhereError, match=f"issue {ISSUE}, process {process.pid}"):
                world.send()
            delivery.settle(world.settings, world.ledger, world.now)
        assert len(sandbox.accepted()) == in_between
        assert "in_doubt" not in world.attempt_states()
        process.send_signal(signal.SIGCONT)
        assert 0 == process.wait(120), said.read_text()
    status = judge(world, sandbox.accepted())
    assert ("finished", 24, 0) == (status.status, status.submitted, status.in_doubt)
    figures("F9 SIGSTOP", seconds_stopped=runs, taken_over=0, in_doubt=0)
