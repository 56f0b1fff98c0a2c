"""MailerLite, classic (`Subscriber`) and new (`Email`); whoever exports chooses the columns.

Without a status nothing tells who may be mailed, so such a file is not taken. A group's name may hold commas.
"""

from pressrun.audiences.profile import ADDRESS_NAMES, Profile

PROFILE = Profile(
    source="mailerlite",
    title="MailerLite",
    marks=(
        frozenset({"subscriber", "status"}),
        frozenset({"subscriber", "subscribed"}),
        frozenset({"subscriber", "groups"}),
        frozenset({"subscriber", "sent", "opens", "clicks"}),
        frozenset({"email", "sent", "opens", "clicks"}),
        frozenset({"email", "status", "subscribed", "groups"}),
    ),
    address=("subscriber", *ADDRESS_NAMES),
    status=("status",),
    silence=None,
    consented=(),
    subscribed=("subscribed",),
    changed=(),
    tags=("groups",),
    tag_separators=";|,",
    are_tags_doubtful=True,
    left_out=frozenset({"sent", "opens", "clicks"}),
    evidence="B",
)
