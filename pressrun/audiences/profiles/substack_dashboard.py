"""What Substack's dashboard writes for "export selected": 41 columns, none of them a status.

Only the header is documented. The kind of subscription has to be a known word, and `Receiving emails for` has to
name something: an empty cell may be somebody who switched everything off, so such rows go to quarantine.
`Cancel date` ends a payment and not the consent.
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
    must_be_filled=("receiving_emails_for",),
    consented=(),
    subscribed=("subscription_date",),
    changed=(),
)
