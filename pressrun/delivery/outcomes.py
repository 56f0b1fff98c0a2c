"""Judge what a POST came to: the outcome table of the send protocol, as one pure function.

An exception says nothing about acceptance. Only a failure before the first byte is a certain no; without a
complete status line everything else is in doubt, and so is every 5xx (a gateway may have passed it on).
"""

import re
from dataclasses import dataclass
from typing import Literal

import orjson

from pressrun.audiences.addresses import masked
from pressrun.delivery.provider import Answer
from pressrun.ledger.attempts import Outcome

#: What to do with the batch after this attempt.
Next = Literal["done", "hold", "again", "rebuild", "wait", "single_out", "bisect", "stop"]
_ANSWER_KEPT = 1000
_ADDRESS = re.compile(r"[^\s<>\[\]()\"',;:]+@[^\s<>\[\]()\"',;:]+")
_PERSON = re.compile(r"^personalizations\.(\d+)(\.|$)")
#: Fields of a 400 that say nothing about which person it is.
_UNCLEAR = (None, "", "personalizations")


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The outcome of an attempt and what follows from it."""

    outcome: Outcome
    next: Next
    #: Positions in the request that SendGrid named, with its words.
    named: tuple[tuple[int, str], ...] = ()
    #: Epoch seconds to wait for, when SendGrid named them.
    reset_at: float | None = None
    #: Why the issue must stop.
    reason: str = ""


def judge(answer: Answer) -> Verdict:
    """Turn an answer into an outcome and the next step."""
    if not answer.left:
        return Verdict(outcome=Outcome(state="refused", answer=answer.error), next="again")
    if answer.status is None:
        return Verdict(outcome=Outcome(state="in_doubt", answer=answer.error), next="hold")
    if answer.status == 202:
        return Verdict(outcome=_accepted(answer), next="done")
    if not (400 <= answer.status < 500 and answer.status != 408 and answer.headers_complete):
        return Verdict(outcome=_outcome("in_doubt", answer), next="hold")
    return _refused(answer)


def words_of(answer: Answer) -> str:
    """Give what SendGrid said, with addresses masked, or what became of the connection."""
    return without_addresses(_words(answer))


def without_addresses(words: str) -> str:
    """Mask the addresses that SendGrid's words may quote; logs and messages must not show them."""
    return _ADDRESS.sub(lambda found: masked(found[0]), words)


def never_left(why: str, following: Next) -> Verdict:
    """Judge an attempt that we ended ourselves before its first byte."""
    return Verdict(outcome=Outcome(state="refused", answer=why), next=following, reason=why)


def _accepted(answer: Answer) -> Outcome:
    return Outcome(state="accepted", status_code=202, provider_message_id=answer.headers.get("x-message-id"))


def _outcome(state: Literal["refused", "in_doubt"], answer: Answer) -> Outcome:
    return Outcome(state=state, status_code=answer.status, answer=_words(answer))


def _refused(answer: Answer) -> Verdict:
    outcome = _outcome("refused", answer)
    if answer.status == 429:
        return Verdict(outcome=outcome, next="wait", reset_at=_reset(answer))
    if answer.status == 413:
        return Verdict(outcome=outcome, next="bisect")
    if answer.status != 400:
        return Verdict(outcome=outcome, next="stop", reason=f"SendGrid answered {answer.status}: {_words(answer)}")
    return _bad_request(answer, outcome)


def _bad_request(answer: Answer, outcome: Outcome) -> Verdict:
    errors = _errors(answer.body)
    named = tuple(
        (int(found[1]), message) for field, message in errors if (found := _PERSON.match(field or "")) is not None
    )
    if named and all(_PERSON.match(field or "") for field, _ in errors):
        return Verdict(outcome=outcome, next="single_out", named=named)
    if named or not errors or all(field in _UNCLEAR for field, _ in errors):
        return Verdict(outcome=outcome, next="bisect")
    return Verdict(outcome=outcome, next="stop", reason=f"SendGrid refused what all recipients share: {_words(answer)}")


def _errors(body: bytes) -> list[tuple[str | None, str]]:
    """Read SendGrid's error list; an answer of another shape gives none."""
    try:
        listed = orjson.loads(body)["errors"]
        return [(_text(error.get("field")), str(error.get("message"))) for error in listed]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def _text(field: object) -> str | None:
    """Take a field for what it says; one that is no text counts as unknown."""
    return None if field is None else str(field)


def _words(answer: Answer) -> str:
    said = "; ".join(message for _, message in _errors(answer.body))
    text = said or re.sub(r"<[^>]*>|\s+", " ", answer.body.decode("utf-8", "replace")).strip()
    return (text or answer.error or f"HTTP {answer.status}")[:_ANSWER_KEPT]


def _reset(answer: Answer) -> float | None:
    try:
        return float(answer.headers["x-ratelimit-reset"])
    except (KeyError, ValueError):
        return None
