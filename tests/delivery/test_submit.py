"""Submitting batches: each answer, each stop, and the two equations after every one of them."""

from dataclasses import replace

import pytest
from delivery_world import ISSUE, MakeWorld, World, assert_balanced
from fake_provider import FakeProvider
from structlog.testing import capture_logs

from pressrun.delivery import submit
from pressrun.delivery.provider import Answer
from pressrun.delivery.submit import BACK_OFF, RATE_LIMIT_WAIT
from pressrun.errors import StoppedError, StoreBusyError
from pressrun.ledger import attempts, batches, issues


def test_everyone_is_submitted_once(world_of: MakeWorld) -> None:
    """The plain case: each batch is one POST, and everything is counted."""
    world = world_of(3, 2, 4)

    assert world.send().status == "finished"
    assert [len(request) for request in world.provider.accepted] == [3, 2, 4]
    assert world.count_progress == 9
    assert_balanced(world)


def test_sending_again_posts_nothing(world_of: MakeWorld) -> None:
    """What is submitted stays submitted: a second send finds nothing to do."""
    world = world_of(3)
    world.send()
    world.send()

    assert world.provider.count_tries == 1
    assert_balanced(world)


@pytest.mark.parametrize("count_bad", [1, 3])
def test_named_addresses_are_refused_alone(world_of: MakeWorld, count_bad: int) -> None:
    """A 400 that names k addresses costs one more POST, and only they are refused."""
    bad = {f"p{at * 7}" for at in range(1, count_bad + 1)}
    world = world_of(30, provider=FakeProvider(bad=bad))

    status = world.send()

    assert ("finished", 30 - count_bad, count_bad) == (status.status, status.submitted, status.refused)
    assert bad == {person for person, state in world.states().items() if state == "refused"}
    assert world.provider.count_posts == 2
    assert_balanced(world)


@pytest.mark.parametrize("bad", [{0}, {999}, {500}, {617}, {0, 999}, {3, 400, 800}, {10, 11}])
def test_unnamed_addresses_are_found_with_few_posts(world_of: MakeWorld, bad: set[int]) -> None:
    """A 400 that names nobody: k bad addresses of 1,000 cost at most 12 k more POSTs."""
    world = world_of(1000, provider=FakeProvider(bad={f"p{at}" for at in bad}, names=False))

    status = world.send()

    assert (1000 - len(bad), len(bad)) == (status.submitted, status.refused)
    assert {f"p{at}" for at in bad} == {p for p, state in world.states().items() if state == "refused"}
    assert world.provider.count_posts - 1 <= 12 * len(bad)
    assert world.count_progress == 1000
    assert_balanced(world)


@pytest.mark.parametrize("names", [True, False])
def test_too_many_bad_addresses_stop_the_issue(
    world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch, names: bool
) -> None:
    """When a whole batch is refused something else is wrong: stop, and leave the next batch alone."""
    monkeypatch.setattr(submit, "MAX_BAD_IN_BATCH", 8)
    world = world_of(12, 5, provider=FakeProvider(bad={f"p{at}" for at in range(12)}, names=names))

    with pytest.raises(StoppedError, match="look at the list first"):
        world.send()

    assert world.provider.accepted == []
    assert assert_balanced(world).status == "stopped"
    assert world.provider.count_posts <= 12 * 9


def test_position_that_does_not_exist_is_no_reason_to_refuse(world_of: MakeWorld) -> None:
    """If SendGrid names somebody who is not in the request, the batch is searched instead."""
    provider = FakeProvider(bad={"p2"})
    honest = provider._refusal
    provider._refusal = lambda request: _shifted(honest(request))
    world = world_of(5, provider=provider)

    assert world.send().refused == 1
    assert_balanced(world)


def _shifted(answer: Answer | None) -> Answer | None:
    return answer and replace(answer, body=answer.body.replace(b"personalizations.", b"personalizations.77"))


