"""F18 to F21: refused addresses, refused keys, mails too large, and answers without their message id."""

import random
from dataclasses import replace

import pytest
from delivery_world import ISSUE, SHARED, TAG, MakeWorld
from fake_provider import FakeProvider
from structlog.testing import capture_logs

from pressrun.errors import StoppedError
from pressrun.ledger import attempts
from tests.faults.fault_world import Sandbox, freeze_people, judge, post_to, requests_of
from tests.faults.matrix import row
from tests.proofs.figures import Figures


@pytest.mark.parametrize("names", [True, False], ids=["named", "not named"])
@pytest.mark.parametrize("bad", [1, 3])
@row("F18", sample=1, full=10)
def test_a_bad_address_costs_only_itself(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, bad: int, names: bool, runs: int
) -> None:
    """A 400 for k addresses of 1,000: they are refused with SendGrid's words, all others get their mail."""
    most = 0
    for seed in range(runs):
        world, before = post_to(world_of(1000, 5), sandbox), (len(sandbox.accepted()), len(sandbox.fates()))
        people = {f"p{at}" for at in random.Random(seed).sample(range(1000), bad)}
        addresses = [f"{who}@example.org" for who in people]
        sandbox.faults({"fault": "bad_address", "addresses": addresses, "vague": not names})
        status = world.send()
        judge(world, sandbox.accepted()[before[0] :], bad=frozenset(people))
        assert ("finished", bad, 1005 - bad) == (status.status, status.refused, status.submitted)
        most = max(most, len(sandbox.fates()) - before[1] - 2)
        world.ledger.close()
    assert most <= 12 * bad
    figures(f"F18 {bad} bad of 1,000, {'named' if names else 'not named'}", runs=runs, more_posts_at_most=most)


@pytest.mark.parametrize("names", [True, pytest.param(False, marks=pytest.mark.prove)], ids=["named", "not named"])
@row("F18", sample=100, full=1000)
def test_a_batch_of_bad_addresses_stops_the_issue(
    world_of: MakeWorld, figures: Figures, names: bool, runs: int
) -> None:
    """All addresses of a batch bad: the issue stops for a person to look, the others wait, and nothing is lost."""
    bad = {f"p{at}" for at in range(runs)}
    world = world_of(runs, 5, provider=FakeProvider(bad=bad, names=names))

    with pytest.raises(StoppedError, match="look at the list first"):
        world.send()

    status = judge(world, requests_of(world), bad=frozenset(bad))
    assert ("stopped", 0, runs + 5) == (status.status, status.in_doubt, status.refused + status.pending)
    posts = world.provider.count_posts
    assert posts <= 12 * status.refused
    figures(f"F18 {runs:,} bad, {'named' if names else 'not named'}", posts=posts, refused=status.refused)


@pytest.mark.parametrize("fault", ["unauthorized", "forbidden", "credits"])
@row("F19", sample=1, full=20)
def test_a_refused_key_stops_and_the_rest_stays(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, fault: str, runs: int
) -> None:
    """401 or 403 in mid-issue: it stops at once, what is left stays planned, and a new key goes on with it."""
    for _ in range(runs):
        world, before = post_to(world_of(3, 3, 3, 3), sandbox), (len(sandbox.accepted()), len(sandbox.fates()))
        sandbox.faults({"from": 3, "fault": fault})
        with pytest.raises(StoppedError, match=r"SendGrid answered 40[13]"):
            world.send()
        status = judge(world, sandbox.accepted()[before[0] :])
        assert (6, 6, 0) == (status.submitted, status.pending, status.in_doubt)
        assert 3 == len(sandbox.fates()) - before[1], "one refused POST is enough"
        sandbox.faults()
        world.send()
        assert "finished" == judge(world, sandbox.accepted()[before[0] :]).status
        world.ledger.close()
    figures(f"F19 {fault}", runs=runs, posts_after_it=0)


@row("F20", sample=300, full=1000)
def test_over_the_limit_is_split_before_posting(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, runs: int
) -> None:
    """A batch of more than SendGrid takes is divided first: no request over 30 MB is ever posted."""
    world = post_to(world_of(), sandbox)
    large = replace(SHARED, html="x" * (17_500_000 if runs < 1000 else 15_000_000) + TAG)
    freeze_people(world, [f"p{at}" for at in range(runs)], shared=large, slot="y" * 9000)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("delivery_world.SHARED", large)
        status = world.send()

    judge(world, sandbox.accepted())
    assert ("finished", runs) == (status.status, status.submitted)
    largest = max((sandbox.folder / "requests" / f"{fate['n']:07d}.json").stat().st_size for fate in sandbox.fates())
    assert largest <= 20_000_000
    assert not [fate for fate in sandbox.fates() if "413" in fate["fate"]]
    figures("F20 over the limit", recipients=runs, posts=len(sandbox.fates()), largest_mb=round(largest / 1e6, 1))


@row("F20", sample=8, full=1000)
def test_413_is_halved_until_it_fits(world_of: MakeWorld, figures: Figures, runs: int) -> None:
    """A 413 is a certain no: the batch is halved until it is taken, and nobody is in two of the pieces."""
    world = world_of(runs, provider=FakeProvider(at_most=runs // 4))
    status = world.send()

    judge(world, requests_of(world))
    assert ("finished", runs, 0) == (status.status, status.submitted, status.in_doubt)
    figures("F20 413", recipients=runs, posts=world.provider.count_posts)


@pytest.mark.parametrize("fault", ["no_message_id", "repeat_message_id"])
@row("F21", sample=4, full=100)
def test_a_message_id_is_not_needed_to_count_right(
    world_of: MakeWorld, sandbox: Sandbox, figures: Figures, fault: str, runs: int
) -> None:
    """202 without X-Message-Id, or with one that was there before, is accepted and counted like any other."""
    world = post_to(world_of(*[2] * runs), sandbox)
    sandbox.faults({"fault": fault})
    status = world.send()

    judge(world, sandbox.accepted())
    assert ("finished", 2 * runs, 0) == (status.status, status.submitted, status.in_doubt)
    ids = {one.provider_message_id for one in attempts.of_issue(world.ledger, ISSUE)}
    assert {None} == ids if fault == "no_message_id" else 1 == len(ids)
    figures(f"F21 {fault.replace('_', ' ')}", batches=runs, in_doubt=0)


@pytest.mark.fault("F21")
def test_a_repeated_message_id_is_told(world_of: MakeWorld, sandbox: Sandbox) -> None:
    """A message id that was there before is counted, and a warning says so."""
    world = post_to(world_of(2, 2, 2), sandbox)
    sandbox.faults({"fault": "repeat_message_id"})
    with capture_logs() as logs:
        world.send()

    assert [entry for entry in logs if entry["log_level"] in ("warning", "error")]
