"""Mailchimp's three files: the name of each is the status of all its rows.

The audience's own columns come first and may be renamed and translated; from MEMBER_RATING on they are fixed.
"""

from pressrun.audiences.profile import ADDRESS_NAMES, Profile

PROFILE = Profile(
    source="mailchimp",
    title="Mailchimp",
    marks=(
        frozenset({"leid", "euid", "member_rating"}),
        frozenset({"leid", "euid"}),
        frozenset({"member_rating", "optin_time", "confirm_time"}),
    ),
    address=("email_address", *ADDRESS_NAMES),
    silence=None,
    file_names={"subscribed": "active", "unsubscribed": "unsubscribed", "cleaned": "bounced"},
    filled_means={"unsub_time": "unsubscribed", "clean_time": "bounced"},
    members=("subscribed_*.csv", "unsubscribed_*.csv", "cleaned_*.csv"),
    consented=("confirm_time", "optin_time"),
    subscribed=("optin_time", "confirm_time"),
    changed=("last_changed",),
    left_out=frozenset(
        {
            "leid",
            "euid",
            "optin_ip",
            "confirm_ip",
            "latitude",
            "longitude",
            "gmtoff",
            "dstoff",
            "notes",
            "unsub_campaign_title",
            "unsub_campaign_id",
            "unsub_reason",
            "unsub_reason_other",
            "clean_campaign_title",
            "clean_campaign_id",
        }
    ),
)
