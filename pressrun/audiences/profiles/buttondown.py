"""Buttondown's subscribers: the kind of subscriber is the status, and says who pays as well.

`unactivated` never confirmed. The metadata are written as Python writes a dict, not as JSON.
"""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="buttondown",
    title="Buttondown",
    marks=(
        frozenset({"email", "subscriber_type", "creation_date"}),
        frozenset({"email", "subscriber_type", "secondary_id"}),
        frozenset({"email", "subscriber_type", "subscription_date", "unsubscription_date"}),
    ),
    status=("subscriber_type",),
    filled_means={"unsubscription_date": "unsubscribed"},
    consented=(),
    subscribed=("subscription_date", "creation_date"),
    changed=(),
    tag_separators=";",
    unfolded={"metadata": "python"},
    left_out=frozenset({"id", "secondary_id", "ip_address", "notes"}),
)
