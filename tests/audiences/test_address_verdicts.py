"""Each address has one verdict with one reason code."""

from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pressrun.audiences.addresses import key_or_reason, keys_of, trim
from pressrun.audiences.verdicts import FLAGS, OK, refused_flags, verdict_of, verdicts_of
from pressrun.errors import InputError

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/address_flags.yml").read_text("utf-8"))
REAL = " ".join(CASES["none"]).split()
FLAGGED = [(flag, told, meant) for flag, cases in CASES.items() if flag != "none" for told, meant in cases.items()]
near_domains = st.from_regex(r"[ghyoitc][amiltoux0nrv]{3,7}\.(com|co|con|de|fr|co\.uk|cm)", fullmatch=True)


def address_at(told: str) -> str:
    """Put somebody at a domain."""
    return told if "@" in told else f"ana@{told}"


@pytest.mark.parametrize(("flag", "told", "meant"), FLAGGED)
def test_each_documented_address_has_its_flag_and_its_hint(flag: str, told: str, meant: str | None) -> None:
    """The cases are the documentation."""
    found = verdict_of(address_at(told))

    assert (flag, meant) == (found.code, found.suggestion and found.suggestion.partition("@")[2])


def test_real_domains_raise_no_alarm() -> None:
    """A hint that is wrong costs the trust in those that are right."""
    keys, _ = keys_of(pa.array([address_at(domain) for domain in REAL]))

    codes = verdicts_of(keys).code.to_pylist()

    assert [] == [pair for pair in zip(REAL, codes, strict=True) if pair[1] != OK]
    assert len(REAL) > 170


def test_a_refused_address_keeps_the_reason_of_its_form() -> None:
    """One verdict, also where there is no key."""
    found = [verdict_of(address).code for address in ("", "ana", "ana@localhost", "ana@example.org")]

    assert ["address_missing", "address_invalid", "address_domain_invalid", OK] == found


def test_a_disguise_outranks_a_slip_and_a_slip_a_function() -> None:
    """Of several flags the one that matters most is named."""
    found = [verdict_of(address).code for address in ("info@pаypal.com", "info@gmial.com", "info@mailinator.com")]

    assert ["look_alike", "domain_typo", "disposable_domain"] == found


def test_a_domain_of_which_the_dns_says_no_is_flagged() -> None:
    """It is asked elsewhere; here it is only told."""
    assert "domain_without_mail" == verdict_of("ana@example.org", without_mail=["example.org"]).code


@given(st.lists(st.one_of(st.text(), st.emails(), near_domains.map(address_at)), max_size=8))
def test_any_strings_get_one_verdict_each(addresses: list[str]) -> None:
    """Whatever stands in a cell, nothing breaks, and many are judged as each alone is."""
    keys, reasons = keys_of(pa.array(addresses, pa.string()))
    codes = [
        code or reason for code, reason in zip(verdicts_of(keys).code.to_pylist(), reasons.to_pylist(), strict=True)
    ]

    assert [verdict_of(address).code for address in addresses] == codes
    assert all(
        (code in FLAGS or code == OK) == (key_or_reason(trim(a))[0] is not None)
        for a, code in zip(addresses, codes, strict=True)
    )


@given(near_domains)
def test_a_hint_is_never_hinted_at_again(domain: str) -> None:
    """What is suggested is a domain that raises no alarm of its own."""
    meant = verdict_of(address_at(domain)).suggestion

    assert meant is None or verdict_of(meant).code not in ("domain_typo", "look_alike")


def test_flags_that_refuse_are_read_from_the_setting() -> None:
    """Codes parted by commas; nothing means that flags refuse nobody."""
    assert frozenset({"domain_typo", "disposable_domain"}) == refused_flags("domain_typo, disposable_domain")
    assert frozenset() == refused_flags("")
    with pytest.raises(InputError, match="domain_tpyo"):
        refused_flags("domain_tpyo")
