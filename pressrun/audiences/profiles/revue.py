"""Revue, closed in 2023. No export was seen: address and name are taken, and a date if one can be read.

As with TinyLetter, a person has to say that a file comes from there.
"""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="revue",
    title="Revue",
    status=("status",),
    consented=(),
    subscribed=("subscribed_at", "created_at", "date"),
    changed=(),
    tags=(),
    evidence="C",
    hints=("revue",),
)
