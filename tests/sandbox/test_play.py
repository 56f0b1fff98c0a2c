"""A day of readers is repeatable, signed, and counted: its truth is what a webhook gets."""

import base64
import json
import socket
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sandbox_process import Running, Webhook, request_of

from pressrun.sandbox.log import Accepted
from pressrun.sandbox.readers import Event, Habits, day_of, noisy

LINE = Accepted(
    n=7,
    received_at="2026-11-24T09:00:00+00:00",
    accepted_at="2026-11-24T09:00:00+00:00",
    x_message_id="id",
    issue="hello",
    batch="1",
    attempt="a1",
    recipients=[{"recipient": f"r{number}", "email": f"p{number}@x.example"} for number in range(300)],
)
LINKS = ["https://example.org/1", "https://example.org/2"]
LIVELY = {"hard_bounce": 0.1, "opens": 0.9, "clicks": 0.6, "complains": 0.1, "unsubscribes": 0.5}
START = 1_790_000_000


def _day(seed: int, **more: Any) -> list[Event]:
    lives = day_of(
        LINE, LINKS, **{"seed": seed, "hours": 24, "start": START, "suppressed": {}, "habits": Habits(), **more}
    )
    return [event for life in lives for event in life]


def _received() -> Iterator[Event]:
    for body, _, _ in Webhook.posts:
        yield from json.loads(body)


def _counted(events: Iterator[Event], issue: str) -> dict[str, int]:
    """Count as any reader of the webhook would: people by event, machines apart."""
    people: set[tuple[str, str]] = set()
    for event in events:
        if event.get("pr_issue") == issue:
            people.add((event["event"], event["pr_recipient"]))
            if event["event"] == "open":
                kind = "open_machine" if event["sg_machine_open"] else "open_person"
                people.add((kind, event["pr_recipient"]))
    return dict(Counter(kind for kind, _ in people))


def _accept(running: Running, issue: str, people: int = 3, unsubscribe: str = "https://news.example") -> None:
    """Have a request to people of their own accepted: who bounced in another test is suppressed for good."""
    request = request_of(people, issue)
    for number, one in enumerate(request["personalizations"]):
        one["to"] = [{"email": f"p{number}@{issue}.example"}]
        one["headers"] = {"List-Unsubscribe": f"<{unsubscribe}/u/{number}>"}
    assert 202 == running.send(request).status


def _play(running: Running, **wanted: Any) -> dict[str, Any]:
    told: dict[str, Any] = running.get("/sandbox/play", "POST", wanted)
    return told


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    """A figure that was seen once can be seen again."""
    assert _day(5) == _day(5) != _day(6)


def test_the_same_seed_adds_the_same_noise() -> None:
    """Copies, lost ids and order are repeatable too."""
    first, again = (noisy(deepcopy(_day(5)), seed=5, repeated=0.3) for _ in range(2))

    assert first == again
    assert len(first) > len(_day(5))


def test_a_day_follows_the_order_of_a_mail() -> None:
    """Nothing is opened before it arrived, and nobody who bounced reads."""
    lives = list(day_of(LINE, LINKS, seed=5, hours=24, start=START, suppressed={}, habits=Habits(**LIVELY)))

    for life in lives:
        names = [event["event"] for event in life]
        assert "processed" == names[0]
        assert not ({"bounce", "delivered"} <= set(names))
        arrived = next((event["timestamp"] for event in life if event["event"] == "delivered"), None)
        later = [event["timestamp"] for event in life if event["event"] in ("open", "click", "unsubscribe")]
        assert not later or (arrived is not None and arrived <= min(later))


def test_a_suppressed_address_is_dropped_with_its_reason() -> None:
    """SendGrid mails nobody on its lists, and says why."""
    (event, *_) = _day(5, suppressed={"p0@x.example": "Bounced Address"})

    assert ("dropped", "Bounced Address", "r0") == (event["event"], event["reason"], event["pr_recipient"])


def test_what_an_event_lacks_its_copies_lack() -> None:
    """A copy with arguments of one without would be another event."""
    events = noisy(_day(5, habits=Habits(hard_bounce=1.0)), seed=5, repeated=1.0)
    bounces = [event for event in events if event["event"] == "bounce"]
    lacking = {event["email"] for event in bounces if "pr_recipient" not in event}

    assert lacking
    assert not [event for event in bounces if event["email"] in lacking and "pr_recipient" in event]


def test_the_truth_is_what_the_webhook_counted(running: Running) -> None:
    """Every kind of event, over copies and any order; no bounce loses its arguments here."""
    _accept(running, "counted", 300)

    told = _play(running, issue="counted", seed=3, repeated=0.5, habits={**LIVELY, "hard_bounce": 0.0, "blocked": 0.0})

    assert told["unique_by_issue"]["counted"] == _counted(_received(), "counted")
    assert told["events"] == sum(1 for _ in _received()) > told["unique_events"]


