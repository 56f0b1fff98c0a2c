"""The ledger on PostgreSQL, the batches in other processes: the same promises as on one machine."""

from pathlib import Path

import pytest
from cluster import Machine
from town import subscribers_csv, sums_hold, until

ISSUE = "issues/welcome.md"
PEOPLE = 1_200
pytestmark = pytest.mark.timeout(180)


@pytest.mark.prove
def test_a_dask_worker_dies_in_the_middle(machine: Machine) -> None:
    """kill -9 of one of two worker processes: nobody twice, nobody missed but for those shown in doubt."""
    machine.start_prefect()
    workers = machine.start_dask(workers=2)
    machine.json("import", str(subscribers_csv(machine.folder / "members.csv", PEOPLE)))
    machine.ask("/sandbox/faults", "PUT", [{"every": 1, "fault": "slow", "seconds": 0.5}])
    machine.wait_for_prefect()

    flow = machine.start_flow(ISSUE)
    until(lambda: len(machine.accepted()) >= 3, seconds=90)
    workers[0].kill()

    assert flow.wait(90) in (0, 5), (machine.folder / "processes.log").read_text()
    status = _judge(machine)
    assert 0 == status["pending"]
    assert status["in_doubt"] <= 200, "one batch for each of its two threads"


@pytest.mark.prove
def test_two_coordinators_at_once(machine: Machine, tmp_path: Path) -> None:
    """Two machines with stores of their own and one ledger: one sends, the other exits 4 and has posted nothing."""
    other = machine.beside("other")
    machine.run("status")  # the tables are made once, before the machines go on side by side
    table = str(subscribers_csv(tmp_path / "members.csv", PEOPLE))
    try:
        importing = [one.begin("import", table) for one in (machine, other)]
        assert [0, 0] == [one.wait(90) for one in importing]
        machine.ask("/sandbox/faults", "PUT", [{"every": 1, "fault": "slow", "seconds": 2.0}])
        sending = [one.begin("send", ISSUE) for one in (machine, other)]
        ended = sorted(sender.wait(90) for sender in sending)
    finally:
        other.close()

    assert [0, 4] == ended, (tmp_path / "processes.log").read_text()
    assert 12 == len(machine.accepted())
    status = _judge(machine)
    assert PEOPLE == status["submitted"]


def _judge(machine: Machine) -> dict[str, int]:
    """Hold the status against the sandbox's own log."""
    status, mails = machine.json("status", "welcome"), machine.mails("welcome")
    assert sums_hold(status)
    assert PEOPLE == status["recipients"]
    assert {1} == set(mails.values()), "duplicated"
    assert status["submitted"] <= len(mails), "false claim"
    assert len(mails) <= status["submitted"] + status["in_doubt"]
    assert PEOPLE - len(mails) <= status["in_doubt"] + status["pending"], "missed"
    return status
