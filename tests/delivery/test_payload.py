"""The one request of a batch: each person alone in it, told apart by ids that tell nothing."""

import orjson
import pytest
from delivery_world import SHARED, TAG
from hypothesis import given, settings
from hypothesis import strategies as st

from pressrun.delivery import splitting
from pressrun.delivery.freeze import _welcome
from pressrun.delivery.payload import Person, Shared, Slots, build_request
from pressrun.errors import PressrunError, StoppedError
from pressrun.ledger.recipients import Recipient


def _recipient(at: int) -> Recipient:
    return Recipient(
        recipient_id=f"r{at}",
        position=at,
        address=f"Person.{at}@example.org",
        address_key=f"person.{at}@example.org",
        withdrawn_at=None,
        refused_at=None,
    )


def _slots(count: int, fixed: dict[str, str] | None = None) -> Slots:
    people = [
        Person(recipient_id=f"r{at}", name=f"Person {at}", slots={TAG: f"https://example.org/u/{at}"})
        for at in range(count)
    ]
    return Slots(fixed=fixed or {}, people=people)


def _request(count: int = 3, *, shared: Shared = SHARED, slots: Slots | None = None) -> dict:
    return build_request(
        shared,
        slots or _slots(count),
        [_recipient(at) for at in range(count)],
        issue_id="hello",
        batch_no=7,
        attempt_id="a1",
    )


def test_everyone_is_alone_in_the_to_line() -> None:
    """No recipient sees another: one `to` each, and never a cc or bcc."""
    people = _request()["personalizations"]

    assert [[{"email": f"Person.{at}@example.org", "name": f"Person {at}"}] for at in range(3)] == [
        person["to"] for person in people
    ]
    assert {"to", "substitutions", "headers", "custom_args"} == set().union(*people)


def test_custom_args_are_strings_in_every_personalization() -> None:
    """An event leads back to issue, batch, attempt and recipient without any address."""
    ids = {"pr_issue": "hello", "pr_batch": "7", "pr_attempt": "a1"}

    assert [{**ids, "pr_recipient": f"r{at}"} for at in range(3)] == [
        person["custom_args"] for person in _request()["personalizations"]
    ]


def test_nothing_personal_is_in_ids_and_categories() -> None:
    """SendGrid keeps custom args and categories for ever and calls them not personal: so they are not."""
    request = _request()
    kept = orjson.dumps([[p["custom_args"] for p in request["personalizations"]], request["categories"]])

    assert b"@" not in kept
    assert b"Person" not in kept


