"""What may be done with an attempt whose answer was lost, as its owner chose before the first POST. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast, get_args

Kind = Literal["hold", "resend_if_silent", "resend_now", "never", "fenced"]
KINDS: tuple[str, ...] = get_args(Kind)
#: Silence proves nothing earlier than this, whatever else speaks for it.
SHORTEST_SILENCE = timedelta(minutes=60)
_SHAPE = re.compile(r"([a-z_]+)(?:\s*[: ]\s*(\d+)\s*(m|min|h))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """One choice for attempts in doubt."""

    kind: Kind = "hold"
    #: How long silence must last before it counts; for `resend_if_silent` only.
    silence: timedelta = SHORTEST_SILENCE

    def __str__(self) -> str:
        """Write it as the ledger keeps it and as an owner may write it."""
        if self.kind != "resend_if_silent":
            return self.kind
        return f"{self.kind}: {self.silence // timedelta(minutes=1)}m"


def policy_of(written: object) -> Policy:
    """Read a policy as it stands in front matter, in a setting, or in the ledger.

    Args:
        written: `hold`, `resend_if_silent: 90m`, or the mapping that YAML makes of the latter.

    Raises:
        ValueError: It is none; the message says what there is.
    """
    if isinstance(written, Mapping) and len(written) == 1:
        (kind, silence), *_ = written.items()
        written = f"{kind}: {silence}"
    found = _SHAPE.fullmatch(str(written).strip())
    if found is None or found[1] not in KINDS or (found[2] and found[1] != "resend_if_silent"):
        raise ValueError(f"{written!r} is not one of {', '.join(KINDS)}; only resend_if_silent takes a time, as in 90m")
    silence = timedelta(minutes=int(found[2] or 60) * (60 if found[3] == "h" else 1))
    if silence < SHORTEST_SILENCE:
        raise ValueError("resend_if_silent needs at least 60m: SendGrid's events may be that late")
    return Policy(kind=cast(Kind, found[1]), silence=silence)
