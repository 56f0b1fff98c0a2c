"""One address has one key, everywhere."""

from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pressrun.audiences.addresses import address_key, domain_of, key_or_reason, keys_of, masked, trim

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/import_addresses.yml").read_text("utf-8"))
near_addresses = st.from_regex(r"[A-Za-z.+ äß-]{0,6}@{0,2}[A-Za-z.xn_ü-]{0,9}\.?[A-Za-z1]{0,4}", fullmatch=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["address"]))
def test_each_documented_address_has_its_key_or_its_reason(case: dict[str, str]) -> None:
    """The cases are the documentation."""
    expected = (case.get("key"), case.get("reason"))

    assert expected == key_or_reason(trim(case["address"]))


def test_the_vectorised_way_agrees_with_the_single_one_on_all_cases() -> None:
    """A million addresses are judged as one is."""
    addresses = [case["address"] for case in CASES]

    keys, reasons = keys_of(pa.array(addresses))

    expected = [key_or_reason(trim(address)) for address in addresses]
    assert expected == list(zip(keys.to_pylist(), reasons.to_pylist(), strict=True))


@given(st.lists(st.one_of(st.text(), near_addresses), max_size=20))
def test_no_string_breaks_either_way_and_both_agree(addresses: list[str]) -> None:
    """Whatever stands in a cell, there is a key or a reason, and never an exception."""
    keys, reasons = keys_of(pa.array(addresses, pa.string()))

    expected = [key_or_reason(trim(address)) for address in addresses]
    assert expected == list(zip(keys.to_pylist(), reasons.to_pylist(), strict=True))


@given(st.emails())
def test_the_key_of_a_key_is_the_key(address: str) -> None:
    """Comparing what was made comparable changes nothing."""
    key, _ = key_or_reason(address)

    assert key is None or key == address_key(key)


def test_look_alikes_stay_two_people() -> None:
    """A Cyrillic a is not a Latin one."""
    assert address_key("ana@example.org") != address_key("аna@example.org")


def test_the_refusal_of_an_address_does_not_repeat_it() -> None:
    """The reason may be logged; the address may not."""
    with pytest.raises(ValueError, match="period") as raised:
        address_key("secret..name@example.org")

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("ana@example.com", "a…@e….com"), ("ana@mail.example.co", "a…@m….co"), ("none", "…"), ("", "…")],
)
def test_a_masked_address_tells_nobody_who_it_is(address: str, expected: str) -> None:
    """First letters and the last label are all that is shown."""
    assert expected == masked(address)


def test_the_domain_of_a_key_is_what_follows_the_last_at() -> None:
    """Domains are counted by it."""
    assert "example.org" == domain_of("ana@example.org")
