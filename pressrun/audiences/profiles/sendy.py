"""Sendy: every cell in quotes, dates as `2021/04/03`, custom fields behind the others."""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="sendy",
    title="Sendy",
    marks=(
        frozenset({"email", "joined", "last_activity", "status"}),
        frozenset({"email", "added_via", "opt_in_method", "status"}),
    ),
    status=("status",),
    consented=(),
    subscribed=("joined",),
    changed=(),
    left_out=frozenset({"ip_address", "last_activity", "signed_up_from"}),
    evidence="B",
)
