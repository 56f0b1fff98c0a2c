"""What is an address, and what is none: agreement with what the published sources say."""

import re
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from pressrun.audiences.addresses import key_or_reason, keys_of

GROUPS = yaml.safe_load((Path(__file__).parents[1] / "cases/address_syntax.yml").read_text("utf-8"))


def written_out(address: str) -> str:
    """Write `{64}` as that many letters."""
    return re.sub(r"\{(\d+)\}", lambda found: "a" * int(found[1]), address)


CASES = [
    (written_out(address), verdict == "valid", group["rule"])
    for group in GROUPS
    for verdict in ("valid", "invalid")
    for address in group.get(verdict, [])
]


def test_verdicts_agree_with_the_sources() -> None:
    """At least 99 of 100; those that differ are named with the rule they come from."""
    differing = [
        (address, rule) for address, is_valid, rule in CASES if (key_or_reason(address)[0] is not None) != is_valid
    ]

    assert len(CASES) >= 250
    assert len(differing) <= len(CASES) / 100, differing


def test_a_million_are_judged_as_one_is() -> None:
    """The way through Arrow's expressions draws the same border."""
    keys, _ = keys_of(pa.array([address for address, _, _ in CASES]))

    assert [key_or_reason(address)[0] for address, _, _ in CASES] == keys.to_pylist()


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["rule"][:40])
def test_each_group_of_cases_says_what_it_is_taken_from(group: dict[str, object]) -> None:
    """A misspelt key would leave cases out without a word."""
    assert set(group) <= {"rule", "valid", "invalid", "practice"}
    assert re.match(r"RFC \d+|practice — ", str(group["rule"]))
