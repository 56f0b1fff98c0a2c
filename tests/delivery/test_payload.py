"""The one request of a batch: each person alone in it, told apart by ids that tell nothing."""

import orjson
import pytest
from delivery_world import SHARED, TAG
from hypothesis import given, settings
from hypothesis import strategies as st

from pressrun.delivery import splitting
from pressrun.delivery.packing import welcome
from pressrun.delivery.payload import Shared, Slots, build_request, personalization
from pressrun.errors import PressrunError, StoppedError


def _piece(at: int, name: str | None = None) -> bytes:
    link = f"https://example.org/u/{at}"
    return personalization(
        recipient_id=f"r{at}",
        address=f"Person.{at}@example.org",
        name=f"Person {at}" if name is None else name,
        slots={TAG: link},
        link=link,
        issue_id="hello",
    )


def _slots(count: int, fixed: dict[str, str] | None = None) -> Slots:
    return Slots.of({f"r{at}": _piece(at) for at in range(count)}, fixed or {})


def _request(count: int = 3, *, shared: Shared = SHARED, slots: Slots | None = None) -> dict:
    return orjson.loads(
        build_request(shared, slots or _slots(count), issue_id="hello", batch_no=7, attempt_id="a1"),
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


def test_only_those_who_stay_are_in_the_request() -> None:
    """Slots of people who left stay behind, and the others keep their order."""
    stayed = _slots(5).without({"r1", "r3", "r4"})

    assert [person["custom_args"]["pr_recipient"] for person in _request(slots=stayed)["personalizations"]] == [
        "r0",
        "r2",
    ]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_that_fits_no_request_is_an_error(count: int) -> None:
    """Neither nobody nor more than SendGrid takes."""
    with pytest.raises(PressrunError, match=f"has {count} recipients"):
        build_request(
            SHARED, Slots.of({f"r{at}": b"{" for at in range(count)}, {}), issue_id="h", batch_no=1, attempt_id="a"
        )


def test_pieces_that_are_not_one_each_are_an_error() -> None:
    """Nobody gets the mail of somebody else."""
    with pytest.raises(PressrunError, match="Nothing was posted"):
        _request(slots=Slots(fixed={}, ids=["r0", "r1"], pieces=_piece(0)))


def test_name_is_left_out_where_empty() -> None:
    """Without a name the address stands alone."""
    slots = Slots.of({"r0": _piece(0, name="")}, {})

    assert _request(slots=slots)["personalizations"][0]["to"] == [{"email": "Person.0@example.org"}]


@pytest.mark.parametrize(
    "name",
    ["a;b", "a,b", 'a"b', "a<b", "a>b", "a\r\nBcc: x", "a\0", "a\u2028b", "\u202eabc", "x" * 101],
)
def test_unwelcome_name_is_left_out(name: str) -> None:
    """Names that SendGrid or a header would choke on do not travel."""
    assert welcome(name) == ""


@pytest.mark.parametrize("name", ["Ana", "José María", "李小龍", "O'Neill", "Žofie-Anna von Ü."])
def test_welcome_name_stays(name: str) -> None:
    """People keep their names in any script."""
    assert name == welcome(name)


_TEXTS = st.text(max_size=20)
_IDS = st.text(alphabet="abcXYZ019_-", min_size=1, max_size=8)
_PEOPLE = st.dictionaries(_IDS, _TEXTS, min_size=2, max_size=40).map(
    lambda found: {
        who: personalization(
            recipient_id=who, address=text, name=text, slots={TAG: text, "t": "\n"}, link=text, issue_id="i"
        )
        for who, text in found.items()
    }
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(_TEXTS, _TEXTS, max_size=3), _PEOPLE)
def test_packed_slots_come_back(fixed: dict[str, str], people: dict[str, bytes]) -> None:
    """What was rendered before the first POST is posted to the letter."""
    slots = Slots.of(people, fixed)
    content = slots.pack()

    assert slots == splitting.unpack(content, splitting.checksum(content), issue_id="i", batch_no=1)
    assert slots.people == people


@settings(max_examples=50, deadline=None)
@given(_PEOPLE)
def test_every_value_arrives_as_it_was(people: dict[str, bytes]) -> None:
    """Line feeds, quotes and other scripts in a value never break a request apart."""
    request = _request(slots=Slots.of(people, {}))

    assert list(people) == [one["custom_args"]["pr_recipient"] for one in request["personalizations"]]
    assert all(one["substitutions"]["t"] == "\n" for one in request["personalizations"])


@settings(max_examples=50, deadline=None)
@given(_PEOPLE, st.data())
def test_parts_joined_are_the_whole(people: dict[str, bytes], data: st.DataObject) -> None:
    """Splitting loses nobody, doubles nobody and keeps each person's slots, whichever way it splits."""
    slots, ids = Slots.of(people, {"f": "v"}), list(people)
    named = data.draw(st.sets(st.integers(0, len(ids) - 1), min_size=1))

    for parts in (splitting.halves(slots, ids), splitting.singled_out(slots, ids, named)):
        unpacked = [splitting.unpack(p.slots, p.sha256, issue_id="i", batch_no=1) for p in parts]
        whole = splitting.joined(unpacked, ids)

        assert sorted(ids) == sorted(one for part in parts for one in part.recipient_ids)
        assert all(part.recipient_ids for part in parts)
        assert people == Slots.unpack(whole.slots).people


def test_damaged_slots_are_refused() -> None:
    """What is not what was frozen is not posted."""
    with pytest.raises(StoppedError, match="batch 7 of issue hello are damaged"):
        splitting.unpack(_slots(1).pack(), "0" * 64, issue_id="hello", batch_no=7)
