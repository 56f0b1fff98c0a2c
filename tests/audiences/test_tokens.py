"""Unsubscribe tokens name one recipient, and nobody else can make one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressrun.audiences.tokens import Minter, key_id, recipient_of

KEY = b"a key of thirty-two bytes or more"
_ID = st.text(string.ascii_letters + string.digits + "-_", min_size=22, max_size=22)


@given(_ID, st.binary(min_size=1, max_size=80))
def test_token_leads_back_to_its_recipient(recipient_id: str, key: bytes) -> None:
    """What was minted with a known key is found, whichever keys are known besides."""
    token = Minter(key).mint(recipient_id)

    assert recipient_id == recipient_of(token, [b"newer" + key, key])
    assert recipient_of(token, [b"newer" + key]) is None
    assert recipient_of(token, []) is None


@given(_ID, st.integers(0, 76), st.characters())
def test_any_changed_character_is_noticed(recipient_id: str, position: int, character: str) -> None:
    """There is no second way to write a token."""
    token = Minter(KEY).mint(recipient_id)
    changed = token[:position] + character + token[position + 1 :]

    assert (recipient_id if changed == token else None) == recipient_of(changed, [KEY])


@given(st.text(max_size=120))
def test_any_text_is_an_answer_and_no_error(text: str) -> None:
    """The link's text comes from anybody."""
    assert recipient_of(text, [KEY]) is None


@pytest.mark.parametrize("edge", ["\n", " ", "\0", "A", "="])
def test_nothing_may_stand_around_a_token(edge: str) -> None:
    """A line feed at the end is not part of it."""
    token = Minter(KEY).mint("A" * 22)

    assert recipient_of(token + edge, [KEY]) is None
    assert recipient_of(edge + token, [KEY]) is None


def test_minter_gives_the_same_for_the_same() -> None:
    """One minter for a whole issue gives what a fresh one gives: its keyed state is not used up."""
    minter = Minter(KEY)
    first = [minter.mint(letter * 22) for letter in "ABC"]

    assert [Minter(KEY).mint(letter * 22) for letter in "ABC"] == first
    assert 3 == len(set(first))


def test_token_tells_neither_key_nor_address() -> None:
    """It fits a URL as it is, and names its key without telling it."""
    token = Minter(KEY).mint("A" * 22)

    assert set(token) <= set(string.ascii_letters + string.digits + "-_.")
    assert ["v1", key_id(KEY), "A" * 22] == token.split(".")[:3]
    assert KEY.decode() not in token
