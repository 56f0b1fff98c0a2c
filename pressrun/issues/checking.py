"""Render one written issue and find its mistakes: front matter, Markdown, slots, layout, inlined styles."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

import css_inline
import orjson

from pressrun.issues import html_rules, markdown, plain
from pressrun.issues.brand import Brand
from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.markers import Markers
from pressrun.issues.rendered import RenderedIssue
from pressrun.issues.slots import PERSON, Place, Slot, TagMaker, TemplateError, render_layout, safe, split
from pressrun.issues.written import KNOWN_KEYS, WrittenIssue

#: Gmail shows no more than this of a mail, counted after tracking.
CLIP_BYTES = 102_000
#: What SendGrid's click tracking makes of a link, in characters.
TRACKED_LINK = 400
_RTL = ("ar", "fa", "he", "ps", "sd", "ug", "ur", "yi")
_LEFT_OVER = re.compile(r"\b(TK|TODO|FIXME|lorem ipsum)\b", re.IGNORECASE)


@dataclass(kw_only=True, slots=True)
class _Work:
    """What is carried along while one issue is checked."""

    written: WrittenIssue
    tags: TagMaker
    nonce: str
    facts: Mapping[str, object]
    findings: list[Finding] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)


def check(
    written: WrittenIssue,
    brand: Brand,
    templates: Path,
    *,
    now: datetime,
    nonce: str,
    web_url: str | None = None,
) -> RenderedIssue:
    """Render one issue, with everything that was found on the way.

    Args:
        written: The issue as read.
        brand: Who sends.
        templates: Folder of the layouts.
        now: Dates the footer.
        nonce: 16 hexadecimal digits that make this rendering's tags unguessable.
        web_url: Where the issue can be read in a browser, if anywhere.

    Raises:
        InputError: A layout is missing or wrong.
    """
    lang = written.text("lang", brand.lang)
    direction = written.text("dir") or ("rtl" if lang.split("-")[0] in _RTL else "ltr")
    work = _Work(
        written=written,
        tags=TagMaker(nonce),
        nonce=nonce,
        facts={"issue": {"id": written.issue_id, "lang": lang, "date": now.date().isoformat()}},
    )
    unsubscribe_tag = work.tags.next()
    subject = _line(work, written.text("subject") or written.text("title") or _first_heading(written.body))
    preheader = _line(work, written.text("preheader"), place="html")
    html_body, text_body, has_title = _body(work)
    context = {
        "subject": subject or brand.name,
        "preheader": safe(preheader),
        # keeps an inbox from showing what comes after a short preheader
        "spacer": safe("&#8199;&#65279;&#847; " * 60),
        "brand": brand,
        "lang": lang,
        "dir": direction,
        "unsubscribe_url": unsubscribe_tag,
        "web_url": web_url,
        "has_title": has_title,
        "year": now.year,
    }
    layout = written.text("template", "base")
    html = _inlined(render_layout(templates, f"{layout}.html.j2", {**context, "body": safe(html_body)}, escape=True))
    text = render_layout(templates, f"{layout}.txt.j2", {**context, "body": text_body}, escape=False)
    _look_at_front_matter(work, brand, subject, preheader)
    _look_at_mail(work, html)
    return RenderedIssue(
        issue_id=written.issue_id,
        content_hash=_content_hash(written, brand, templates, layout),
        subject=subject,
        preheader=preheader,
        from_email=written.sender(brand.sender)[1],
        from_name=written.sender(brand.sender)[0],
        reply_to=written.text("reply_to"),
        segment=written.text("segment", "everyone"),
        lang=lang,
        track=written.meta.get("track") is not False,
        html=html,
        text=text,
        slots=tuple(work.slots),
        unsubscribe_tag=unsubscribe_tag,
        nonce=nonce,
        publish_at=written.publish_at,
        findings=tuple(work.findings),
    )


def _first_heading(body: str) -> str:
    """Give the text of the first heading, which is what a reader would call the issue."""
    found = re.search(r"^#{1,2}[ \t]+(.+?)[ \t#]*$", body, re.MULTILINE)
    return found[1] if found else ""


def _body(work: _Work) -> tuple[str, str, bool]:
    """Render the Markdown to HTML and to text, both with tags for slots."""
    markers = Markers(nonce=work.nonce)
    reading = markdown.Reading(
        markers=markers,
        base_url=work.written.text("base_url"),
        where=work.written.where,
        findings=work.findings,
    )
    tokens, env = markdown.parse(markers.hide(work.written.body), markers)
    tokens = markdown.tidy(tokens, reading)
    html_source = markers.reveal(markdown.to_html(tokens, env), escape=True)
    text_source = markers.reveal(plain.to_text(tokens), escape=False)
    for foreign in markers.foreign_in(work.written.body):
        message = f"{foreign.text} is not Jinja on `subscriber`; it was taken out."
        work.findings.append(warning("liquid", message, work.written.where(foreign.line)))
    has_title = any(token.type == "heading_open" and token.tag == "h1" for token in tokens)
    return _split(work, html_source, "html", "the text"), _split(work, text_source, "text", ""), has_title


def _line(work: _Work, source: str, place: Place = "line") -> str:
    """Render a line of front matter; in HTML it is escaped first, since it is no markup."""
    markers = Markers(nonce=work.nonce)
    hidden = markers.hide(source)
    escaped = hidden.replace("&", "&amp;").replace("<", "&lt;") if place == "html" else hidden
    return _split(work, markers.reveal(escaped, escape=place == "html"), place, "the front matter")


def _split(work: _Work, source: str, place: Place, what: str) -> str:
    """Split a template; an error in it becomes a finding, told once."""
    try:
        taken_apart = split(source, place, work.tags, work.facts)
    except TemplateError as problem:
        if what:
            message = f"The Jinja in {what} cannot be rendered: {problem}."
            work.findings.append(error("template", message, _line_of(work.written, problem)))
        return ""
    work.slots += [replace(slot, line=_line_of_slot(work.written, slot)) for slot in taken_apart.slots]
    return taken_apart.shared


def _line_of_slot(written: WrittenIssue, slot: Slot) -> int:
    """Find the line of the file a slot was written on, since lines shift on the way through Markdown."""
    wanted = [f"{PERSON}.{name}" for name in slot.asks_for()]
    for number, line in enumerate(written.body.splitlines()):
        if any(one in line for one in wanted) and re.search(r"\{[{%]", line):
            return written.body_line + number
    return 1


def _line_of(written: WrittenIssue, problem: Exception) -> str:
    """Find the construct that the parser names, since lines shift on the way through Markdown."""
    named = re.findall(r"'([^']+)'", str(problem))
    for number, line in enumerate(written.body.splitlines()):
        if any(word in line for word in named) and re.search(r"\{[{%]", line):
            return written.where(number)
    return f"{written.path.name}:1"


def _inlined(html: str) -> str:
    inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
    return str(inliner.inline(html))


def _look_at_front_matter(work: _Work, brand: Brand, subject: str, preheader: str) -> None:
    written, where = work.written, f"{work.written.path.name}:1"
    name, address = written.sender(brand.sender)
    problems = [
        (
            not subject.strip(),
            error("subject", "The issue has no subject; add `subject:` at the top.", where),
        ),
        (
            len(subject) > 78,
            warning("subject", f"The subject has {len(subject)} characters; phones show 40.", where),
        ),
        (subject.isupper(), warning("subject", "A subject in capitals looks like spam.", where)),
        (
            not preheader.strip(),
            warning("preheader", "Without a preheader, inboxes show what comes first.", where),
        ),
        ("@" not in address, error("from", "Nobody is named as sender; add `from: Name <address>`.", where)),
        (not name, warning("from", "The sender has no name, only an address.", where)),
        (
            not brand.address.strip(),
            error("address", "templates/brand.toml has no postal address.", "brand.toml"),
        ),
        (_has_break(subject + name + address), error("header", "A header holds a line break.", where)),
    ]
    work.findings += [finding for wrong, finding in problems if wrong]
    for key in sorted(set(written.meta) & _NEAR_MISSES):
        work.findings.append(warning("front-matter", f"`{key}` is not a key Pressrun knows.", where))


#: Keys that look like ours and would be ignored silently.
_NEAR_MISSES = (
    frozenset({"sender", "replyto", "segments", "pre_header", "publish", "languange", "headline"}) - KNOWN_KEYS
)


def _look_at_mail(work: _Work, html: str) -> None:
    links = len(re.findall(r"<a [^>]*href=\"https?:", html))
    size = len(html.encode("utf-8"))
    tracked = size + links * TRACKED_LINK * (work.written.meta.get("track") is not False)
    if tracked > CLIP_BYTES:
        message = (
            f"The mail has {size:,} bytes, about {tracked:,} after tracking its {links} links; Gmail clips at "
            f"{CLIP_BYTES:,}. Shorten it, or set `track: false`."
        )
        work.findings.append(warning("size", message, "html"))
    for number, line in enumerate(work.written.body.splitlines()):
        if _LEFT_OVER.search(line) and not line.lstrip().startswith(("<!--", "    ")):
            found = _LEFT_OVER.search(line)
            message = f"“{found[0] if found else ''}” was left in the text."
            work.findings.append(warning("left-over", message, work.written.where(number)))
    work.findings += html_rules.violations(html)


def _has_break(text: str) -> bool:
    return re.search("[\r\n\0\x85\u2028\u2029]", text) is not None


def _content_hash(written: WrittenIssue, brand: Brand, templates: Path, layout: str) -> str:
    """Hash everything that decides the mail."""
    layouts = _layout_bytes(templates, (f"{layout}.html.j2", f"{layout}.txt.j2"))
    meta = orjson.dumps(dict(written.meta), default=str, option=orjson.OPT_SORT_KEYS)
    parts = [written.issue_id.encode(), meta, written.body.encode(), orjson.dumps(asdict(brand)), *layouts]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _layout_bytes(templates: Path, names: Sequence[str]) -> list[bytes]:
    return [(templates / name).read_bytes() for name in names]
