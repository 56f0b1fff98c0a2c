"""A fault script: what goes wrong with which request."""

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Faults of the connection or the answer, by name; what each does is in `answers`.
ANSWER_FAULTS = frozenset(
    {
        "refuse_connection",
        "reset_before_body",
        "reset_mid_body",
        "drop",
        "drop_stall",
        "accept_close",
        "accept_reset",
        "accept_stall",
        "accept_half_status",
        "accept_body_cut",
        "status",
        "rate_limit",
        "bad_address",
        "credits",
        "unauthorized",
        "forbidden",
        "slow",
        "no_message_id",
        "repeat_message_id",
    }
)
#: Faults of the events of a request.
EVENT_FAULTS = frozenset({"events_lost", "events_repeated", "events_late"})


class FaultScriptError(ValueError):
    """A fault script cannot be used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One fault and the requests it hits."""

    fault: str
    #: The request numbers it hits, from and to; both included.
    first: int
    last: int
    every: int
    share: float
    #: How often at most.
    times: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> "Rule":
        """Read one rule.

        Raises:
            FaultScriptError: It names no known fault, or a number in it is none.
        """
        fault = str(record.get("fault"))
        if fault not in ANSWER_FAULTS | EVENT_FAULTS:
            raise FaultScriptError(f"there is no fault {fault!r}; known: {sorted(ANSWER_FAULTS | EVENT_FAULTS)}")
        try:
            rule = cls._of(fault, record)
            if fault == "status":
                int(record["status"])
        except (KeyError, TypeError, ValueError) as error:
            raise FaultScriptError(f"the rule of {fault} cannot be read: {error}") from error
        if rule.every < 1:
            raise FaultScriptError(f"`every` of {fault} must be 1 or more")
        return rule

    @classmethod
    def _of(cls, fault: str, record: Mapping[str, Any]) -> "Rule":
        only = record.get("request")
        return cls(
            fault=fault,
            first=int(only or record.get("from", 1)),
            last=int(only or record.get("to", 10**9)),
            every=int(record.get("every", 1)),
            share=float(record.get("share", 1.0)),
            times=int(record.get("times", 10**9)),
            settings=dict(record),
        )

    def hits(self, number: int, seed: int) -> bool:
        """Tell whether the rule hits a request; a share is drawn from the seed, so it is repeatable."""
        if not self.first <= number <= self.last or (number - self.first) % self.every:
            return False
        return self.share >= 1.0 or random.Random(f"{seed}/{self.fault}/{number}").random() < self.share  # noqa: S311


class Faults:
    """The rules in force; may be replaced while the sandbox runs."""

    def __init__(self, rules: Sequence[Mapping[str, Any]], seed: int) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._used: dict[int, int] = {}
        self._rules: list[Rule] = []
        self.replace(rules)

    def replace(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Put other rules in force.

        Raises:
            FaultScriptError: One of them cannot be used; the rules so far stay in force.
        """
        if not isinstance(rules, list | tuple) or not all(isinstance(rule, Mapping) for rule in rules):
            raise FaultScriptError("a fault script is a list of rules")
        read = [Rule.read(rule) for rule in rules]
        with self._lock:
            self._rules, self._used = read, {}

    def of_answer(self, number: int) -> Rule | None:
        """Give the first rule that spoils the answer to a request."""
        return self._first(number, ANSWER_FAULTS)

    def of_events(self, number: int) -> Rule | None:
        """Give the first rule that spoils the events of a request."""
        return self._first(number, EVENT_FAULTS)

    def _first(self, number: int, kinds: frozenset[str]) -> Rule | None:
        with self._lock:
            for at, rule in enumerate(self._rules):
                if rule.fault in kinds and rule.hits(number, self._seed) and self._used.get(at, 0) < rule.times:
                    self._used[at] = self._used.get(at, 0) + 1
                    return rule
        return None
