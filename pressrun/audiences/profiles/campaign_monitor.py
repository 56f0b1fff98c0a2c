"""Campaign Monitor, usually one file for each state. Times are in the zone of the list, which only a person knows.

The names are those of its interface for programs; an export was not seen.
"""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="campaign-monitor",
    title="Campaign Monitor",
    marks=(
        frozenset({"emailaddress", "name", "date", "state"}),
        frozenset({"email_address", "name", "date", "state"}),
    ),
    status=("state",),
    silence=None,
    file_names={
        "active": "active",
        "unsubscribed": "unsubscribed",
        "bounced": "bounced",
        "deleted": "blocked",
        "unconfirmed": "unconfirmed",
    },
    consented=(),
    subscribed=("date",),
    changed=(),
    asks_zone=True,
    evidence="C",
    hints=("campaignmonitor",),
)
