"""beehiiv: who is `active` and has a date in `unsubscribed_at` has unsubscribed.

People who came from Substack keep their older, truer date in a column of its own. Each tier has a column of yes and
no; the attribute `tiers` lists those that say yes.
"""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="beehiiv",
    title="beehiiv",
    marks=(
        frozenset({"email", "status", "tier", "created_at"}),
        frozenset({"email", "status", "tier", "created_at", "unsubscribed_at"}),
        frozenset({"email", "status", "tier", "subscription_date_substack"}),
    ),
    status=("status",),
    filled_means={"unsubscribed_at": "unsubscribed"},
    consented=(),
    subscribed=("subscription_date_substack", "created_at"),
    changed=(),
    gathered={"_tier": "tiers"},
    left_out=frozenset({"stripe_customer_id"}),
)
