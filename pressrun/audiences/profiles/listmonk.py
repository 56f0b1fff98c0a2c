"""listmonk: the status is the account's; which lists somebody is on is not in the export."""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="listmonk",
    title="listmonk",
    marks=(frozenset({"uuid", "email", "attributes", "status"}),),
    status=("status",),
    consented=(),
    subscribed=("created_at",),
    changed=("updated_at",),
    unfolded={"attributes": "json"},
    left_out=frozenset({"uuid"}),
    caution="listmonk does not export which lists somebody is on; who left one of several lists is not known here.",
)
