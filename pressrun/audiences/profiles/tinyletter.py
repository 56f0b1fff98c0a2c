"""TinyLetter, closed in 2024. No export was seen: the address is taken, and a date if one can be read.

Whoever kept such a file kept those who were subscribed, as far as one can tell; so nobody is taken from it unless a
person says that it comes from there.
"""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="tinyletter",
    title="TinyLetter",
    status=("status",),
    consented=(),
    subscribed=("subscribed_at", "date_subscribed", "signup_date", "date", "created_at"),
    changed=(),
    tags=(),
    evidence="C",
    hints=("tinyletter",),
)
