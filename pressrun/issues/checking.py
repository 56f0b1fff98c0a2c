"""Render one written issue and find its mistakes: front matter, Markdown, layout, inlined styles, slots."""

import html as html_text
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path

import css_inline
from markdown_it.token import Token

from pressrun.issues import html_rules, markdown, plain
from pressrun.issues.brand import Brand
from pressrun.issues.cage import FAULTS
from pressrun.issues.facts import Facts
from pressrun.issues.findings import Finding, error, in_order
from pressrun.issues.images import Album
from pressrun.issues.issue_rules import judge_issue
from pressrun.issues.layouts import Laid, lay_out, safe
from pressrun.issues.left_overs import note_greetings
from pressrun.issues.limits import LimitError, line_of
from pressrun.issues.links import Target
from pressrun.issues.looks import layout_for
from pressrun.issues.markers import Markers, braces_to_entities, braces_to_jinja
from pressrun.issues.marks import judge_notes
from pressrun.issues.nesting import judge_nesting
from pressrun.issues.nobody import neutral_body
from pressrun.issues.outline import outline
from pressrun.issues.palette import palette
from pressrun.issues.reading import Reading
from pressrun.issues.rehearsing import judge_slots
from pressrun.issues.rendered import RenderedIssue, content_hash
from pressrun.issues.shown import shown_text
from pressrun.issues.silencing import apply_silence, silence_of
from pressrun.issues.slots import Place, SlotDesk, split
from pressrun.issues.tidying import tidy
from pressrun.issues.written import WrittenIssue
from pressrun.policies import policy_of

_RTL = ("ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi")
#: Keeps an inbox from showing what comes after a short preheader.
_SPACER = "&#8199;&#65279;&#847; " * 60


@dataclass(kw_only=True, slots=True)
class _Work:
    """What is carried along while one issue is checked."""

    written: WrittenIssue
    brand: Brand
    templates: Path
    desk: SlotDesk
    markers: Markers
    facts: Mapping[str, object]
    unsubscribe_tag: str
    #: The images that lie beside the issue.
    album: Album
    findings: list[Finding] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """The written parts, with words in place of constructs."""

    subject: str
    preheader: str
    tokens: list[Token]
    env: dict[str, object]


def check(
    written: WrittenIssue,
    brand: Brand,
    templates: Path,
    *,
    now: datetime,
    nonce: str,
    web_url: str | None = None,
    assets_url: str = "",
) -> RenderedIssue:
    """Render one issue, with everything that was found on the way.

    Args:
        written: The issue as read.
        brand: Who sends.
        templates: Folder of the layouts.
        now: Dates the issue for layouts that ask.
        nonce: 16 hexadecimal digits that make this rendering's tags unguessable; the same give the same bytes.
        web_url: Where the issue can be read in a browser, if anywhere.
        assets_url: Where images that lie beside the issue will be served; empty: nowhere yet.

    Raises:
        InputError: A layout is missing or wrong.
    """
    album = Album(folder=written.path.parent, url=assets_url)
    work = _begin(written, brand, templates, now, nonce, web_url, album)
    parts = _parts(work)
    body = markdown.to_html(parts.tokens, parts.env)
    page, shown = _page(work, parts, body)
    text = _split(work, _text_source(work, parts), "text", braces_to_jinja)
    subject = _split(work, parts.subject, "line", braces_to_jinja)
    neutral = {name: work.markers.erase(getattr(parts, name), "…").strip() for name in ("subject", "preheader")}
    track = _tracks(written)
    facts = Facts(
        written=written,
        brand=brand,
        track=track,
        html=shown,
        text=text,
        unsubscribe_tag=work.unsubscribe_tag,
        web_url=web_url or "",
        **neutral,
    )
    work.findings += judge_issue(facts)
    if not any(found.rule == "nesting" for found in work.findings):
        # whoever parses a page gives up on one that is nested too deeply, and would miss the rest of it
        work.findings += html_rules.violations(shown)
    greedy = list(judge_slots(work.desk.slots))
    work.findings += greedy
    silence = silence_of(written)
    stands, silenced = apply_silence(in_order(work.markers.findings + work.findings, written.file), silence)
    name, address = written.sender(brand.sender)
    return RenderedIssue(
        issue_id=written.issue_id,
        content_hash=content_hash(written, brand, work.files, web_url or ""),
        subject=subject,
        preheader=neutral["preheader"],
        from_email=address,
        from_name=name,
        reply_to=parseaddr(written.text("reply_to"))[1],
        segment=written.text("segment", "everyone"),
        lang=str(work.facts["lang"]),
        track=track,
        html=page,
        text=text,
        slots=work.desk.slots,
        unsubscribe_tag=work.unsubscribe_tag,
        nonce=nonce,
        publish_at=written.publish_at,
        findings=stands,
        in_doubt=_policy(written),
        images=tuple(work.album.taken.values()),
        web="" if greedy else neutral_body(body, work.markers, work.facts, nonce=nonce),
        dir=str(work.facts["dir"]),
        targets=tuple(work.targets),
        silence=silence,
        silenced=silenced,
    )


def _policy(written: WrittenIssue) -> str:
    """Give the issue's own policy; one that cannot be read is a finding already."""
    try:
        return str(policy_of(written.meta["in_doubt"])) if "in_doubt" in written.meta else ""
    except ValueError:
        return ""


