"""Ghost's `members.<date>.csv`; its columns have grown over the years, and any of them are taken.

Cells that begin with `= + - @` occur and stay as they are. A filled `deleted_at` is nobody any more.
"""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="ghost",
    title="Ghost",
    marks=(
        frozenset({"email", "subscribed_to_emails", "complimentary_plan"}),
        frozenset({"email", "subscribed_to_emails", "stripe_customer_id"}),
        frozenset({"email", "note", "subscribed_to_emails"}),
    ),
    no_means={"subscribed_to_emails": "unsubscribed"},
    filled_means={"deleted_at": "blocked"},
    consented=(),
    subscribed=("created_at",),
    changed=(),
    tags=("labels",),
    tag_separators=",",
    left_out=frozenset({"id", "note", "stripe_customer_id", "gift_id"}),
)
