"""What Substack's dashboard writes for "export selected": 41 columns, none of them a status.

Only the header is documented. The kind of subscription has to be a known word; a row that says nothing about
it goes to quarantine. `Cancel date` ends a payment and not the consent.
"""

from pressrun.audiences.profile import Profile

_KINDS = (
    "free",
    "monthly",
    "yearly",
    "annual",
    "annually",
    "founding",
    "comp",
    "complimentary",
    "gift",
    "free trial",
    "lifetime",
)

PROFILE = Profile(
    source="substack-dashboard",
    title="Substack, exported from the dashboard",
    marks=(frozenset({"email", "subscription_type", "subscription_date", "activity"}),),
    status=("subscription_type",),
    words={**dict.fromkeys(_KINDS, "active"), "unsubscribed": "unsubscribed"},
    silence=None,
    consented=(),
    subscribed=("subscription_date",),
    changed=(),
)
