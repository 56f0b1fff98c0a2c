"""Whatever comes is an event, ignored or unreadable, and never an exception."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pressrun.engagement import Event, Ignored, Unreadable, parse, parse_body
from pressrun.engagement.parse import WORDS

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "event_parsing.yml").read_text(encoding="utf-8"))
KINDS = {"event": Event, "ignored": Ignored, "unreadable": Unreadable}
CLICK = {
    "event": "click",
    "email": "ana@example.org",
    "timestamp": 1764000000,
    "sg_event_id": "e1",
    "sg_message_id": "m1",
    "pr_issue": "hello",
    "pr_batch": "1",
    "pr_attempt": "a1",
    "pr_recipient": "r1",
}


def _record(case: dict[str, Any]) -> Any:
    if "raw" in case:
        return case["raw"]
    return {name: value for name, value in {**CLICK, **case["event"]}.items() if value is not None}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_record_is_read_as_the_table_says(case: dict[str, Any]) -> None:
    """Each documented and each odd shape has its reading; the record itself is always kept."""
    found = parse(_record(case))
    told = {name: getattr(found, name) for name in case["expected"]}
    if isinstance(told.get("occurred_at"), datetime):
        told["occurred_at"] = told["occurred_at"].isoformat()

    assert KINDS[case.get("is", "event")] is type(found)
    assert case["expected"] == told
    assert _record(case) == json.loads(found.raw)


def _bodies() -> st.SearchStrategy[bytes]:
    """Bodies from mere bytes to arrays of nearly right events."""
    leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("1764000000")
    value = st.recursive(leaf, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner))
    word = st.sampled_from(["open", "bounce", "spamreport", "blocked", "dropped", "new"]) | value
    names = st.sampled_from([*CLICK, "type", "reason", "url", "url_offset", "attempt", "status", "sg_machine_open"])
    event = st.builds(lambda changed, said: {**CLICK, **changed, "event": said}, st.dictionaries(names, value), word)
    return st.binary(max_size=60) | st.lists(event | value, max_size=3).map(lambda body: json.dumps(body).encode())


@given(_bodies())
def test_any_bytes_have_a_reading(body: bytes) -> None:
    """No body stops an ingest, and none is read as nothing without being an empty array."""
    found = list(parse_body(body))

    assert all(isinstance(one, Event | Ignored | Unreadable) for one in found)
    assert all(one.raw.encode() for one in found if body)
    assert found or json.loads(body) == []


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[", b"[" * 100_000, b'[{"a":' * 400 + b"1" + b"}]" * 400])
def test_what_is_no_array_of_events_is_one_unreadable_thing(body: bytes) -> None:
    """It is kept with its reason."""
    (found,) = parse_body(body)

    assert isinstance(found, Unreadable)
    assert found.reason


@pytest.mark.parametrize("broken", [b"550 M\xfcller", b"half \\ud83d", b"nul \\u0000"])
def test_broken_text_does_not_hide_the_events_beside_it(broken: bytes) -> None:
    """A mail server's answer in another encoding must not lose somebody's unsubscribe."""
    left = json.dumps({**CLICK, "event": "unsubscribe"}).encode()
    found = list(parse_body(b'[{"event":"bounce","timestamp":1764000000,"reason":"%s"},%s]' % (broken, left)))

    assert ["bounce", "unsubscribe"] == [getattr(one, "event", None) for one in found]


@pytest.mark.parametrize("depth", [250, 300, 900])
def test_deep_record_does_not_hide_the_events_beside_it(depth: int) -> None:
    """What can be read but not written again is set aside alone."""
    deep = b'{"event":"open","timestamp":1,"x":' + b"[" * depth + b"]" * depth + b"}"
    found = list(parse_body(b"[%s,%s]" % (deep, json.dumps(CLICK).encode())))

    assert not isinstance(found[0], Event)
    assert "click" == getattr(found[1], "event", None)


def _key(**changed: object) -> str:
    found = parse({**CLICK, **changed})
    assert isinstance(found, Event)
    return found.event_key


def test_copy_under_another_id_has_the_same_key() -> None:
    """What an event says counts, not the id it came with, nor how its numbers are spelled."""
    assert _key() == _key(sg_event_id="e2", category="x", email="ANA@example.org ")
    assert _key(attempt="5") == _key(attempt=5)


@pytest.mark.parametrize(
    "changed",
    [
        {"timestamp": 1764000001},
        {"email": "bob@example.org"},
        {"url": "https://b.example/"},
        {"url_offset": {"index": 1, "type": "html"}},
        {"useragent": "scanner"},
        {"ip": "192.0.2.7"},
        {"attempt": 2},
        {"event": "open"},
        {"pr_recipient": "r2"},
        {"sg_message_id": "m2"},
    ],
)
def test_events_that_differ_have_different_keys(changed: dict[str, object]) -> None:
    """A scanner and a person who follow one link in one second stay two."""
    assert _key() != _key(**changed)


@pytest.mark.shared
def test_documented_examples_are_read(shared_data: Path) -> None:
    """Each example of SendGrid's documentation is understood once it is about our mail."""
    examples = json.loads((shared_data / "events" / "sendgrid-event-examples.json").read_text())
    ours = {name: CLICK[name] for name in CLICK if name.startswith("pr_")}
    named = [{**example, **ours} for example in examples if "event" in example]
    read = [(example["event"], parse(example)) for example in named]
    found = {name: one for name, one in read if isinstance(one, Event)}

    assert len({name for name, _ in read}) == len(found)
    assert {name.lower() for name in found} <= set(WORDS)
    assert all(one.occurred_at.year < 2027 for one in found.values())
