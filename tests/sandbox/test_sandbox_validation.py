"""The sandbox refuses what SendGrid refuses, naming the field, and takes what SendGrid takes."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pressrun.sandbox.validate import errors_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["email", "type", "a"]), inner, max_size=2)
    ),
    max_leaves=5,
)
FIELDS = [
    "personalizations",
    "from",
    "reply_to",
    "subject",
    "content",
    "headers",
    "categories",
    "custom_args",
    "send_at",
    "template_id",
    "mail_settings",
    "tracking_settings",
]
PERSONAL = ("to", "cc", "bcc", "subject", "headers", "custom_args", "substitutions")
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


def _lengthened(value: Any) -> Any:
    """Write 10,000 letters wherever a case says LONG."""
    if isinstance(value, dict):
        return {key: _lengthened(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_lengthened(held) for held in value]
    return "x" * 10_000 if value == "LONG" else value


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_bad_request_is_refused_by_field(case: dict[str, Any]) -> None:
    """One change to a good request gives the error that SendGrid's reference gives."""
    request = good(**case.get("change", {}))
    request["personalizations"] *= case.get("repeat", 1)
    for one in request["personalizations"]:
        one.update(case.get("person", {}))
        if case.get("long_address"):
            one["to"] = [{"email": "a" * 310 + "@long.example"}]

    found = errors_of(_lengthened(request))

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


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.dictionaries(st.sampled_from(PERSONAL), JSON))
def test_whatever_is_posted_gets_a_judgement(change: dict[str, Any], person: dict[str, Any]) -> None:
    """JSON of any shape is taken or refused with an error object; it never fails."""
    request = {**good(), "personalizations": [{**good()["personalizations"][0], **person}], **change}

    assert all({"message", "field", "help"} == set(error) for error in errors_of(request))


def test_what_is_limited_is_taken_up_to_the_limit() -> None:
    """A thousand people, ten categories, ten thousand bytes and a subject for each are fine."""
    person = {**good()["personalizations"][0], "subject": "Yours", "substitutions": {"-n-": "x" * 9_997}}
    request = good(personalizations=[person] * 1000, categories=[str(n) for n in range(10)], subject=None)

    assert [] == errors_of(request)
    assert [] == errors_of(good(content=[], template_id="d-1", subject=""))


@pytest.mark.parametrize("posted", [None, [], "mail", 7])
def test_what_is_no_object_is_a_bad_request(posted: Any) -> None:
    """SendGrid says no more than that."""
    assert [{"message": "Bad Request", "field": None, "help": None}] == errors_of(posted)
