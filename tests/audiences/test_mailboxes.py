"""Several spellings of one Gmail mailbox are one, where the owner says so."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressrun.audiences.addresses import address_key
from pressrun.audiences.mailboxes import BySpelling, mailbox_key, mailbox_keys, same_mailbox

gmail = st.from_regex(r"[a-c.+]{1,8}@(gmail\.com|googlemail\.com|example\.org)", fullmatch=True)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("ana@gmail.com", "ana@gmail.com"),
        ("a.n.a@gmail.com", "ana@gmail.com"),
        ("ana+news@gmail.com", "ana@gmail.com"),
        ("a.na+b.c+d@googlemail.com", "ana@gmail.com"),
        ("a.na+news@example.org", "a.na+news@example.org"),
        ("a.na@mail.gmail.com", "a.na@mail.gmail.com"),
        ("+news@gmail.com", "+news@gmail.com"),
    ],
)
def test_dots_and_plus_are_spelling_at_gmail_and_nowhere_else(key: str, expected: str) -> None:
    """What is left of the plus, without dots; a mailbox without a name stays what it is."""
    assert expected == mailbox_key(key)


@given(st.lists(st.one_of(gmail, st.none()), max_size=10))
def test_many_have_the_keys_that_each_alone_has(keys: list[str | None]) -> None:
    """Both ways agree, and the key of a key is the key."""
    found = mailbox_keys(pa.array(keys, pa.string())).to_pylist()

    assert [None if key is None else mailbox_key(key) for key in keys] == found
    assert all(key is None or key == mailbox_key(key) for key in found)


def test_who_left_under_one_spelling_is_found_under_all() -> None:
    """Its own spelling comes first; other people stay who they are."""
    reasons = BySpelling({"a.na@gmail.com": "unsubscribed", "ana@gmail.com": "bounced"})

    assert "unsubscribed" == reasons["a.na@gmail.com"]
    assert reasons.get(address_key("ANA+x@googlemail.com")) in ("unsubscribed", "bounced")
    assert (reasons.get("anna@gmail.com"), 2, ["a.na@gmail.com", "ana@gmail.com"]) == (
        None,
        len(reasons),
        list(reasons),
    )


def test_recipients_are_compared_by_mailbox() -> None:
    """A link in a mail to one spelling speaks for all."""
    there = {"r1": "a.na@gmail.com", "r2": "bo@gmail.com", "r3": "a.na@example.org"}

    assert {"r1"} == same_mailbox(there, ["ana+x@googlemail.com", "ana@example.org"])
