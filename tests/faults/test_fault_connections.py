"""F12 to F14: connections that never come about, break, or stay silent; real sockets, judged by the sandbox's log."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest
from delivery_world import MakeWorld
from pydantic import SecretStr
from scripted_server import ScriptedServer, serving
from strangers import tls_server

from pressrun.delivery import sendgrid_provider
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.errors import StoppedError
from pressrun.ledger import settling
from tests.faults.fault_world import Sandbox, judge, post_to
from tests.faults.matrix import row
from tests.proofs.figures import Figures

#: Row of the outcome table → fault of the sandbox, whether it accepts, and the state we must be in.
MODES = {
    "closed, not accepted": ({"fault": "drop"}, False, "in_doubt"),
    "reset in mid-body": ({"fault": "reset_mid_body", "bytes": 500}, False, "in_doubt"),
    "accepted, then closed": ({"fault": "accept_close"}, True, "in_doubt"),
    "accepted, then reset": ({"fault": "accept_reset"}, True, "in_doubt"),
    "accepted, then silence": ({"fault": "accept_stall", "seconds": 2}, True, "in_doubt"),
    "half a status line": ({"fault": "accept_half_status"}, True, "in_doubt"),
    "202, then a cut body": ({"fault": "accept_body_cut"}, True, "accepted"),
    "504 after acceptance": ({"fault": "status", "status": 504, "accepted": True}, True, "in_doubt"),
}


@pytest.mark.parametrize("kind", ["refused", "no name", "plain port", "stranger"])
@row("F12", sample=1, full=20)
def test_no_connection_leaves_no_doubt(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, kind: str, runs: int
) -> None:
    """Refused, no address, or a failed handshake: the send backs off and stops, and nothing is in doubt."""
    for _ in range(runs):
        world = world_of(3, 2)
        with _unreachable(kind) as url:
            world.provider = SendGridProvider(SecretStr("SG.test"), url)  # type: ignore[assignment]
            with pytest.raises(StoppedError, match="cannot be reached"):
                world.send()
        assert world.seconds_slept > 30, "it backed off"
        assert (5, 0) == ((status := judge(world, [])).pending, status.in_doubt)
        before = len(sandbox.accepted())
        post_to(world, sandbox).send()
        assert "finished" == judge(world, sandbox.accepted()[before:]).status
        world.ledger.close()
    figures(f"F12 {kind}", runs=runs, in_doubt=0)


def _unreachable(kind: str) -> AbstractContextManager[str]:
    """Give a context with an address that no connection to can be made."""
    if kind == "stranger":
        return tls_server()
    if kind == "plain port":
        return _https(ScriptedServer(read="head", answer=b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    return nullcontext("http://127.0.0.1:9" if kind == "refused" else "https://no-such-host.invalid")


@contextmanager
def _https(server: ScriptedServer) -> Iterator[str]:
    with serving(server):
        yield server.url.replace("http:", "https:")


@pytest.mark.parametrize("mode", MODES)
@row("F13", sample=1, full=20)
def test_a_broken_connection_is_judged_as_the_table_says(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, mode: str, runs: int
) -> None:
    """Each mode leaves its batch in the state of the outcome table, and nobody posts it a second time."""
    fault, accepts, state = MODES[mode]
    for _ in range(runs):
        world, before = post_to(world_of(40, 2, 2), sandbox, read_seconds=0.3), len(sandbox.accepted())
        sandbox.faults({"request": 1, **fault})
        for _ in range(2):
            world.send()
        log = sandbox.accepted()[before:]
        judge(world, log)
        assert [state, "accepted", "accepted"] == world.attempt_states()
        assert 2 + accepts == len(log)
        world.ledger.close()
    figures(f"F13 {mode}", runs=runs, state=state, posted_again=0)


@row("F13", sample=3, full=100)
def test_no_connection_is_used_twice(world_of: MakeWorld, figures: Figures, runs: int) -> None:
    """The ninth mode, a kept connection that was reset, cannot happen: every batch has a connection of its own."""
    world = world_of(*[2] * runs)
    answer = b"HTTP/1.1 202 Accepted\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"
    with serving(ScriptedServer(answer=answer, then="reset")) as server:
        world.provider = SendGridProvider(SecretStr("SG.test"), server.url)  # type: ignore[assignment]
        world.send()
    assert (runs, runs) == (server.count_connections, len(server.requests))
    assert ["accepted"] * runs == world.attempt_states()
    figures("F13 connections kept", batches=runs, connections=server.count_connections)


@row("F14", sample=1, full=20)
def test_a_lost_answer_is_settled_by_an_event(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, runs: int
) -> None:
    """Accepted and never answered: in doubt, the others go on, and one event settles it without a second POST."""
    for _ in range(runs):
        world, before = post_to(world_of(3, 3, 3, 3), sandbox, read_seconds=0.2), len(sandbox.accepted())
        sandbox.faults({"request": 2, "fault": "accept_stall", "seconds": 2})
        began = time.monotonic()
        status = world.send()
        assert ("in_doubt", 3, 9) == (status.status, status.in_doubt, status.submitted)
        assert time.monotonic() - began < 60
        world.send()
        log = sandbox.accepted()[before:]
        assert [4, 4] == [len(log), world.attempt_states().count("accepted") + 1]

        proven = settling.by_events(world.ledger, [log[1].attempt], world.clock()).accepted

        assert "finished" == judge(world, log, proven=proven, recovered=proven).status
        world.ledger.close()
    figures("F14 accepted, never answered", runs=runs, posted_again=0)


@pytest.mark.fault("F14")
def test_the_wait_for_an_answer_is_long_and_has_an_end() -> None:
    """A short wait makes doubt and none at all hangs: ten seconds to connect, one minute to write, two to read."""
    waits = (sendgrid_provider.CONNECT_SECONDS, sendgrid_provider.WRITE_SECONDS, sendgrid_provider.READ_SECONDS)

    assert (10.0, 60.0, 120.0) == waits