def test_too_large_a_request_is_halved(world_of: MakeWorld) -> None:
    """A 413 splits the batch until it fits; nobody is refused for it."""
    world = world_of(20, provider=FakeProvider(at_most=6))

    assert (world.send().status, world.status().submitted) == ("finished", 20)
    assert_balanced(world)


def test_request_over_our_own_limit_is_halved(world_of: MakeWorld) -> None:
    """What is too large is split before a connection is made."""
    world = world_of(4, provider=FakeProvider({1: "too_large"}))

    assert world.send().status == "finished"
    assert [len(request) for request in world.provider.accepted] == [2, 2]
    assert_balanced(world)


def test_mail_too_large_for_one_person_stops_the_issue(world_of: MakeWorld) -> None:
    """If even one recipient's request is too large the mail is to blame, not the person."""
    world = world_of(2, provider=FakeProvider(at_most=0))

    with pytest.raises(StoppedError, match="mail itself is too large"):
        world.send()
    assert (world.status().refused, assert_balanced(world).pending) == (0, 2)


def test_rate_limit_is_waited_out(world_of: MakeWorld) -> None:
    """A 429 is a certain no: wait as long as told, then post the same batch again."""
    world = world_of(2, 2, provider=FakeProvider({1: "429", 2: "429"}))

    assert world.send().status == "finished"
    assert world.seconds_slept == pytest.approx(2 * RATE_LIMIT_WAIT, abs=0.1)
    assert_balanced(world)


@pytest.mark.parametrize("code", ["401", "403", "404", "415", "422"])
def test_refusal_of_everything_stops_and_goes_on_later(world_of: MakeWorld, code: str) -> None:
    """A wrong key stops the issue before the next batch; once mended, a new send does the rest."""
    world = world_of(2, 2, 2, provider=FakeProvider({2: code}))
    with pytest.raises(StoppedError, match=f"SendGrid answered {code}"):
        world.send()
    stopped = assert_balanced(world)

    assert (stopped.status, stopped.submitted, stopped.pending) == ("stopped", 2, 4)
    assert world.send().status == "finished"
    assert_balanced(world)


def test_words_of_sendgrid_are_told_without_addresses(world_of: MakeWorld) -> None:
    """SendGrid quotes addresses in its answers; messages and logs do not repeat them in full."""
    world = world_of(1, provider=FakeProvider({1: "401"}))
    body = b'{"errors":[{"message":"instance of [ana.long@example.org] found","field":null}]}'
    world.provider._answer = lambda *_: _with_body(body)

    with capture_logs() as logs, pytest.raises(StoppedError) as stopped:
        world.send()

    assert "ana.long" not in f"{stopped.value} {world.status().stop_reason} {logs}"
    assert "a…@e….org" in str(stopped.value)


def _with_body(body: bytes) -> Answer:
    return Answer(left=True, status=401, headers_complete=True, body=body)


@pytest.mark.parametrize("step", ["lose", "drop", "500", "504", "408"])
def test_lost_answer_is_held_and_the_run_goes_on(world_of: MakeWorld, step: str) -> None:
    """Whatever may have been accepted is not posted again: one batch in doubt, the others submitted."""
    world = world_of(2, 3, 2, provider=FakeProvider({2: step}))

    status = world.send()
    world.send()

    assert (status.status, status.in_doubt, status.submitted) == ("in_doubt", 3, 4)
    assert (status.exit_status, world.provider.count_tries) == (5, 3)
    assert_balanced(world)


def test_event_settles_what_was_in_doubt(world_of: MakeWorld) -> None:
    """One event turns the batch in doubt into a submitted one, and the issue is finished."""
    world = world_of(2, 3, provider=FakeProvider({2: "lose"}))
    world.send()

    assert (len(world.settle().accepted), world.settle().alarms) == (1, ())
    assert assert_balanced(world).status == "finished"


