"""Kit, formerly ConvertKit; the file's name tells which people it holds, such as `Cold Subscribers.csv`.

Columns come in any order, with custom fields behind them.
"""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="kit",
    title="Kit (ConvertKit)",
    marks=(
        frozenset({"first_name", "email", "created_at", "status", "referrer"}),
        frozenset({"first_name", "email", "created_at", "status", "tags"}),
    ),
    status=("status",),
    file_names={"cold": "inactive", "unconfirmed": "unconfirmed", "confirmed": "active"},
    consented=(),
    subscribed=("created_at",),
    changed=(),
    tag_separators=",",
    are_tags_doubtful=True,
    evidence="B",
)
