"""Find what was left in a text: marks of what is still to come, tags of other services, greetings of nobody."""

import re
from collections.abc import Iterator

from pressrun.issues.findings import Finding, warning
from pressrun.issues.markers import Markers
from pressrun.issues.text_rule import warns_of

#: What writers put where something is still to come; with and without a dash, but never the plain words.
_LEFT_OVER = re.compile(
    r"\b((?:TK){1,2}|(?P<task>TO-?DO)|FIX-?ME|TBD|TBC|(?P<numeral>X{3})"
    r"|[Ll]orem ipsum(?: dolor sit amet)?|LOREM IPSUM|dolor sit amet"
    r"|[Yy]our (?:text|headline|content) here)\b|(?<![^\W_][?!])(?<![\w?!)])\?{3,}|\[object Object\]"
    r"|\[(?:insert|place-?holder|link|name|date|title|image)(?: [a-z ]{1,30})?\](?![\[(:])"
    r"|\[(?i:add|insert|put|your) [^\]\[]{2,40}\](?![\[(:])"
)
#: A number of kings, popes and football games.
_NUMERAL = re.compile(r"[A-Z][\w.]+ \Z")
_AROUND = 40
#: Not what is to be done but a list of it, and all of something in Spanish and Portuguese.
_NO_TASK = re.compile(r"[- ](?:lists?|apps?|comments?)\b| (?:e[ls]|l[ao]s?|os?|un|est[aeo]|eso|mundo|por|que)\b")
_ALL_BEFORE = re.compile(r"\b(?i:el|es|de|en|con|sobre|y|sí|sim|lo|para|ante|por|em|com) \Z")
#: Mailchimp, Substack and Buttondown's kin, SendGrid, Mailgun, Campaign Monitor, Brevo, ActiveCampaign, Klaviyo.
_FOREIGN_TAG = re.compile(
    r"\*?\|[A-Z0-9_:]{2,40}\|\*?|%recipient\.\w{1,40}%|%%[^%\n]{2,60}%%|%[A-Z][A-Z_]{3,30}%|<%=? ?[\w. ]{1,40} ?%>"
    r"|\[% ?[^%\n]{2,60} ?%\]|@@\w{2,40}@@|\$\{\w[\w.]{1,40}\}|#\{\w[\w.]{1,40}\}|\{\$\w[\w.]{1,40}\}"
    r"|\[(?:firstname|lastname|fullname|unsubscribe|webversion|email),?[^\]]{0,40}\](?![\[(:])"
    r"|\[(?i:(?:first|last|full)[ _]name|[fl]name)\](?![\[(:])"
    r"|(?<![\w{$#])\{(?i:first_?name|last_?name|name|email|unsubscribe(?:_url)?)\}",
)
_GREETING = r"\b(?:Hi|Hello|Hey|Dear|Hallo|Liebe|Lieber|Bonjour|Cher|Chère|Hola|Ciao|Caro|Cara|Olá|Ahoj)"
#: Only a comma: in French a blank stands before an exclamation mark.
_GREETS_NOBODY = re.compile(rf"{_GREETING} +(?:,|(?:None|null|undefined|NaN)\b)")
_GREETS_BY_NAME = re.compile(rf"{_GREETING}\s+\Z")
_BARE_NAME = re.compile(
    r"\{\{-?\s*subscriber\.(?:first_)?name\s*(?:\|\s*(?:title|capitalize|trim|upper|lower)\s*)*-?\}\}"
)
_TWICE = re.compile(r"\b([Tt]he the|[Aa]nd and)\b")


def left_over(text: str, where: str) -> Iterator[Finding]:
    """Give marks of what is still to come."""
    for found in _LEFT_OVER.finditer(text):
        if not _is_meant(found):
            yield warning("left-over", f"“{found[0]}” was left in the text.", where)


def is_to_come(word: str) -> bool:
    """Tell whether a word is such a mark and nothing else, in whatever letters."""
    return _LEFT_OVER.fullmatch(word.upper()) is not None


def _is_meant(found: re.Match[str]) -> bool:
    # a few letters are enough, and a text of nothing else is not read anew for each
    before = found.string[max(0, found.start() - _AROUND) : found.start()]
    after = found.string[found.end() : found.end() + _AROUND]
    if found["numeral"]:
        return _NUMERAL.search(before) is not None
    if found["task"]:
        return bool(_NO_TASK.match(after) or _ALL_BEFORE.search(before))
    return found[0] == "TK" and after.startswith(" Maxx")


foreign_tag = warns_of(
    _FOREIGN_TAG, "foreign-tag", lambda found: f"“{found[0]}” is a tag of another service; readers see it as it stands."
)
greets_nobody = warns_of(_GREETS_NOBODY, "greeting", lambda found: f"“{found[0]}” greets nobody.")
twice = warns_of(_TWICE, "left-over", lambda found: f"“{found[0]}” has a word twice.")


def note_greetings(text: str, markers: Markers) -> None:
    """Remember which constructs greet somebody by a name that may be empty.

    Args:
        text: What readers see, with words in place of constructs.
        markers: Knows the words.
    """
    for start, construct in markers.places(text):
        if _BARE_NAME.fullmatch(construct.text) and (before := _GREETS_BY_NAME.search(text, 0, start)):
            construct.greeting = before[0].strip()