def test_who_bounced_is_dropped_the_next_time(running: Running) -> None:
    """The sandbox keeps SendGrid's lists over plays."""
    _accept(running, "first")
    _play(running, issue="first", habits={"hard_bounce": 1.0})
    _accept(running, "first")

    told = _play(running, issue="first", habits={"hard_bounce": 1.0})

    assert {"first": {"dropped": 3}} == told["unique_by_issue"]


def test_the_truth_counts_bounces_that_lost_their_arguments(running: Running) -> None:
    """SendGrid's late bounces come with an address and no more; they happened all the same."""
    _accept(running, "bouncing", 200)

    told = _play(running, issue="bouncing", habits={"hard_bounce": 1.0})

    bounced = {event["email"] for event in _received() if event["event"] == "bounce"}
    assert told["unique_by_issue"]["bouncing"]["bounce"] == len(bounced) == 200


def test_a_signature_is_of_this_body_and_this_time(running: Running) -> None:
    """One other octet, or another second, and it no longer holds."""
    _accept(running, "signed")
    _play(running, issue="signed")
    key = load_der_public_key(base64.b64decode(running.get("/sandbox/webhook-key")["public_key"]))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    body, signature, stamp = Webhook.posts[0]

    key.verify(base64.b64decode(signature), stamp.encode() + body, ec.ECDSA(hashes.SHA256()))

    for wrong in (stamp.encode() + body + b" ", str(int(stamp) + 1).encode() + body):
        with pytest.raises(InvalidSignature):
            key.verify(base64.b64decode(signature), wrong, ec.ECDSA(hashes.SHA256()))


def test_a_post_is_repeated_until_it_is_taken(running: Running) -> None:
    """A receiver that is restarted misses nothing."""
    _accept(running, "retried")
    Webhook.refusing = 2

    told = _play(running, issue="retried")

    assert (0, 1, 0) == (told["failed_posts"], len(Webhook.posts), Webhook.refusing)


def _leaving(running: Running, issue: str, url: str) -> dict[str, Any]:
    _accept(running, issue, 100, url)
    return _play(running, issue=issue, one_click=1.0, habits={"opens": 1.0, "unsubscribes": 1.0})


def test_one_click_unsubscribes_go_to_the_link_of_the_header(running: Running) -> None:
    """They are made as mail programs make them, and are no events of SendGrid's."""
    told = _leaving(running, "leaving", running.webhook.rstrip("/"))

    assert told["one_click_unsubscribes"] == len(set(Webhook.unsubscribed)) > 20
    assert "unsubscribe" not in told["unique_by_issue"]["leaving"]


def test_nothing_is_posted_off_this_machine(running: Running) -> None:
    """A link of the real world stays untouched, even where a subscriber would have clicked it."""
    assert 0 == _leaving(running, "outside", "https://news.example")["one_click_unsubscribes"]


def test_an_unsubscribe_page_that_is_down_does_not_spoil_the_day(running: Running) -> None:
    """What was posted is remembered, or the next play would post it all again."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        told = _leaving(running, "down", f"http://127.0.0.1:{closed.getsockname()[1]}")

    assert 0 == told["one_click_unsubscribes"]
    assert 0 == _play(running, issue="down")["requests"]


def test_lost_events_never_arrive_and_repeated_ones_count_once(running: Running) -> None:
    """The truth is of what was posted, and people are counted once."""
    running.faults({"fault": "events_lost"})
    _accept(running, "lost")
    lost = _play(running, issue="lost")
    running.faults({"fault": "events_repeated", "times_each": 3})
    _accept(running, "again")
    again = _play(running, issue="again", habits={"hard_bounce": 0.0, "blocked": 0.0})

    assert ({}, 0) == (lost["unique_by_issue"], lost["events"])
    assert 3 == again["unique_by_issue"]["again"]["delivered"]
    assert 12 <= sum(event["event"] == "delivered" for event in _received())


def test_late_events_happened_later(running: Running) -> None:
    """A day's delay is in their time."""
    _accept(running, "late")
    running.faults({"fault": "events_late", "seconds": 1_000_000})

    _play(running, issue="late")

    times = [event["timestamp"] for event in _received() if event.get("pr_issue") == "late"]
    assert min(times) - int(Webhook.posts[0][2]) > 900_000


@pytest.mark.parametrize("wanted", [{"habits": {"naps": 1}}, {"hours": "long"}, {"seed": []}, [], 7])
def test_a_day_that_cannot_be_is_told_with_400(running: Running, wanted: Any) -> None:
    """Never a failure of the sandbox."""
    _accept(running, "unclear")

    assert 400 == running.ask("POST", "/sandbox/play", json.dumps(wanted).encode()).status
