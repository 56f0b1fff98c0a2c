"""Keila: attributes in one column of JSON, and no dates."""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="keila",
    title="Keila",
    marks=(frozenset({"email", "first_name", "last_name", "data", "status"}),),
    status=("status",),
    consented=(),
    subscribed=(),
    changed=(),
    unfolded={"data": "json"},
)
