"""Medium, and any other text with one address a line and nothing else: no header, no status, no dates."""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="medium",
    title="Medium, or addresses one a line",
    is_bare=True,
    consented=(),
    subscribed=(),
    changed=(),
    tags=(),
)