def test_three_doubts_in_a_row_stop_the_issue(world_of: MakeWorld) -> None:
    """The harm of a SendGrid that swallows everything is bounded by three batches."""
    world = world_of(*[1] * 6, provider=FakeProvider(lambda n: "lose"))

    with pytest.raises(StoppedError, match="3 batches are in doubt, the last 3 in a row"):
        world.send()
    assert (world.provider.count_posts, assert_balanced(world).in_doubt) == (3, 3)


def test_ten_doubts_in_all_stop_the_issue(world_of: MakeWorld) -> None:
    """Answers in between do not hide that many are lost."""
    world = world_of(*[1] * 25, provider=FakeProvider(lambda n: "accept" if n % 2 else "drop"))

    with pytest.raises(StoppedError, match="10 batches are in doubt"):
        world.send()
    assert assert_balanced(world).in_doubt == 10


def test_no_connection_backs_off_and_stops_without_doubt(world_of: MakeWorld) -> None:
    """A SendGrid that cannot be reached leaves nothing in doubt, and the send can be run again."""
    world = world_of(2, 2, provider=FakeProvider(lambda n: "unreachable" if n <= 6 else "accept"))

    with pytest.raises(StoppedError, match="cannot be reached"):
        world.send()
    assert (sum(BACK_OFF), 6, 0) == (world.seconds_slept, world.provider.count_tries, world.status().in_doubt)
    assert world.send().status == "finished"
    assert_balanced(world)


def test_connection_that_comes_back_is_used(world_of: MakeWorld) -> None:
    """A short outage costs a short wait and nothing else."""
    world = world_of(2, provider=FakeProvider({1: "unreachable", 2: "unreachable"}))

    assert world.send().status == "finished"
    assert sum(BACK_OFF[:2]) == world.seconds_slept
    assert_balanced(world)


def test_unsubscribed_before_the_post_is_not_mailed(world_of: MakeWorld) -> None:
    """An unsubscribe that was acknowledged after the freeze is never in a later POST."""
    world = world_of(3, 3)
    world.unsubscribe("p1")
    world.unsubscribe("p5")

    status = world.send()

    assert world.provider.accepted == [["p0", "p2"], ["p3", "p4"]]
    assert (status.withdrawn, status.submitted) == (2, 4)
    assert_balanced(world)


def test_unsubscribed_while_connecting_is_not_mailed(world_of: MakeWorld) -> None:
    """Between connecting and the first byte there is one last look; the request is built again without them."""
    world = world_of(3)
    world.provider.on_connect = lambda: world.unsubscribe("p1")

    status = world.send()

    assert world.provider.accepted == [["p0", "p2"]]
    assert (world.provider.count_posts, status.withdrawn, world.provider.count_tries) == (1, 1, 2)
    assert_balanced(world)


def test_batch_of_only_withdrawn_people_is_not_posted(world_of: MakeWorld) -> None:
    """When everyone of a batch has left there is no request, and the issue still finishes."""
    world = world_of(1, 1)
    world.unsubscribe("p0")

    assert (world.send().status, world.status().withdrawn) == ("finished", 1)
    assert world.provider.count_tries == 1
    assert_balanced(world)


def test_unsubscribed_during_a_search_is_not_mailed(world_of: MakeWorld) -> None:
    """A batch that is posted in parts asks again before each of them."""
    world = world_of(16, provider=FakeProvider(bad={"p3"}, names=False))
    world.provider.on_wire = lambda: world.unsubscribe("p12") if world.provider.count_posts == 1 else None

    status = world.send()

    assert "p12" not in {person for request in world.provider.accepted for person in request}
    assert (status.submitted, status.withdrawn, status.refused) == (14, 1, 1)
    assert_balanced(world)


@pytest.mark.parametrize("control", ["pause", "cancel", "stop", "stop_file"])
def test_control_between_intent_and_wire_holds(world_of: MakeWorld, control: str) -> None:
    """Whoever stops an issue after the connection was made still stops this POST."""
    world = world_of(2, 2)
    world.provider.on_connect = lambda: _control(world, control)

    with pytest.raises(StoppedError):
        world.send()
    assert (world.provider.count_posts, world.attempt_states()) == (0, ["refused"])
    expected = {"pause": "paused", "cancel": "cancelled"}.get(control, "stopped")
    assert expected == assert_balanced(world).status


