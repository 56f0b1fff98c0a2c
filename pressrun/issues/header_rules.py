"""Judge what an inbox shows before a mail is opened: subject, preheader, sender; a new rule is one more function."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from email.utils import getaddresses, parseaddr

from pressrun.issues.braces import judge_braces
from pressrun.issues.facts import Facts
from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.mailboxes import ADDRESS, mistyped
from pressrun.issues.prose import is_loud, judge_text

#: Providers whose DMARC record refuses mails that others send in their name.
_FREE_MAILBOXES = frozenset(
    # one name a word reads better than twenty lines
    """aol.com gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mac.com mail.ru me.com msn.com
    outlook.com proton.me protonmail.com qq.com web.de yahoo.com yahoo.co.uk yandex.ru ymail.com""".split()  # noqa: SIM905
)
_HEADER_BREAK = re.compile("[\r\n\0\x85\u2028\u2029]")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
#: Marks that inboxes show as they stand.
_MARKUP = re.compile(
    r"\*\*|(?<!\w)__\w|</?(?:b|i|em|strong|br|a|p|span|u)\b[^<>]*>|&(?:[a-z]{2,8}|#\d+);|\]\(", re.IGNORECASE
)
_UNFINISHED = re.compile(r"\W*(?:\[(?:test|draft)\]|\((?:test|draft)\)|test:|draft:|untitled\W*$)", re.IGNORECASE)
#: In other languages a test is what a thing was put to.
_REVIEW = re.compile(r"\W*test:", re.IGNORECASE)
#: NASA is a name, and CES 2026 an event; two words are a shout.
_LOUD_WORD = re.compile(r"[^\W\d_]{2,}")
#: What mails used to begin with; an inbox shows it in place of the text.
_OF_MACHINES = re.compile(
    r"\bview (?:this|it|the)\b.*\bbrowser\b|\bunsubscribe\b|\btrouble (?:viewing|reading)\b", re.I
)
_NO_REPLY = re.compile(r"(?:no|do-?not|dont)[-_.]?reply", re.IGNORECASE)


def _subject(facts: Facts) -> Iterator[Finding]:
    where, subject = facts.written.where_subject, facts.subject
    if not subject.strip():
        yield error("subject", "The issue has no subject; add `subject:` at the top.", where)
    elif not re.search(r"[^\W_]", subject):
        yield warning("subject", "The subject has no words; screen readers and searches find nothing in it.", where)
    if len(subject) > 78:
        yield warning("subject", f"The subject has {len(subject)} characters; phones show about 40.", where)
    if is_loud(subject) and len(_LOUD_WORD.findall(subject)) > (0 if "!" in subject else 1):
        yield warning("subject", "A subject in capitals looks like spam.", where)
    if re.match(r"(re|fwd?|aw|wg):(?!\w)", subject.strip(), re.IGNORECASE):
        yield warning("subject", "A subject that pretends to be an answer looks like spam.", where)
    if len(_EMOJI.findall(subject)) > 1 or subject.count("!") > 1 or "$$" in subject:
        yield warning("subject", "More than one emoji, exclamation mark or $ in a subject looks like spam.", where)
    if re.search(
        "[\u2600-\u27bf\ufe0f\U0001f300-\U0001faff]\u200d|[\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]", subject
    ):
        problem = "The subject has an emoji of several parts, of which Outlook shows each by itself."
        yield warning("subject", problem, where)
    is_english = facts.written.text("lang", facts.brand.lang).lower().startswith("en")
    if (found := _UNFINISHED.match(subject)) and (is_english or not _REVIEW.match(found[0])):
        yield warning("left-over", f"“{subject.strip()[:40]}” says that it is not finished.", where)
    yield from _one_line(facts, "subject", subject, where)


def _preheader(facts: Facts) -> Iterator[Finding]:
    where, length = facts.written.where_key("preheader"), _width(facts.preheader)
    if not length:
        yield warning("preheader", "There is no preheader; inboxes show how the text begins.", where)
    elif not 40 <= length <= 130:
        yield warning("preheader", f"The preheader is {length} letters wide; 40 to 130 fill an inbox line.", where)
    if length and _words(facts.preheader) == _words(facts.subject):
        yield warning("preheader", "The preheader says what the subject says; inboxes show both side by side.", where)
    if length and is_loud(facts.preheader):
        yield warning("preheader", "A preheader in capitals looks like spam.", where)
    if _OF_MACHINES.search(facts.preheader):
        yield warning("preheader", "The preheader is about the mail and not about what is in it.", where)
    yield from _one_line(facts, "preheader", facts.preheader, where)


def _one_line(facts: Facts, key: str, text: str, where: str) -> Iterator[Finding]:
    if "\n" in str(facts.written.meta.get(key, "")).strip():
        yield warning(key, f"The {key} has a line break, which is shown as a blank; write it on one line.", where)
    if found := _MARKUP.search(text):
        yield warning(key, f"Inboxes show “{found[0]}” as it stands.", where)
    if key in facts.written.cut_off or (key == "subject" and "title" in facts.written.cut_off):
        yield warning("front-matter", f"`{key}` ends before the #, for YAML reads no further; put it in quotes.", where)
    yield from (*judge_text(text, where), *judge_braces(text, lambda _: where))


def _width(text: str) -> int:
    """Count characters as an inbox has room for them: one of Chinese, Japanese or Korean takes that of two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _sender(facts: Facts) -> Iterator[Finding]:
    where = facts.written.where_key("from")
    name, address = facts.written.sender(facts.brand.sender)
    told = facts.written.text("from") or facts.brand.sender
    if len([one for _, one in getaddresses([told]) if "@" in one]) > 1:
        yield error("from", "`from` names two senders; a mail has one.", where)
    elif not ADDRESS.fullmatch(address):
        hint = "; put a name with a comma between quotes" if "," in told else ""
        yield error("from", f"No sender can be read; add `from: Name <name@example.org>`{hint}.", where)
    elif not name:
        yield warning("from", "The sender has an address and no name; inboxes show the name.", where)
    if not address.isascii():
        yield warning("from", "Many servers take no sender with letters beyond ASCII; write its xn-- form.", where)
    yield from _domain(facts, address, where)
    if _HEADER_BREAK.search(name + address + facts.written.text("reply_to")):
        yield error("header", "The sender holds a line break.", where)


def _domain(facts: Facts, address: str, where: str) -> Iterator[Finding]:
    domain = address.rpartition("@")[2].lower()
    if domain in _FREE_MAILBOXES:
        problem = f"{domain} tells other servers to refuse mails in its name that it did not send; use your own domain."
        yield warning("from", problem, where)
    elif meant := mistyped(address):
        yield warning("from", f"{domain}: did you mean {meant}?", where)
    if _NO_REPLY.match(address) and not facts.written.text("reply_to"):
        yield warning("from", "Answers to this sender are read by nobody; set `reply_to`.", where)


def _answers(facts: Facts) -> Iterator[Finding]:
    told, where = facts.written.text("reply_to"), facts.written.where_key("reply_to")
    if not told:
        return
    if len(getaddresses([told])) > 1:
        yield error("reply-to", "reply_to names two addresses; write one.", where)
    elif not ADDRESS.fullmatch(parseaddr(told)[1]):
        yield error("reply-to", "reply_to is not an address.", where)
    elif meant := mistyped(parseaddr(told)[1]):
        yield warning("reply-to", f"reply_to: did you mean {meant}?", where)


HEADER_RULES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (_subject, _preheader, _sender, _answers)
