"""Brevo, formerly Sendinblue: semicolons, names in capitals, the day before the month, opt-outs in yes and no."""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="brevo",
    title="Brevo (Sendinblue)",
    marks=(
        frozenset({"email", "email_blacklisted", "sms_blacklisted"}),
        frozenset({"email", "email_blacklisted", "added_time"}),
    ),
    yes_means={"email_blacklisted": "unsubscribed"},
    consented=(),
    subscribed=("added_time",),
    changed=("modified_time",),
    day_first=True,
    left_out=frozenset({"sms", "sms_blacklisted"}),
    evidence="B",
)
