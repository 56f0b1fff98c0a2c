"""Judge an issue as a whole: front matter, brand, size; a new rule is one more function in `RULES`."""

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from pressrun.issues.brand import Brand
from pressrun.issues.colours import READABLE, contrast
from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.front_matter import OUR_KEYS, TOLERATED_KEYS
from pressrun.issues.prose import judge_text
from pressrun.issues.written import WrittenIssue
from pressrun.policies import policy_of

#: Gmail shows no more than this of a mail, counted after tracking.
CLIP_BYTES = 102_000
#: What SendGrid's click tracking makes of an address, in octets (seen: about 400).
TRACKED_LINK = 400
#: The sheet of the base layout in the dark.
_DARK_SHEET = "#1e1b18"
_ADDRESS = re.compile(r"[^@\s<>\"(),:;]+@[^@\s<>\"(),:;]+\.[^@\s<>\"(),:;.]{2,}")
_HEADER_BREAK = re.compile("[\r\n\0\x85\u2028\u2029]")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_SHAPES = {
    "lang": (r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*", "a language like en, pt-BR or ar"),
    "dir": (r"ltr|rtl", "ltr or rtl"),
    "look": (r"[a-zA-Z0-9_-]{1,64}", "the name of a layout, like letter"),
    "template": (r"[a-zA-Z0-9_-]{1,64}", "the name of a layout, like base"),
    "segment": (r"[a-zA-Z0-9_-]{1,64}", "the name of a segment, like everyone"),
    "base_url": (r"https?://[^\s/]+\S*", "an address like https://example.org/blog/"),
    "track": (r"(?i:true|false|yes|no|on|off)", "true or false"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the rules look at."""

    written: WrittenIssue
    brand: Brand
    #: As nobody in particular would read them.
    subject: str
    preheader: str
    track: bool
    #: The page with every branch of its slots in sight.
    html: str


def judge_issue(facts: Facts) -> Iterator[Finding]:
    """Give what is wrong with an issue as a whole."""
    for rule in RULES:
        yield from rule(facts)


def _subject(facts: Facts) -> Iterator[Finding]:
    where, subject = facts.written.where_key("subject"), facts.subject
    if not subject.strip():
        yield error("subject", "The issue has no subject; add `subject:` at the top.", where)
    if len(subject) > 78:
        yield warning("subject", f"The subject has {len(subject)} characters; phones show about 40.", where)
    if subject.isupper() and len(subject) > 4:
        yield warning("subject", "A subject in capitals looks like spam.", where)
    if re.match(r"(re|fwd?|aw|wg):", subject.strip(), re.IGNORECASE):
        yield warning("subject", "A subject that pretends to be an answer looks like spam.", where)
    if len(_EMOJI.findall(subject)) > 1 or subject.count("!") > 1:
        yield warning("subject", "More than one emoji or exclamation mark in a subject looks like spam.", where)
    yield from judge_text(subject, where)


def _preheader(facts: Facts) -> Iterator[Finding]:
    where, length = facts.written.where_key("preheader"), len(facts.preheader)
    if not length:
        yield warning("preheader", "There is no preheader; inboxes show how the text begins.", where)
    elif not 40 <= length <= 130:
        yield warning("preheader", f"The preheader has {length} characters; 40 to 130 fill an inbox line.", where)
    yield from judge_text(facts.preheader, where)


def _sender(facts: Facts) -> Iterator[Finding]:
    where = facts.written.where_key("from")
    name, address = facts.written.sender(facts.brand.sender)
    if not _ADDRESS.fullmatch(address):
        yield error("from", "No sender can be read; add `from: Name <name@example.org>`.", where)
    elif not name:
        yield warning("from", "The sender has an address and no name; inboxes show the name.", where)
    reply_to = facts.written.text("reply_to")
    if reply_to and not _ADDRESS.fullmatch(parseaddr(reply_to)[1]):
        yield error("reply-to", "reply_to is not an address.", facts.written.where_key("reply_to"))
    if _HEADER_BREAK.search(name + address + reply_to):
        yield error("header", "The sender holds a line break.", where)


def _keys(facts: Facts) -> Iterator[Finding]:
    for key in facts.written.meta:
        if key in OUR_KEYS | TOLERATED_KEYS:
            continue
        near = difflib.get_close_matches(key, OUR_KEYS, n=1, cutoff=0.7)
        hint = f"; did you mean `{near[0]}`?" if near else " and changes nothing."
        problem = f"`{key}` is not a key Pressrun knows{hint}"
        yield warning("front-matter", problem, facts.written.where_key(key))


def _values(facts: Facts) -> Iterator[Finding]:
    for key, (shape, wanted) in _SHAPES.items():
        if key in facts.written.meta and not re.fullmatch(shape, facts.written.text(key)):
            yield error("front-matter", f"`{key}` must be {wanted}.", facts.written.where_key(key))
    if "in_doubt" in facts.written.meta:
        try:
            policy_of(facts.written.meta["in_doubt"])
        except ValueError as problem:
            yield error("front-matter", f"`in_doubt`: {problem}.", facts.written.where_key("in_doubt"))


def _brand(facts: Facts) -> Iterator[Finding]:
    if not facts.brand.address.strip():
        problem = "The brand has no postal address, which the law asks for in many countries; add `address`."
        yield error("address", problem, "brand.toml")
    if not facts.brand.why.strip():
        yield warning("why", "The brand does not say why readers get this mail; add `why`.", "brand.toml")
    if contrast(facts.brand.accent_dark, _DARK_SHEET) < READABLE:
        yield warning("contrast", "accent_dark is too dark to be read on a dark sheet.", "brand.toml")


def _size(facts: Facts) -> Iterator[Finding]:
    size, links = len(facts.html.encode("utf-8")), len(re.findall(r"<a\s[^>]*href=\"https?:", facts.html))
    tracked = size + (links * TRACKED_LINK if facts.track else 0)
    if tracked > CLIP_BYTES:
        rest = f", {tracked:,} when its {links} links are tracked" if facts.track else ""
        advice = "Split it, shorten it" + (", or set `track: false`." if facts.track else ".")
        problem = f"The HTML has {size:,} bytes{rest}; Gmail clips at {CLIP_BYTES:,}. {advice}"
        yield warning("size", problem, "html")


def _nothing_said(facts: Facts) -> Iterator[Finding]:
    if not facts.written.body.strip():
        yield error("empty", "The issue has no text.", facts.written.where(0))


RULES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    _subject,
    _preheader,
    _sender,
    _keys,
    _values,
    _brand,
    _size,
    _nothing_said,
)
