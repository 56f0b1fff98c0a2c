"""Substack's `email_list.<publication>.csv`, and the pair of files it wrote until 2021.

`active_subscription` means that somebody pays; `email_disabled` means that they opted out.
"""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="substack",
    title="Substack",
    marks=(
        frozenset({"email", "active_subscription", "email_disabled"}),
        frozenset({"email", "active_subscription", "expiry", "plan"}),
        frozenset({"email", "email_disabled", "stripe_connected_customer_id", "type"}),
    ),
    yes_means={"email_disabled": "unsubscribed"},
    members=("email_list*.csv",),
    consented=(),
    subscribed=("created_at",),
    changed=(),
    left_out=frozenset({"stripe_connected_customer_id", "prefer_digests"}),
    bookkeeping=r"@deletion-request\.substack\.com$",
)
