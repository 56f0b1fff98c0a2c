"""The sandbox refuses what SendGrid refuses, naming the field, and takes what SendGrid takes."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pressrun.sandbox.validate import errors_of

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "sandbox_validation.yml").read_text())


def good(**change: Any) -> dict[str, Any]:
    """Give a request that SendGrid would accept, with some fields changed."""
    person = {"to": [{"email": "ana@x.example"}], "custom_args": {"pr_issue": "hello"}, "substitutions": {"-n-": "Ana"}}
    return {
        "personalizations": [person],
        "from": {"email": "hello@newsletter.example", "name": "Hello"},
        "subject": "Hello",
        "content": [{"type": "text/plain", "value": "t"}, {"type": "text/html", "value": "h"}],
        **change,
    }


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_bad_request_is_refused_by_field(case: dict[str, Any]) -> None:
    """One change to a good request gives the error that SendGrid's reference gives."""
    request = good(**case.get("change", {}))
    request["personalizations"] *= case.get("repeat", 1)
    for one in request["personalizations"]:
        one.update(case.get("person", {}))
        if case.get("long_address"):
            one["to"] = [{"email": "a" * 310 + "@long.example"}]
        if one.get("substitutions", {}).get("-a-") == "LONG":
            one["substitutions"] = {"-a-": "x" * 10_000}

    found = errors_of(request)

    assert case["field"] in [error["field"] for error in found]
    assert any(case.get("words", "") in str(error["message"]) for error in found)


def test_a_good_request_and_unknown_keys_are_taken() -> None:
    """Typing errors fail silently at SendGrid, so they do here."""
    assert [] == errors_of(good())
    assert [] == errors_of(good(unique_args={"a": 1}))


def test_several_errors_come_at_once() -> None:
    """An answer lists everything that is wrong."""
    found = errors_of(good(**{"from": {}, "subject": "", "content": []}))

    assert {"from.email", "subject", "content"} <= {error["field"] for error in found}