def _begin(
    written: WrittenIssue,
    brand: Brand,
    templates: Path,
    now: datetime,
    nonce: str,
    web_url: str | None,
    album: Album,
) -> _Work:
    lang = written.text("lang", brand.lang)
    desk = SlotDesk(nonce)
    unsubscribe_tag = desk.tag()
    facts = {
        "issue": {
            "id": written.issue_id,
            "lang": lang,
            "date": now.date().isoformat(),
            "number": written.text("number"),
        },
        "palette": palette(brand),
        "brand": asdict(brand),
        "lang": lang,
        "dir": _direction(written, lang),
        "unsubscribe_url": unsubscribe_tag,
        "web_url": web_url or "",
        "spacer": safe(_SPACER),
    }
    return _Work(
        written=written,
        brand=brand,
        templates=templates,
        desk=desk,
        markers=Markers(nonce=nonce),
        facts=facts,
        unsubscribe_tag=unsubscribe_tag,
        album=album,
    )


def _direction(written: WrittenIssue, lang: str) -> str:
    told = written.text("dir")
    return told if told in ("ltr", "rtl") else "rtl" if lang.split("-")[0].lower() in _RTL else "ltr"


def _parts(work: _Work) -> _Parts:
    written, markers = work.written, work.markers
    hidden = markers.hide(written.body, written.where)
    tokens, env = markdown.parse(hidden, markers)
    reading = Reading(
        markers=markers,
        base_url=written.text("base_url"),
        direction=str(work.facts["dir"]),
        where=written.where,
        lines=hidden.split("\n"),
        album=work.album,
        findings=work.findings,
        targets=work.targets,
    )
    work.findings += (*judge_nesting(tokens, reading), *judge_notes(env, reading))
    tokens = tidy(tokens, reading)
    work.files.update({f"image:{name}": work.album.url for name in work.album.taken})
    markers.judge()
    return _Parts(
        subject=_line(work, written.subject, written.where_subject),
        preheader=_line(work, written.text("preheader"), written.where_key("preheader")),
        tokens=tokens,
        env=env,
    )


def _line(work: _Work, source: str, where: str) -> str:
    """Hide the constructs of one line of the front matter."""
    since = len(work.markers.constructs)
    hidden = work.markers.hide(source, lambda _: where)
    note_greetings(hidden, work.markers)
    work.markers.judge(since)
    return hidden


def _page(work: _Work, parts: _Parts, body: str) -> tuple[str, str]:
    """Give the page with tags, and the page with every branch of its slots in sight."""
    subject = html_text.escape(parts.subject or work.brand.name)
    preheader = html_text.escape(parts.preheader or _beginning(work, parts.tokens) or work.brand.name)
    laid = _laid(work, parts, "html", body=safe(body), subject=safe(subject), preheader=safe(preheader))
    # a layout says of a sheet for dark mode and phones that it is to be left alone; the others become styles
    inlined = css_inline.CSSInliner(load_remote_stylesheets=False).inline(laid.page)
    page = laid.finish(inlined)
    return _split(work, page, "html", _quote_page), work.markers.erase(laid.look(inlined))


def _beginning(work: _Work, tokens: list[Token]) -> str:
    """Give the first sentence that says something, for a preheader nobody wrote."""
    said = (shown_text(token.children or []) for token in tokens if token.type == "inline")
    whole = (text for text in said if len(text) >= 40 and not work.markers.within(text))
    lines = textwrap.wrap(next(whole, ""), 118)
    return f"{lines[0]} …" if len(lines) > 1 else "".join(lines)


def _text_source(work: _Work, parts: _Parts) -> str:
    body = plain.to_text(parts.tokens, work.markers.alone)
    return _laid(work, parts, "text", body=body, subject=parts.subject, preheader=parts.preheader).page


def _laid(work: _Work, parts: _Parts, place: Place, **written: str) -> Laid:
    name, wrong = layout_for(work.written, work.brand, work.templates, place)
    work.findings += wrong
    laid = lay_out(
        work.templates,
        name,
        place,
        work.desk,
        {**work.facts, **written, **outline(parts.tokens, written["body"], parts.subject, work.markers)},
    )
    work.files.update({f"{place}:{file}": content for file, content in laid.files.items()})
    return laid


def _quote_page(text: str) -> str:
    """Keep braces literal: as they are in the head, where style sheets have them, as entities in the body."""
    head, end, body = text.rpartition("</head>")
    return braces_to_jinja(head + end) + braces_to_entities(body) if end else braces_to_entities(text)


def _split(work: _Work, text: str, place: Place, quote: Callable[[str], str]) -> str:
    """Split a template; an error in it becomes a finding."""
    revealed = work.markers.reveal(text, quote)
    try:
        return split(revealed.source, place, work.desk, work.facts, revealed.origin)
    except FAULTS as problem:
        where, expression = revealed.origin(getattr(problem, "lineno", None) or line_of(problem))
        rule = "template-limit" if isinstance(problem, LimitError) else "template"
        work.findings.append(error(rule, f"{expression} cannot be rendered: {problem}.", where))
        return ""


def _tracks(written: WrittenIssue) -> bool:
    return written.text("track", "true").lower() not in ("false", "no", "off")
