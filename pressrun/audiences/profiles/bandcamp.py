"""Bandcamp's mailing list: dates such as `Sep 23 2010`, no status, all of them subscribed."""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="bandcamp",
    title="Bandcamp",
    marks=(frozenset({"email", "fullname", "date_added", "num_purchases"}),),
    consented=(),
    subscribed=("date_added",),
    changed=(),
    evidence="B",
)