def _control(world: World, control: str) -> None:
    if control == "stop_file":
        (world.settings.home / "stop").touch()
    elif control == "stop":
        issues.stop(world.ledger, ISSUE, "worn out.", world.clock())
    else:
        getattr(issues, control)(world.ledger, ISSUE, world.clock())


def test_stop_file_is_seen_while_waiting(world_of: MakeWorld) -> None:
    """A wait for a rate limit does not outlast the wish to stop."""
    world = world_of(1, provider=FakeProvider({1: "429"}))
    world.provider.on_wire = (world.settings.home / "stop").touch

    with pytest.raises(StoppedError, match="stop file"):
        world.send()
    assert world.seconds_slept == 0


def test_paused_issue_goes_on_after_resuming(world_of: MakeWorld) -> None:
    """Pausing loses nothing: after resume a send does the rest."""
    world = world_of(2, 2)
    world.provider.on_wire = lambda: issues.pause(world.ledger, ISSUE, world.clock())
    with pytest.raises(StoppedError, match="paused"):
        world.send()
    assert (world.status().status, world.status().submitted, world.status().pending) == ("paused", 2, 2)
    world.provider.on_wire = lambda: None
    issues.resume(world.ledger, ISSUE)

    assert world.send().status == "finished"
    assert_balanced(world)


def test_unwritten_outcome_stops_the_run_and_counts_nothing(
    world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the ledger does not take the outcome, success in memory is no success: in doubt, then settled."""

    def full(*_: object) -> None:
        raise StoreBusyError("disk full")

    world = world_of(2, 2)
    with monkeypatch.context() as patched:
        patched.setattr(attempts, "store_outcome", full)
        with pytest.raises(StoppedError, match="disk full"):
            world.send()

    assert (world.provider.count_posts, world.count_progress, world.status().submitted) == (1, 0, 0)
    assert ((status := world.send()).in_doubt, status.submitted) == (2, 2)
    world.settle()
    assert assert_balanced(world).status == "finished"


def test_unwritten_wire_sends_no_byte(world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the ledger does not take the wire mark, the request stays here."""

    def full(*_: object) -> None:
        raise StoreBusyError("disk full")

    world = world_of(2)
    with monkeypatch.context() as patched:
        patched.setattr(attempts, "store_wire", full)
        with pytest.raises(StoppedError, match="disk full"):
            world.send()

    assert (world.provider.count_posts, world.status().in_doubt) == (0, 0)
    assert world.send().status == "finished"
    assert_balanced(world)


def test_damaged_slots_are_not_posted(world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """One flipped bit in what was frozen is found before the POST."""
    world = world_of(2)
    found = batches.content_of(world.ledger, ISSUE, 1)
    damaged = replace(found, slots=bytes([found.slots[0] ^ 1]) + found.slots[1:])
    monkeypatch.setattr(batches, "content_of", lambda *_: damaged)

    with pytest.raises(StoppedError, match="damaged"):
        world.send()
    assert world.provider.count_tries == 0


def test_log_of_an_attempt_names_nobody(world_of: MakeWorld) -> None:
    """Ids and counts are logged, addresses are not."""
    world = world_of(2, provider=FakeProvider({1: "lose"}))
    with capture_logs() as logs:
        world.send()

    assert [entry["outcome"] for entry in logs] == ["in_doubt"]
    assert "@" not in str(logs)


def test_slots_of_other_people_are_not_posted(world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch whose rows and slots name different recipients is not posted at all."""
    world = world_of(2)
    found = batches.content_of(world.ledger, ISSUE, 1)
    monkeypatch.setattr(batches, "content_of", lambda *_: replace(found, members=["p0", "p7"]))

    with pytest.raises(StoppedError, match="not those of its recipients"):
        world.send()
    assert world.provider.count_tries == 0
