"""Judge running text; a new rule is one more function in the table."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from pressrun.issues.findings import Finding, warning
from pressrun.issues.left_overs import foreign_tag, greets_nobody, left_over, twice
from pressrun.issues.text_rule import TextRule, judge_by, warns_of

_REFERENCE = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]*)\]")
_NOTE = re.compile(r"\[\^([^\[\]\s]+)\]")
#: What the bytes of UTF-8 look like where they were read as Windows-1252; not the end of AMANH\u00c3 between quotes.
_MOJIBAKE = re.compile(
    "(?<![A-Z\u00c0-\u00d6])[\u00c2\u00c3][\u0080-\u00bf\u20ac\u0192\u201a-\u201e\u2026\u2020-\u2022]|\u00e2\u20ac[\u0080-\u2122]|\u00f0\u0178"
)
#: Splits words for filters, or turns what follows around (as used against readers of code and of file names).
_INVISIBLE = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u180e\u115f\u3164]|(?<=[A-Za-z])[\u200b\u2060\ufeff](?=[A-Za-z])"
    # one soft hyphen says where a long word may break; one behind each letter hides a word from filters
    "|(?<=[A-Za-z])\u00ad(?=[A-Za-z]\u00ad)|[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ue000-\uf8ff]"
)
#: What a text that runs both ways is written with; those that override a direction are none of it.
_TURNS = frozenset("\u202a\u202b\u202c\u2066\u2067\u2068\u2069")
_SENTENCE = re.compile(r"[^.!?…]+[.!?…]?")
_SHOUTED_WORDS, _SHOUTED_LETTERS = 5, 20
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = tuple(
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_DATED = re.compile(
    rf"\b({'|'.join(_WEEKDAYS)}),? (?:the )?(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({'|'.join(_MONTHS)})"
    rf"|({'|'.join(_MONTHS)}) (\d{{1,2}})(?:st|nd|rd|th)?),? (\d{{4}})\b",
    re.IGNORECASE,
)


def judge_text(text: str, where: str) -> Iterator[Finding]:
    """Give what is wrong with a piece of text outside code and links."""
    return judge_by(TEXT_RULES, text, where)


def is_loud(text: str) -> bool:
    """Tell whether a text is in capitals; NASA is, among letters that have none, and the text is not."""
    return text.isupper() and not any(one.isalpha() and one.lower() == one.upper() for one in text)


def direction_of(text: str) -> str:
    """Give the direction most letters of a text run in; empty if it has no letters."""
    kinds = [unicodedata.bidirectional(character) for character in text]
    right, left = sum(kind in ("R", "AL") for kind in kinds), kinds.count("L")
    return "" if right == left else "rtl" if right > left else "ltr"


_reference = warns_of(
    _REFERENCE,
    "link-unresolved",
    lambda found: f"[{found[1]}][{found[2]}] refers to a link that is not there; readers see the brackets.",
)
_note = warns_of(_NOTE, "footnote-unresolved", lambda found: f"The footnote [^{found[1]}] is not there.")


def _lost(text: str, where: str) -> Iterator[Finding]:
    if "\ufffd" in text:
        yield warning("lost-character", "A character was lost (U+FFFD); save the file as UTF-8.", where)


def _mojibake(text: str, where: str) -> Iterator[Finding]:
    if found := _MOJIBAKE.search(text):
        around = text[max(0, found.start() - 8) : found.end() + 4].strip()
        yield warning("mojibake", f"“{around}” looks like UTF-8 that was read as something else.", where)


def _invisible(text: str, where: str) -> Iterator[Finding]:
    both_ways = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    for found in sorted(set(_INVISIBLE.findall(text)) - (_TURNS if both_ways else set())):
        name = unicodedata.name(found, "a control character").lower()
        yield warning("invisible", f"There is an invisible character in the text (U+{ord(found):04X}, {name}).", where)


def _shouting(text: str, where: str) -> Iterator[Finding]:
    for found in _SENTENCE.findall(text):
        letters = sum(character.isupper() for character in found)
        if is_loud(found) and len(found.split()) >= _SHOUTED_WORDS and letters >= _SHOUTED_LETTERS:
            yield warning("shouting", f"“{found.strip()[:60]}” is all in capitals.", where)


def _weekday(text: str, where: str) -> Iterator[Finding]:
    for found in _DATED.finditer(text):
        day, month = int(found[2] or found[5]), _MONTHS.index((found[3] or found[4]).lower()) + 1
        try:
            told = _WEEKDAYS[date(int(found[6]), month, day).weekday()]
        except ValueError:
            yield warning("weekday", f"There is no {found[0]}.", where)
            continue
        if told != found[1].lower():
            yield warning("weekday", f"“{found[0]}” is a {told.capitalize()}.", where)


TEXT_RULES: tuple[TextRule, ...] = (
    _reference,
    _note,
    left_over,
    _lost,
    foreign_tag,
    greets_nobody,
    twice,
    _mojibake,
    _invisible,
    _shouting,
    _weekday,
)
