"""Find domains that look like another one: letters of other scripts, digits for letters, scripts mixed in one name.

What looks alike is Unicode's own table (UTS 39, packaged as confusable-homoglyphs); which scripts may stand beside
each other in one name are those that languages write together. Look-alikes are flagged, never folded into one.
"""

from functools import cache

from confusable_homoglyphs import categories
from confusable_homoglyphs.confusables import confusables_data

from pressrun.audiences.mailbox_providers import ENDINGS

LOOK_ALIKE, MIXED = "look_alike", "mixed_script"

#: Scripts of one language each, that may be mixed (UTS 39 §5.2, "highly restrictive").
_TOGETHER = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
_NO_SCRIPT = frozenset({"COMMON", "INHERITED", "Unknown"})
#: What plain ASCII can be mistaken for; the two letters that look like one come first.
_ASCII_ALIKE = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("5", "s"))


def oddity_of(domain: str) -> tuple[str | None, str | None]:
    """Say whether a domain looks like another one, or mixes scripts as no language does.

    Args:
        domain: As in an address key: lower case, A-labels.

    Returns:
        The code, and the domain it looks like where there is one.
    """
    if "xn--" not in domain:
        return _ascii_oddity(domain)
    labels = [_shown(label) for label in domain.split(".")]
    scripts = [_scripts(label) for label in labels]
    spelt = ".".join(map(_spelt_in_ascii, labels))
    if spelt.isascii() and _deceives(labels, scripts, spelt):
        return LOOK_ALIKE, spelt
    return (MIXED, None) if any(map(_is_mixed, scripts)) else (None, None)


def _deceives(labels: list[str], scripts: list[frozenset[str]], spelt: str) -> bool:
    """Tell a disguise from a word: a Turkish ı is no disguise, unless it spells a provider's name."""
    disguised = any(not label.isascii() and found - {"LATIN"} for label, found in zip(labels, scripts, strict=True))
    # a whole domain of one other script deceives nobody
    return (disguised and labels[-1].isascii()) or _is_provider(spelt)


def _ascii_oddity(domain: str) -> tuple[str | None, str | None]:
    name, dot, ending = domain.partition(".")
    if name in ENDINGS:
        return None, None
    for written, meant in _ASCII_ALIKE:
        name = name.replace(written, meant)
    spelt = f"{name}{dot}{ending}"
    return (LOOK_ALIKE, spelt) if spelt != domain and _is_provider(spelt) else (None, None)


def _is_provider(domain: str) -> bool:
    name, _, ending = domain.partition(".")
    return ending in ENDINGS.get(name, ())


def _shown(label: str) -> str:
    """Give a label as people see it."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _scripts(label: str) -> frozenset[str]:
    return frozenset(map(categories.alias, label)) - _NO_SCRIPT


def _is_mixed(scripts: frozenset[str]) -> bool:
    return len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)


def _spelt_in_ascii(label: str) -> str:
    return "".join(character if character.isascii() else _twin(character) for character in label)


@cache
def _twin(character: str) -> str:
    """Give the ASCII letter or digit that a character looks like, or the character itself."""
    twins = (found["c"] for found in confusables_data.get(character, ()))
    alike = (twin.lower() for twin in twins if len(twin) == 1 and twin.isascii() and twin.isalnum())
    return next(alike, character)
