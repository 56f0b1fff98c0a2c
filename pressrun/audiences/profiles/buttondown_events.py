"""Buttondown's events: who complained, bounced or left is suppressed; other events say nothing about being mailed."""

from pressrun.audiences.profile import Profile

_NOTHING = "events that say nothing about being mailed"

PROFILE = Profile(
    source="buttondown-events",
    title="Buttondown, events",
    marks=(frozenset({"subscriber_email", "event_type", "timestamp"}),),
    address=("subscriber_email",),
    status=("event_type",),
    words={"complained": "complained", "bounced": "bounced", "unsubscribed": "unsubscribed"},
    silence=None,
    says_nothing=dict.fromkeys(("opened", "clicked", "delivered", "replied", "rejected"), _NOTHING),
    ended=("timestamp",),
    consented=(),
    subscribed=(),
    changed=("timestamp",),
    tags=(),
    left_out=frozenset({"id", "token", "email_id", "event_type", "metadata"}),
)
