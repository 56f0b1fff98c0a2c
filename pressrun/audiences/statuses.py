"""What a subscriber's status can be, and which words of other services mean which.

The words are those that services write into their exports, as far as they are documented or were seen; where
their meaning was a matter of judgement, the careful reading was taken. Words not listed are never guessed at.
"""

from collections.abc import Mapping

#: Stands for a word we do not know; such rows go to quarantine.
UNKNOWN = "unknown"
#: From the most restrictive to the least; the first one that anything says about a person wins. An unknown word
#: outranks all but the endings: it might mean one.
RANKING = ("complained", "bounced", "blocked", "unsubscribed", UNKNOWN, "inactive", "unconfirmed", "active")
#: Ends for good: an import never revives these, and each becomes a suppression.
TERMINAL = frozenset(RANKING[:4])

WORDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("active", "subscribed", "enabled", "confirmed", "regular", "premium", "gifted", "trialed"), "active"
    ),
    # words about payment; who is late with money may still read free issues
    **dict.fromkeys(("churning", "churned", "past_due", "paused", "upcoming", "unpaid"), "active"),
    # one soft bounce proves nothing about an address
    "soft bounced": "active",
    **dict.fromkeys(("inactive", "cold", "disabled"), "inactive"),
    **dict.fromkeys(("pending", "unconfirmed", "unactivated"), "unconfirmed"),
    **dict.fromkeys(("unsubscribed", "cancelled", "canceled", "opted out", "opted_out"), "unsubscribed"),
    **dict.fromkeys(("bounced", "cleaned", "undeliverable", "unreachable", "hard bounced"), "bounced"),
    **dict.fromkeys(("complained", "marked as spam", "junk", "spam"), "complained"),
    **dict.fromkeys(("blocklisted", "blocked", "removed", "deleted"), "blocked"),
}

YES = frozenset({"true", "yes", "y", "1", "t", "ja", "oui", "si", "sí"})
NO = frozenset({"false", "no", "n", "0", "f", "nein", "non"})


def rank(status: str) -> int:
    """Give a status's place in the ranking; 0 is the most restrictive."""
    return RANKING.index(status)
