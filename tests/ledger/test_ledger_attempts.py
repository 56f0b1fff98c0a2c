"""Attempts: each step durable, claimed once, fenced by epoch, and judged after a death."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from ledger_rows import ISSUE, NOW, attempt, begin, freeze, intend

from pressrun.errors import PressrunError, StoppedError
from pressrun.ledger import Ledger, attempts, batches, issues, recipients, settling
from pressrun.ledger.attempts import Outcome
from pressrun.settings import Settings


@pytest.fixture
def epoch(ledger: Ledger, settings: Settings) -> int:
    """Freeze two batches and start a sender."""
    freeze(ledger, 3, 2)
    return begin(ledger, settings)


def _states(ledger: Ledger) -> list[str]:
    return [found.state for found in attempts.of_issue(ledger, ISSUE)]


def _batches(ledger: Ledger) -> dict[str, int]:
    return batches.sums(ledger, ISSUE).batches


def test_of_eight_who_claim_a_batch_one_wins(ledger: Ledger, epoch: int) -> None:
    """A batch is claimed by compare-and-set: seven of eight get a no and change nothing."""
    together = Barrier(8)

    def claim(name: str) -> bool:
        together.wait()
        return intend(ledger, epoch, name)

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, "abcdefgh"))

    assert [one for one in won if one] == [True]
    assert _states(ledger) == ["intent"]


@pytest.mark.parametrize(
    ("state", "batch"), [("accepted", "accepted"), ("refused", "planned"), ("in_doubt", "in_doubt")]
)
def test_outcome_moves_the_batch(ledger: Ledger, epoch: int, state: str, batch: str) -> None:
    """Only a certain no frees the batch for another attempt."""
    attempt(ledger, epoch, "a", state)

    assert [state] == _states(ledger)
    assert ({"planned": 2} if batch == "planned" else {batch: 1, "planned": 1}) == _batches(ledger)


def test_wire_needs_an_intent(ledger: Ledger, epoch: int) -> None:
    """An attempt goes on the wire once: a second time is an error, not a second POST."""
    intend(ledger, epoch, "a")
    attempts.store_wire(ledger, "a", ISSUE, epoch, NOW)

    with pytest.raises(PressrunError, match="not in state intent"):
        attempts.store_wire(ledger, "a", ISSUE, epoch, NOW)


def test_outcome_is_stored_once(ledger: Ledger, epoch: int) -> None:
    """What was decided is not overwritten by a late writer."""
    attempt(ledger, epoch, "a", "in_doubt")

    with pytest.raises(PressrunError, match="left as it is"):
        attempts.store_outcome(ledger, "a", Outcome(state="refused"), NOW)


def _next_step(ledger: Ledger, epoch: int, step: str) -> None:
    if step == "intent":
        intend(ledger, epoch, "a")
    else:
        attempts.store_wire(ledger, "a", ISSUE, epoch, NOW)


@pytest.mark.parametrize("step", ["intent", "wire"])
def test_replaced_sender_cannot_write(ledger: Ledger, settings: Settings, epoch: int, step: str) -> None:
    """A sender that was forgotten and wakes up again stops before its next POST."""
    if step == "wire":
        intend(ledger, epoch, "a")
    begin(ledger, settings)

    with pytest.raises(StoppedError, match="newer sender"):
        _next_step(ledger, epoch, step)


@pytest.mark.parametrize(("control", "words"), [("pause", "paused"), ("cancel", "cancelled"), ("stop", "out")])
@pytest.mark.parametrize("step", ["intent", "wire"])
def test_control_holds_before_the_next_post(ledger: Ledger, epoch: int, control: str, words: str, step: str) -> None:
    """Pause, cancel and stop take hold between any two steps up to the first byte."""
    if step == "wire":
        intend(ledger, epoch, "a")
    extra = ("worn out",) if control == "stop" else ()
    getattr(issues, control)(ledger, ISSUE, *extra, NOW)

    with pytest.raises(StoppedError, match=words):
        _next_step(ledger, epoch, step)


def test_dead_sender_before_wire_is_a_certain_no(ledger: Ledger, epoch: int) -> None:
    """With an intent and no wire nothing has left: the batch is planned again."""
    intend(ledger, epoch, "a")

    assert attempts.recover(ledger, NOW) == (1, 0)
    assert _states(ledger) == ["refused"]
    assert _batches(ledger) == {"planned": 2}


def test_dead_sender_after_wire_is_in_doubt(ledger: Ledger, epoch: int) -> None:
    """With wire and no outcome the batch is held; recovering again changes nothing."""
    intend(ledger, epoch, "a")
    attempts.store_wire(ledger, "a", ISSUE, epoch, NOW)

    assert [attempts.recover(ledger, NOW), attempts.recover(ledger, NOW)] == [(0, 1), (0, 0)]
    assert _states(ledger) == ["in_doubt"]
    assert _batches(ledger) == {"planned": 1, "in_doubt": 1}


@pytest.mark.parametrize("outcome", ["refused", "dead"])
def test_open_batch_of_a_cancelled_issue_ends_abandoned(ledger: Ledger, epoch: int, outcome: str) -> None:
    """A batch that was open when its issue was cancelled is not left waiting for a POST nobody makes."""
    intend(ledger, epoch, "a")
    assert issues.cancel(ledger, ISSUE, NOW) == 2
    if outcome == "dead":
        attempts.recover(ledger, NOW)
    else:
        attempts.store_outcome(ledger, "a", Outcome(state="refused"), NOW)

    assert _batches(ledger) == {"abandoned": 2}


def test_one_event_settles_an_attempt(ledger: Ledger, epoch: int) -> None:
    """One event proves the whole request; proving it again does nothing."""
    attempt(ledger, epoch, "a", "in_doubt")

    first = settling.by_events(ledger, ["a", "unknown"], NOW)

    assert (first.accepted, first.alarms) == (("a",), ())
    assert settling.by_events(ledger, ["a"], NOW).accepted == ()
    assert batches.sums(ledger, ISSUE).by_batch_state["accepted"] == 3


def test_event_of_a_refused_attempt_is_an_alarm(ledger: Ledger, epoch: int) -> None:
    """If SendGrid said no and mailed nevertheless, nobody is mailed again and a person hears of it."""
    attempt(ledger, epoch, "a", "refused")

    settled = settling.by_events(ledger, ["a"], NOW)

    assert len(settled.alarms) == 1
    assert "counted as refused" in settled.alarms[0]
    assert batches.planned(ledger, ISSUE) == [2]


def test_second_accepted_attempt_says_duplicate(ledger: Ledger, epoch: int) -> None:
    """Two accepted attempts of one batch are told once, with both ids and the number of people."""
    attempt(ledger, epoch, "a", "refused")
    attempt(ledger, epoch, "b", "accepted")
    settling.by_events(ledger, ["a"], NOW)

    found = settling.untold_twice(ledger, NOW)

    assert [(ISSUE, 1, {"a", "b"})] == [(one.issue_id, one.batch_no, set(one.attempt_ids)) for one in found]
    assert [] == settling.untold_twice(ledger, NOW)


def test_second_answer_after_the_event_says_duplicate_too(ledger: Ledger, epoch: int) -> None:
    """The pair is found whichever proof came second: here the event of the first, then the answer of the other."""
    attempt(ledger, epoch, "a", "refused")
    intend(ledger, epoch, "b")
    attempts.store_wire(ledger, "b", ISSUE, epoch, NOW)
    settling.by_events(ledger, ["a"], NOW)
    assert [] == settling.untold_twice(ledger, NOW)

    attempts.store_outcome(ledger, "b", Outcome(state="accepted", status_code=202), NOW)

    assert [{"a", "b"}] == [set(one.attempt_ids) for one in settling.untold_twice(ledger, NOW)]


def test_event_keeps_an_open_batch_from_the_wire(ledger: Ledger, epoch: int) -> None:
    """An event that proves an earlier attempt between intent and wire stops the second POST."""
    attempt(ledger, epoch, "a", "refused")
    intend(ledger, epoch, "b")
    settling.by_events(ledger, ["a"], NOW)

    with pytest.raises(StoppedError, match="earlier attempt"):
        attempts.store_wire(ledger, "b", ISSUE, epoch, NOW)
    attempts.store_outcome(ledger, "b", Outcome(state="refused"), NOW)
    assert batches.planned(ledger, ISSUE) == [2]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], (0, 0)),
        (["in_doubt", "in_doubt"], (2, 2)),
        (["in_doubt", "accepted", "in_doubt"], (1, 2)),
        (["in_doubt", "in_doubt", "accepted"], (0, 2)),
    ],
)
def test_doubts_are_counted_in_a_row_and_in_all(
    ledger: Ledger, settings: Settings, outcomes: list[str], expected: tuple[int, int]
) -> None:
    """The brake knows both how many doubts there are and whether anything has worked since."""
    freeze(ledger, *[1] * 4)
    epoch = begin(ledger, settings)
    for number, outcome in enumerate(outcomes, 1):
        attempt(ledger, epoch, "abcd"[number - 1], outcome, batch_no=number)

    assert expected == attempts.doubts(ledger, ISSUE, epoch)


def test_try_without_a_connection_does_not_break_a_row_of_doubts(ledger: Ledger, settings: Settings) -> None:
    """Whatever never left says nothing about SendGrid, so it neither adds to a row nor ends it."""
    freeze(ledger, 1, 1)
    epoch = begin(ledger, settings)
    attempt(ledger, epoch, "a", "in_doubt")
    intend(ledger, epoch, "b", batch_no=2)
    attempts.store_outcome(ledger, "b", Outcome(state="refused"), NOW)

    assert attempts.doubts(ledger, ISSUE, epoch) == (1, 1)


def test_refused_recipient_keeps_sendgrids_words(ledger: Ledger, settings: Settings) -> None:
    """A person who is refused is refused with the reason SendGrid gave."""
    freeze(ledger, 1)
    attempts.refuse_recipient(ledger, ISSUE, 1, "no valid address", NOW)

    assert [(person.state, person.detail) for piece in recipients.states(ledger, ISSUE) for person in piece] == [
        ("refused", "no valid address")
    ]


def test_frozen_audience_is_never_selected_again(ledger: Ledger, epoch: int) -> None:
    """After the freeze nobody is added or removed: starting again is refused."""
    with pytest.raises(PressrunError, match="was frozen at"):
        freeze(ledger, 1)
    assert issues.require(ledger, ISSUE).count_recipients == 5


def test_audience_that_does_not_add_up_is_not_frozen(ledger: Ledger) -> None:
    """Candidates = recipients + exclusions, checked on stored rows before anything can be posted."""
    with pytest.raises(PressrunError, match="5 candidates were read, but 3 recipients"):
        _freeze_as(ledger, candidates=5)


def _freeze_as(ledger: Ledger, *, candidates: int) -> None:
    freeze(ledger, 3, issue_id="counted")
    draft = issues.IssueDraft(issue_id="short", subject="s", segment="x", content_hash="h", shared=b"{}")
    issues.start(ledger, draft, NOW)
    people = [
        issues.FrozenRecipient(recipient_id=n, subscriber_id=n, address=n, address_key=n) for n in ("x", "y", "z")
    ]
    issues.add_batches(ledger, "short", [issues.FrozenBatch(batch_no=1, recipients=people, slots=b"", sha256="")])
    issues.freeze(ledger, "short", candidates=candidates, now=NOW)
