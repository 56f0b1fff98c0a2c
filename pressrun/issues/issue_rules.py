"""Judge an issue as a whole: front matter, brand, size; a new rule is one more function in `RULES`."""

import difflib
import html as html_text
import re
from collections.abc import Callable, Iterator, Mapping

from pressrun.issues.facts import Facts
from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.front_matter import OUR_KEYS, TOLERATED_KEYS
from pressrun.issues.header_rules import HEADER_RULES
from pressrun.issues.palette import pale
from pressrun.issues.silencing import judge_silence
from pressrun.policies import policy_of

#: Gmail shows no more than this of a mail, counted after tracking.
CLIP_BYTES = 102_000
#: No mail needs more; beyond this it is no issue but a mistake.
_MOST_BYTES = 1_000_000
#: The longest line of a mail, in octets (RFC 5322, 2.1.1).
LINE_OCTETS = 998
#: Keys that are one line of text.
_LINES = ("subject", "title", "preheader", "from", "reply_to", "slug", "number")
#: What SendGrid's click tracking makes of an address, in octets (seen: about 400).
TRACKED_LINK = 400
#: Fewer words than this for each image, and a mail is a poster.
_FEW_WORDS = 4
#: Chinese, Japanese and Thai leave no blanks between words, of which two signs or more make one.
_WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]{2}|\w{2,}")
#: What other tools call our keys.
_ALSO_CALLED = {
    "audience": "segment",
    "language": "lang",
    "list": "segment",
    "preview": "preheader",
    "preview_text": "preheader",
    "scheduled": "publish_at",
    "scheduled_at": "publish_at",
    "send_at": "publish_at",
    "sender": "from",
    "theme": "look",
}
#: Keys that cannot be personal.
_SHARED = ("from", "reply_to", "slug", "number", "segment", "look", "lang", "base_url")
#: Fewer letters say nothing of a language.
_FEW_LETTERS = 40
_LETTERS = re.compile(r"[^\W\d_]")
#: Letters → languages written in them.
_SCRIPTS = {
    "Hebrew": (re.compile("[\u0590-\u05ff]"), "he yi lad arc"),
    "Arabic": (re.compile("[\u0600-\u06ff\u0750-\u077f]"), "ar fa ur ps sd ug ku ckb az ks pa ms"),
    "Japanese": (re.compile("[\u3040-\u30ff]"), "ja"),
    "Korean": (re.compile("[\uac00-\ud7af]"), "ko"),
    "Chinese": (re.compile("[\u4e00-\u9fff]"), "zh ja ko yue nan wuu"),
    "Cyrillic": (re.compile("[\u0400-\u04ff]"), "ru uk be bg mk sr kk ky mn tg tt ba cv ce os uz az"),
    "Greek": (re.compile("[\u0370-\u03ff]"), "el grc"),
    "Devanagari": (re.compile("[\u0900-\u097f]"), "hi mr ne sa kok mai bho sd"),
    "Thai": (re.compile("[\u0e00-\u0e7f]"), "th"),
}
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


def judge_issue(facts: Facts) -> Iterator[Finding]:
    """Give what is wrong with an issue as a whole."""
    for rule in RULES:
        yield from rule(facts)


def _keys(facts: Facts) -> Iterator[Finding]:
    for key in facts.written.meta:
        if key in OUR_KEYS | TOLERATED_KEYS:
            continue
        near = [_ALSO_CALLED[key]] if key in _ALSO_CALLED else difflib.get_close_matches(key, OUR_KEYS, n=1, cutoff=0.7)
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


def _same_for_all(facts: Facts) -> Iterator[Finding]:
    """Find constructs where a value is the same for everybody."""
    for key in _SHARED:
        if "{{" in facts.written.text(key) or "{%" in facts.written.text(key):
            problem = f"`{key}` is the same for all recipients; it cannot hold {{{{ … }}}}."
            yield error("front-matter", problem, facts.written.where_key(key))


def _draft(facts: Facts) -> Iterator[Finding]:
    """Keep back what other tools would keep back too."""
    for key in ("draft", "status"):
        if facts.written.text(key).lower() in ("draft", *(("true", "yes") if key == "draft" else ())):
            problem = "The front matter says that this is a draft; take the line out when it is finished."
            yield error("draft", problem, facts.written.where_key(key))


def _base_url(facts: Facts) -> Iterator[Finding]:
    base = facts.written.text("base_url").split("?")[0]
    if re.fullmatch(r"https?://[^/]+/.*[^/]", base) and "." not in base.rpartition("/")[2]:
        problem = f"`base_url` ends without /, so `page.html` would be found beside {base} and not below it."
        yield warning("front-matter", problem, facts.written.where_key("base_url"))


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


def _language(facts: Facts) -> Iterator[Finding]:
    """Find a text in letters that its language is not written in: it would be read aloud as nonsense."""
    body, lang = facts.written.body, facts.written.text("lang", facts.brand.lang).split("-")[0].lower()
    if body.isascii():
        return
    count = len(_LETTERS.findall(body))
    for name, (signs, languages) in _SCRIPTS.items():
        if count >= _FEW_LETTERS and len(signs.findall(body)) > count / 2 and lang not in languages.split():
            problem = f"The text is in {name} letters, and its language is {lang}; set `lang`."
            yield warning("lang", problem, facts.written.where_key("lang"))


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
    words = len(_WORD.findall(re.sub(r"!?\[[^\]]*\]\([^)]*\)|<[^>]*>", " ", body)))
    if images and words < _FEW_WORDS * images and words < _FEW_WORDS * 5:
        first = next(at for at, line in enumerate(body.split("\n")) if re.search(r"!\[|<img\b", line, re.IGNORECASE))
        problem = f"{images} images and {words} words: with images off hardly anything is left."
        yield warning("image-only", problem, facts.written.where(first))


def _nothing_said(facts: Facts) -> Iterator[Finding]:
    if not facts.written.body.strip():
        yield error("empty", "The issue has no text.", facts.written.where(0))


RULES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    *HEADER_RULES,
    _keys,
    _values,
    _same_for_all,
    _draft,
    _base_url,
    _language,
    _brand,
    _size,
    _line_length,
    _must_be_there,
    _hardly_a_word,
    _nothing_said,
    lambda facts: judge_silence(facts.written),
)
