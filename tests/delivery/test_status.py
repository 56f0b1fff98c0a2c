"""Where an issue stands, computed from its rows: every word and every sum in a table."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from delivery_world import ISSUE, MakeWorld, assert_balanced

from pressrun.delivery.status import compute
from pressrun.errors import InputError
from pressrun.ledger import issues
from pressrun.ledger.batches import Sums
from pressrun.ledger.issues import Issue

CASES = yaml.safe_load(Path(__file__).parents[1].joinpath("cases/delivery_status.yml").read_text())
KEYS = {"name", "issue", "people", "alive", "wire", "withdrawn", "refused", "word", "exit", "counts"}
COUNTS = ("submitted", "refused", "withdrawn", "in_doubt", "abandoned", "pending")


def _issue(case: dict[str, Any], world_time: Any) -> Issue:
    recipients = sum(case.get("counts", {}).values())
    frozen = "frozen" in case["issue"]
    times = {f"{name}_at": world_time for name in case["issue"]}
    return Issue(
        issue_id=ISSUE,
        subject="s",
        segment="everyone",
        content_hash="h",
        shared=b"",
        stop_reason="worn out" if "stopped" in case["issue"] else None,
        count_candidates=recipients + 3 if frozen else None,
        count_recipients=recipients if frozen else None,
        preparing_at=world_time,
        **{name: times.get(name) for name in ("frozen_at", "paused_at", "cancelled_at", "stopped_at")},
    )


def _sums(case: dict[str, Any]) -> Sums:
    return Sums(
        excluded={"unsubscribed": 2, "bounced": 1},
        by_batch_state=case.get("people", {}),
        batches={},
        withdrawn=case.get("withdrawn", 0),
        refused=case.get("refused", 0),
        on_the_wire=case.get("wire", 0),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_status_of(case: dict[str, Any], now: Any) -> None:
    """The word, the exit status and the counts are what the rows say, and both equations hold."""
    assert set(case) <= KEYS

    status = compute(_issue(case, now), _sums(case), now=now, sender_alive=case.get("alive", False))

    assert (case["word"], case["exit"]) == (status.status, status.exit_status)
    assert case.get("counts", {}) == {name: n for name in COUNTS if (n := getattr(status, name))}
    assert status.balances


def test_status_that_does_not_add_up_says_so(now: Any) -> None:
    """A row that is missing shows, instead of being smoothed over."""
    case = {"issue": ["frozen"], "people": {"accepted": 4}, "counts": {"submitted": 5}}

    assert not compute(_issue(case, now), _sums(case), now=now, sender_alive=False).balances


def test_cancelled_issue_names_what_it_gave_up(world_of: MakeWorld) -> None:
    """Cancelling says how many are not mailed, and the sums still hold."""
    world = world_of(2, 3)

    assert issues.cancel(world.ledger, ISSUE, world.clock()) == 5
    assert (assert_balanced(world).status, world.status().abandoned) == ("cancelled", 5)


def test_unknown_issue_is_an_input_error(world_of: MakeWorld) -> None:
    """A typing error in a slug is told as one."""
    with pytest.raises(InputError, match="knows no issue"):
        issues.require(world_of().ledger, "helo")