def test_unsubscribe_headers_are_each_persons_own() -> None:
    """One click in the mail program leaves, for this person and this issue (RFC 8058)."""
    assert [
        {
            "List-Unsubscribe": f"<https://example.org/u/{at}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        for at in range(3)
    ] == [person["headers"] for person in _request()["personalizations"]]


@pytest.mark.parametrize("track", [True, False])
def test_tracking_is_said_in_so_many_words(track: bool) -> None:
    """Account defaults decide nothing: SendGrid's own unsubscribe is off, the rest is as the issue says."""
    settings = _request(shared=_changed(track=track))["tracking_settings"]

    assert (track, track) == (settings["click_tracking"]["enable"], settings["open_tracking"]["enable"])
    assert settings["subscription_tracking"] == {"enable": False}


def _changed(**fields: object) -> Shared:
    return Shared.from_json(orjson.dumps({**orjson.loads(SHARED.to_json()), **fields}))


@pytest.mark.parametrize(("reply_to", "expected"), [("", None), ("a@b.example", {"email": "a@b.example"})])
def test_reply_to_is_left_out_where_empty(reply_to: str, expected: dict | None) -> None:
    """An empty field would be refused by SendGrid for the whole batch."""
    assert expected == _request(shared=_changed(reply_to=reply_to)).get("reply_to")


def test_text_comes_before_html() -> None:
    """SendGrid wants plain text first."""
    assert [part["type"] for part in _request()["content"]] == ["text/plain", "text/html"]


def test_fixed_slots_are_filled_into_the_body() -> None:
    """People whose slots are too large to travel share a body that has them already."""
    shared = _changed(subject="Hi F1", html="<b>F1</b>", text="F1")

    request = _request(1, shared=shared, slots=_slots(1, {"F1": "all of it"}))

    assert (
        request["subject"],
        [part["value"] for part in request["content"]],
    ) == ("Hi all of it", ["all of it", "<b>all of it</b>"])


def test_only_the_audience_is_in_the_request() -> None:
    """Slots of people who left stay behind."""
    assert [person["custom_args"]["pr_recipient"] for person in _request(2, slots=_slots(5))["personalizations"]] == [
        "r0",
        "r1",
    ]


def test_recipient_without_slots_is_an_error() -> None:
    """Nobody gets a mail with holes in it; the message names an id and no address."""
    with pytest.raises(PressrunError, match="no slots for 2 recipients") as missing:
        _request(3, slots=_slots(1))
    assert "@" not in str(missing.value)


def test_name_is_left_out_where_empty() -> None:
    """Without a name the address stands alone."""
    slots = Slots(fixed={}, people=[Person(recipient_id="r0", name="", slots={TAG: "u"})])

    assert _request(1, slots=slots)["personalizations"][0]["to"] == [{"email": "Person.0@example.org"}]


@pytest.mark.parametrize(
    "name",
    ["a;b", "a,b", 'a"b', "a<b", "a>b", "a\r\nBcc: x", "a\0", "a\u2028b", "\u202eabc", "x" * 101],
)
def test_unwelcome_name_is_left_out(name: str) -> None:
    """Names that SendGrid or a header would choke on do not travel."""
    assert _welcome(name) == ""


@pytest.mark.parametrize("name", ["Ana", "José María", "李小龍", "O'Neill", "Žofie-Anna von Ü."])
def test_welcome_name_stays(name: str) -> None:
    """People keep their names in any script."""
    assert name == _welcome(name)


_TEXTS = st.text(max_size=20)
_MANY = st.lists(
    st.builds(
        Person,
        recipient_id=st.text(min_size=1, max_size=8),
        name=_TEXTS,
        slots=st.dictionaries(_TEXTS, _TEXTS, max_size=3),
    ),
    min_size=2,
    max_size=40,
    unique_by=lambda person: person.recipient_id,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(_TEXTS, _TEXTS, max_size=3), _MANY)
def test_packed_slots_come_back(fixed: dict[str, str], people: list[Person]) -> None:
    """What was rendered before the first POST is posted to the letter."""
    slots = Slots(fixed=fixed, people=people)
    content = slots.pack()

    assert slots == splitting.unpack(content, splitting.checksum(content), issue_id="i", batch_no=1)


@settings(max_examples=50, deadline=None)
@given(_MANY, st.data())
def test_parts_joined_are_the_whole(people: list[Person], data: st.DataObject) -> None:
    """Splitting loses nobody, doubles nobody and keeps each person's slots, whichever way it splits."""
    slots, ids = Slots(fixed={"f": "v"}, people=people), [person.recipient_id for person in people]
    named = data.draw(st.sets(st.integers(0, len(ids) - 1), min_size=1))

    for parts in (splitting.halves(slots, ids), splitting.singled_out(slots, ids, named)):
        unpacked = [splitting.unpack(p.slots, p.sha256, issue_id="i", batch_no=1) for p in parts]
        whole = splitting.joined(unpacked, ids)

        assert sorted(ids) == sorted(one for part in parts for one in part.recipient_ids)
        assert all(part.recipient_ids for part in parts)
        assert {p.recipient_id: p for p in people} == {p.recipient_id: p for p in Slots.unpack(whole.slots).people}


def test_damaged_slots_are_refused() -> None:
    """What is not what was frozen is not posted."""
    with pytest.raises(StoppedError, match="batch 7 of issue hello are damaged"):
        splitting.unpack(_slots(1).pack(), "0" * 64, issue_id="hello", batch_no=7)
