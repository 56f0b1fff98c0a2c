"""Curated: only those who are subscribed are in it, so there is no status."""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="curated",
    title="Curated",
    marks=(
        frozenset({"email_address", "subscribed_at", "utm_source", "utm_medium"}),
        frozenset({"email_address", "subscribed_at", "utm_campaign"}),
    ),
    consented=(),
    subscribed=("subscribed_at",),
    changed=(),
)
