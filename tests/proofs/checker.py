"""Judge what was promised by what the provider wrote down and by what we acknowledged; never by the ledger.

`Truth` holds only what Pressrun cannot make up: the people a test put into the audience, the provider's own log of
accepted requests, the unsubscribes that were answered with 2xx, the addresses the provider refuses, and what a
person decided. `Claims` is what Pressrun shows. Everything it shows is judged by the truth. Pure.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

#: What a person may be shown as, so that nobody has to call them forgotten.
SHOWN = ("withdrawn", "refused", "in_doubt", "abandoned", "pending")
_ENDS = ("submitted", *SHOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """One request the provider accepted, as its own log has it."""

    attempt: str
    #: The moment from which nobody could be taken out of it any more.
    started_at: float
    people: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """What happened, from outside."""

    #: Everybody who must be accounted for: the candidates, if exclusions are shown, else the frozen audience.
    audience: frozenset[str]
    accepted: Sequence[Accepted]
    #: Person → when our 2xx to their unsubscribe had returned, or another acknowledged end of consent.
    acknowledged: Mapping[str, float] = field(default_factory=dict)
    #: Whose address the provider does not take.
    bad: frozenset[str] = frozenset()
    #: Attempt → when an event of it had been acknowledged, ingested and settled.
    proven: Mapping[str, float] = field(default_factory=dict)
    #: Person → how many mails more than one were announced to whoever decided so.
    announced: Mapping[str, int] = field(default_factory=dict)
    #: Whom a person's word counts as mailed, whatever the log says.
    vouched: frozenset[str] = frozenset()
    #: Whether a person cancelled the issue, or chose to give up what is in doubt.
    given_up: bool = False
    #: People of whom an event of delivery was acknowledged and ingested; None if that is not looked at.
    delivered: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What Pressrun shows; nothing of it is believed."""

    status: str
    #: Person → submitted, withdrawn, refused, in_doubt, abandoned or pending; or excluded before the freeze.
    states: Mapping[str, str]
    #: State → how many, as the status shows them.
    counts: Mapping[str, int]
    candidates: int
    recipients: int
    excluded: int = 0
    #: Attempts that settling reported as found accepted.
    recovered: frozenset[str] = frozenset()
    #: How many people it shows as delivered to.
    delivered: int = 0
    #: Attempts it shows as waiting to be settled, also of people who got the issue by another attempt.
    undecided: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was found, by class; all but `recovered` must be empty."""

    #: In more accepted requests than one, and than was announced.
    duplicated: frozenset[str]
    #: Neither accepted nor shown as anything that is true of them.
    missed: frozenset[str]
    #: In a request that began after their unsubscribe was acknowledged.
    forbidden: frozenset[str]
    #: Mailed without being in the audience.
    unexpected: frozenset[str]
    #: Sentences about what was shown and is not so.
    false_claims: tuple[str, ...]
    #: Acknowledged events that are in no figure, and events that are in it twice.
    events_lost: int
    events_double: int
    #: In doubt before, found accepted.
    recovered: frozenset[str]

    @property
    def clean(self) -> bool:
        """Tell whether every class of violation is empty."""
        return not self.violations

    @property
    def violations(self) -> dict[str, list[str]]:
        """Give what was violated, by class."""
        found = {
            "duplicated": sorted(self.duplicated),
            "missed": sorted(self.missed),
            "forbidden": sorted(self.forbidden),
            "unexpected": sorted(self.unexpected),
            "false claim": list(self.false_claims),
            "event lost": ["?"] * self.events_lost,
            "event double": ["?"] * self.events_double,
        }
        return {name: listed for name, listed in found.items() if listed}


def check(truth: Truth, claims: Claims) -> Verdict:
    """Hold what is shown against what happened."""
    got = Counter(person for request in truth.accepted for person in request.people)
    log = frozenset(request.attempt for request in truth.accepted)
    missed = frozenset(_missed(truth, claims, got))
    delivered = claims.delivered if truth.delivered is None else len(truth.delivered)
    return Verdict(
        duplicated=frozenset(_duplicated(truth, got)),
        missed=missed,
        forbidden=frozenset(_forbidden(truth)),
        unexpected=frozenset(got) - truth.audience,
        false_claims=tuple(_false_claims(truth, claims, got, missed)),
        events_lost=max(0, delivered - claims.delivered),
        events_double=max(0, claims.delivered - delivered),
        recovered=claims.recovered & log,
    )


def assert_clean(truth: Truth, claims: Claims) -> Verdict:
    """Check, and fail with what was violated."""
    verdict = check(truth, claims)
    assert verdict.clean, {name: (len(found), found[:10]) for name, found in verdict.violations.items()}
    return verdict


def _duplicated(truth: Truth, got: Mapping[str, int]) -> Iterator[str]:
    """Find who got it more often than announced, or once more after it was known that they have it."""
    yield from (who for who, times in got.items() if times > 1 + truth.announced.get(who, 0))
    for known in truth.accepted:
        since = truth.proven.get(known.attempt, float("inf"))
        for later in truth.accepted:
            if later.started_at > since:
                yield from set(known.people) & set(later.people)


def _missed(truth: Truth, claims: Claims, got: Collection[str]) -> Iterator[str]:
    """Find who got nothing, and whom no true state explains."""
    for person in truth.audience - truth.vouched - set(got):
        if not _explained(truth, claims, person):
            yield person


def _explained(truth: Truth, claims: Claims, person: str) -> bool:
    shown = claims.states.get(person)
    if shown in ("withdrawn", "excluded"):
        return person in truth.acknowledged
    if shown == "refused":
        return person in truth.bad
    if shown == "abandoned":
        return truth.given_up
    if shown == "pending":
        return claims.status not in ("finished", "cancelled", "in_doubt")
    return shown == "in_doubt"


def _forbidden(truth: Truth) -> Iterator[str]:
    for request in truth.accepted:
        for person in request.people:
            if truth.acknowledged.get(person, float("inf")) < request.started_at:
                yield person


def _false_claims(truth: Truth, claims: Claims, got: Mapping[str, int], missed: Collection[str]) -> Iterator[str]:
    yield from _wrong_sums(claims)
    yield from _wrong_words(claims, missed)
    yield from _wrong_people(truth, claims, got)
    yield from _wrong_attempts(truth, claims)


def _wrong_sums(claims: Claims) -> Iterator[str]:
    """Both equations must hold, and each count must be the number of people shown so."""
    if claims.candidates != claims.recipients + claims.excluded:
        yield f"{claims.candidates} candidates are not {claims.recipients} + {claims.excluded}"
    if claims.recipients != sum(claims.counts.get(end, 0) for end in _ENDS):
        yield f"{claims.recipients} recipients are not the sum of {dict(claims.counts)}"
    shown = Counter(claims.states.values())
    for end in _ENDS:
        if claims.counts.get(end, 0) != shown[end]:
            yield f"{end}: {claims.counts.get(end, 0)} counted, {shown[end]} shown"


def _wrong_words(claims: Claims, missed: Collection[str]) -> Iterator[str]:
    open_ends = sum(claims.counts.get(end, 0) for end in ("in_doubt", "pending"))
    if claims.status in ("finished", "cancelled") and (missed or open_ends):
        yield f"{claims.status}, but {len(missed)} are missed and {open_ends} are open"
    if claims.status == "in_doubt" and not (claims.counts.get("in_doubt", 0) or claims.undecided):
        yield "in doubt, but nobody and nothing is"


def _wrong_people(truth: Truth, claims: Claims, got: Mapping[str, int]) -> Iterator[str]:
    for person in sorted(truth.audience ^ set(claims.states)):
        yield f"{person} is {'not ' if person in truth.audience else ''}shown, against the audience"
    for person, state in sorted(claims.states.items()):
        if state == "submitted" and not got.get(person, 0) and person not in truth.vouched:
            yield f"{person} is shown as submitted, and got nothing"
        elif state in _denying(truth) and got.get(person, 0) > truth.announced.get(person, 0):
            yield f"{person} is shown as {state}, and got it"


def _denying(truth: Truth) -> tuple[str, ...]:
    """Give the states that say that nothing was sent; who gave up on a doubt says no such thing."""
    denying = ("excluded", "withdrawn", "refused", "pending")
    return denying if truth.given_up else (*denying, "abandoned")


def _wrong_attempts(truth: Truth, claims: Claims) -> Iterator[str]:
    log = {request.attempt: request for request in truth.accepted}
    for attempt in sorted(claims.recovered - set(log)):
        yield f"attempt {attempt} was reported as found accepted, and was not"
    for attempt in sorted(set(truth.proven) & set(log)):
        people = [who for who in log[attempt].people if who not in truth.announced]
        open_still = [who for who in people if claims.states.get(who) != "submitted"]
        if open_still:
            yield f"attempt {attempt} shows events, and {len(open_still)} of its people are not shown as submitted"
