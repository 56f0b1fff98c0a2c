"""Judge an issue as a whole: front matter, brand, size; a new rule is one more function in `RULES`."""

import difflib
import html as html_text
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr

from pressrun.issues.braces import judge_braces
from pressrun.issues.brand import Brand
from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.front_matter import OUR_KEYS, TOLERATED_KEYS
from pressrun.issues.palette import pale
from pressrun.issues.prose import judge_text
from pressrun.issues.silencing import judge_silence
from pressrun.issues.written import WrittenIssue
from pressrun.policies import policy_of

#: Gmail shows no more than this of a mail, counted after tracking.
CLIP_BYTES = 102_000
#: No mail needs more; beyond this it is no issue but a mistake.
_MOST_BYTES = 1_000_000
#: The longest line of a mail, in octets (RFC 5322, 2.1.1).
LINE_OCTETS = 998
#: Keys that are one line of text.
_LINES = ("subject", "title", "preheader", "from", "reply_to", "slug", "number")
#: Providers whose DMARC record refuses mails that others send in their name.
_FREE_MAILBOXES = frozenset(
    # one name a word reads better than twenty lines
    """aol.com gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com mac.com mail.ru me.com msn.com
    outlook.com proton.me protonmail.com qq.com web.de yahoo.com yahoo.co.uk yandex.ru ymail.com""".split()  # noqa: SIM905
)
#: What SendGrid's click tracking makes of an address, in octets (seen: about 400).
TRACKED_LINK = 400
#: Fewer words than this for each image, and a mail is a poster.
_FEW_WORDS = 4
_ADDRESS = re.compile(r"[^@\s<>\"(),:;]+@[^@\s<>\"(),:;]+\.[^@\s<>\"(),:;.]{2,}")
_HEADER_BREAK = re.compile("[\r\n\0\x85\u2028\u2029]")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_SHAPES = {
    "lang": (r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*", "a language like en, pt-BR or ar"),
    "dir": (r"ltr|rtl", "ltr or rtl"),
    "look": (r"[a-zA-Z0-9_-]{1,64}", "the name of a layout, like letter"),
    "template": (r"[a-zA-Z0-9_-]{1,64}", "the name of a layout, like base"),
    "segment": (
        r"(?=.{1,64}$)[a-zA-Z0-9_-]+( ?\([^()\r\n]+\))?",
        "the name of a segment, like everyone or by_tag(longreads)",
    ),
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
    #: The plain-text part, with tags in place of slots.
    text: str
    unsubscribe_tag: str
    web_url: str


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
    if len(_EMOJI.findall(subject)) > 1 or subject.count("!") > 1 or "$$" in subject:
        yield warning("subject", "More than one emoji, exclamation mark or $ in a subject looks like spam.", where)
    if "\u200d" in subject or re.search("[\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]", subject):
        problem = "The subject has an emoji of several parts, of which Outlook shows each by itself."
        yield warning("subject", problem, where)
    yield from (*judge_text(subject, where), *judge_braces(subject, lambda _: where))


def _preheader(facts: Facts) -> Iterator[Finding]:
    where, length = facts.written.where_key("preheader"), len(facts.preheader)
    if not length:
        yield warning("preheader", "There is no preheader; inboxes show how the text begins.", where)
    elif not 40 <= length <= 130:
        yield warning("preheader", f"The preheader has {length} characters; 40 to 130 fill an inbox line.", where)
    if length and facts.preheader.strip().lower() == facts.subject.strip().lower():
        yield warning("preheader", "The preheader says what the subject says; inboxes show both side by side.", where)
    if length and facts.preheader.isupper():
        yield warning("preheader", "A preheader in capitals looks like spam.", where)
    yield from (*judge_text(facts.preheader, where), *judge_braces(facts.preheader, lambda _: where))


def _sender(facts: Facts) -> Iterator[Finding]:
    where = facts.written.where_key("from")
    name, address = facts.written.sender(facts.brand.sender)
    if not _ADDRESS.fullmatch(address):
        yield error("from", "No sender can be read; add `from: Name <name@example.org>`.", where)
    elif not name:
        yield warning("from", "The sender has an address and no name; inboxes show the name.", where)
    domain = address.rpartition("@")[2].lower()
    if domain in _FREE_MAILBOXES:
        problem = f"{domain} tells other servers to refuse mails in its name that it did not send; use your own domain."
        yield warning("from", problem, where)
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
    for key in _LINES:
        if isinstance(facts.written.meta.get(key), Mapping | list):
            problem = f"`{key}` must be one line of text; put it between quotes if it begins with [ or {{."
            yield error("front-matter", problem, facts.written.where_key(key))
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
    yield from (warning("contrast", problem, "brand.toml") for problem in pale(facts.brand))


def _size(facts: Facts) -> Iterator[Finding]:
    size, links = len(facts.html.encode("utf-8")), len(re.findall(r"<a\s[^>]*href=\"https?:", facts.html))
    if size > _MOST_BYTES:
        yield error("size", f"The HTML has {size:,} bytes; no mail may have more than {_MOST_BYTES:,}.", "html")
        return
    tracked = size + (links * TRACKED_LINK if facts.track else 0)
    if tracked > CLIP_BYTES:
        rest = f", {tracked:,} when its {links} links are tracked" if facts.track else ""
        advice = "Split it, shorten it" + (", or set `track: false`." if facts.track else ".")
        problem = f"The HTML has {size:,} bytes{rest}; Gmail clips at {CLIP_BYTES:,}. {advice}"
        yield warning("size", problem, "html")


def _line_length(facts: Facts) -> Iterator[Finding]:
    """Find what no encoding can break politely; longer lines of several words are folded on the way."""
    for number, line in enumerate(facts.written.body.split("\n")):
        if len(line) > LINE_OCTETS // 4 and any(len(word.encode("utf-8")) > LINE_OCTETS for word in line.split()):
            problem = f"A word or address of this line has more than {LINE_OCTETS} octets, the longest line of a mail."
            yield warning("line-length", problem, facts.written.where(number))


def _must_be_there(facts: Facts) -> Iterator[Finding]:
    """Find what both parts of a mail must hold, whatever layout was chosen."""
    words = re.sub(r"\s+", " ", facts.text)
    parts = (("html", facts.html, html_text.escape(facts.brand.address)), ("text", facts.text, facts.brand.address))
    for part, content, address in parts:
        if not content.strip():
            continue  # it could not be rendered, which is a finding of its own
        if facts.unsubscribe_tag not in content:
            yield error("unsubscribe", f"The {part} part has no unsubscribe link.", part)
        whole = words if part == "text" else content
        if facts.brand.address.strip() and " ".join(address.split()) not in whole:
            yield error("address", f"The {part} part does not name the postal address.", part)
        if facts.web_url and html_text.escape(facts.web_url) not in content and facts.web_url not in content:
            yield warning("web-version", f"The {part} part has no link to {facts.web_url}.", part)


def _hardly_a_word(facts: Facts) -> Iterator[Finding]:
    body = facts.written.body
    images = len(re.findall(r"!\[|<img\b", body, re.IGNORECASE))
    words = len(re.findall(r"\w{2,}", re.sub(r"!?\[[^\]]*\]\([^)]*\)|<[^>]*>", " ", body)))
    if images and words < _FEW_WORDS * images and words < _FEW_WORDS * 5:
        first = next(at for at, line in enumerate(body.split("\n")) if re.search(r"!\[|<img\b", line, re.IGNORECASE))
        problem = f"{images} images and {words} words: with images off hardly anything is left."
        yield warning("image-only", problem, facts.written.where(first))


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
    _line_length,
    _must_be_there,
    _hardly_a_word,
    _nothing_said,
    lambda facts: judge_silence(facts.written),
)
