"""Turn Markdown into the HTML of a mail, and note on the way what a mail client would choke on."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.markers import Markers

_TAGS = {
    "a",
    "p",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "code",
    "em",
    "strong",
    "del",
    "s",
    "sub",
    "sup",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "img",
    "div",
    "span",
    "wbr",
    "caption",
    "b",
    "i",
    "u",
    "small",
    "q",
    "cite",
    "kbd",
    "abbr",
    "dl",
    "dt",
    "dd",
    "center",
}
_ATTRIBUTES = {
    "*": {"lang", "dir", "class"},
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "title"},
    "th": {"scope", "align"},
    "td": {"align", "colspan", "rowspan"},
    "ol": {"start"},
    "p": {"align"},
    "div": {"align"},
}
_UNWELCOME_IMAGES = (".svg", ".webp", ".avif")
_VAGUE = {"click here", "here", "this link", "link", "read more", "more"}
_LONG_WORD = re.compile(r"[^\s<>&;]{36,}")
_FENCED_DIRECTIVE = re.compile(r"^\{[a-z-]+\}")


@dataclass(kw_only=True, slots=True)
class Reading:
    """What is carried along while one issue is rendered."""

    markers: Markers
    base_url: str
    #: Turns a line of the body into `file:line`.
    where: Any
    findings: list[Finding] = field(default_factory=list)

    def note(self, finding: Finding) -> None:
        """Keep one finding."""
        self.findings.append(finding)


def parse(source: str, markers: Markers) -> tuple[list[Token], dict[str, Any]]:
    """Read Markdown: CommonMark with tables, footnotes, strikethrough, task lists and bare links."""
    markdown, env = _markdown(), dict[str, Any]()
    rule = partial(_statement_line, markers)
    options = {"alt": ["paragraph", "reference", "blockquote", "list", "table"]}
    markdown.block.ruler.before("fence", "statement", rule, options)  # type: ignore[arg-type]
    return markdown.parse(source, env), env


def tidy(tokens: Sequence[Token], reading: Reading) -> list[Token]:
    """Make tokens fit for a mail: headings in order, links and images absolute, code as it was written."""
    kept = list(tokens)
    _order_headings(kept, reading)
    for token in kept:
        line = token.map[0] if token.map else 0
        if token.type in ("fence", "code_block"):
            token.content = reading.markers.restore_code(token.content)
        elif token.type == "inline":
            token.children = _tidy_inline(token.children or [], reading, line)
        elif token.type == "html_block":
            _look_at_html(token.content, reading, line)
    return kept


def to_html(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    """Render tidy tokens, and let nothing through that a mail must not hold."""
    markdown = _markdown()
    rendered = markdown.renderer.render(list(tokens), markdown.options, env)
    return nh3.clean(
        _open_details(rendered),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags={"script", "style", "svg", "iframe", "video", "object"},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True, "linkify": True, "highlight": _highlighted})
    markdown.enable(["table", "strikethrough", "linkify"]).use(footnote_plugin).use(tasklists_plugin)
    # links are judged in _tidy_inline, where their line is known; here nothing must be swallowed
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    for name, rule in _RULES.items():
        markdown.add_render_rule(name, rule)
    return markdown


def _statement_line(markers: Markers, state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Let a line that holds only `{% … %}` stand between blocks, in no paragraph or quote of its own."""
    text = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if state.is_code_block(start) or not markers.alone(text):
        return False
    if not silent:
        state.line = start + 1
        token = state.push("html_block", "", 0)
        token.map, token.content = [start, state.line], text + "\n"
    return True


def _highlighted(code: str, language: str, _attributes: str) -> str:
    """Colour code by classes; the stylesheet is inlined later."""
    try:
        lexer = get_lexer_by_name(_FENCED_DIRECTIVE.sub("", language) or "text", stripnl=False)
    except ClassNotFound:
        return html.escape(code, quote=False)
    coloured: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return coloured


def _order_headings(tokens: list[Token], reading: Reading) -> None:
    """Keep one h1 and skip no level: screen readers walk by them."""
    last, seen_first = 1, False
    for at, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        level = int(token.tag[1])
        wanted = 1 if level == 1 and not seen_first else max(2, min(level, last + 1))
        seen_first = seen_first or level == 1
        if wanted != level:
            line = token.map[0] if token.map else 0
            reading.note(warning("heading-order", f"Heading level {level} was shown as {wanted}.", reading.where(line)))
        last = wanted
        _closing = next(later for later in tokens[at:] if later.type == "heading_close")
        token.tag, _closing.tag = f"h{wanted}", f"h{wanted}"


def _tidy_inline(children: list[Token], reading: Reading, line: int) -> list[Token]:
    kept: list[Token] = []
    for at, token in enumerate(children):
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        if token.type == "code_inline":
            token.content = reading.markers.restore_code(token.content)
        elif token.type == "link_open":
            _tidy_link(token, children[at + 1 :], reading, line)
        elif token.type == "image":
            token = _tidy_image(token, reading, line)
        elif token.type == "html_inline":
            _look_at_html(token.content, reading, line)
        elif token.type == "text":
            _look_at_text(token.content, reading, line)
        kept.append(token)
    return kept


def _tidy_link(token: Token, following: Sequence[Token], reading: Reading, line: int) -> None:
    where = reading.where(line)
    href = str(token.attrs.get("href", ""))
    shown = _text_until(following, "link_close")
    if href.startswith("#"):
        token.attrs.pop("href")
        reading.note(warning("link-in-page", f"Mail clients do not jump to {href}; it is plain text now.", where))
        return
    absolute = _absolute(href, reading, "link", where)
    if absolute is None:
        token.attrs.pop("href")
        return
    token.attrs["href"] = absolute.replace("'", "%27")
    if shown == href or shown in (absolute, href.removeprefix("mailto:")):
        _show_shorter(following, absolute)
    _judge_link(absolute, shown, reading, where)


def _absolute(url: str, reading: Reading, what: str, where: str) -> str | None:
    """Give an address a mail can use, or None if there is none."""
    scheme = urlsplit(url).scheme.lower() if not reading.markers.within(url) else url.partition(":")[0].lower()
    if scheme in ("http", "https", "mailto") and "zq" not in scheme:
        return url
    if scheme and "zq" not in scheme and not reading.markers.within(scheme):
        reading.note(error(f"{what}-scheme", f"A {what} to {scheme}: was taken out; use https.", where))
        return None
    if reading.markers.within(url.split("/")[0]):
        reading.note(error(f"{what}-slot", f"A {what} must begin with https://, not with a slot.", where))
        return None
    if reading.base_url:
        return urljoin(reading.base_url, url)
    reading.note(
        error(
            f"{what}-relative",
            f"The {what} {url!r} leads nowhere from a mail; set base_url or write it out.",
            where,
        )
    )
    return None


def _judge_link(url: str, shown: str, reading: Reading, where: str) -> None:
    if url.startswith("http://"):
        reading.note(warning("link-http", f"{url} is not encrypted; use https if the site has it.", where))
    if not shown.strip():
        reading.note(warning("link-empty", f"The link to {url} has no text; nobody can follow it.", where))
    if shown.strip().lower() in _VAGUE:
        reading.note(warning("link-vague", f"“{shown}” does not say where it leads; name the thing.", where))
    named = urlsplit(shown.strip()).hostname if re.match(r"https?://", shown.strip()) else None
    if named and named != urlsplit(url).hostname:
        reading.note(warning("link-mismatch", f"The text shows {named}, the link goes to {url}.", where))


def _show_shorter(following: Sequence[Token], url: str) -> None:
    """Show the host and the beginning of the path of a bare address; long ones make a mail wider than a phone."""
    parts = urlsplit(url)
    short = (parts.hostname or "") + parts.path.rstrip("/")
    if following and following[0].type == "text" and len(following[0].content) > 40 and parts.hostname:
        following[0].content = short if len(short) <= 40 else f"{short[:38]}…"


def _tidy_image(token: Token, reading: Reading, line: int) -> Token:
    where = reading.where(line)
    alt = _text_until(token.children or [], "")
    source = str(token.attrs.get("src", ""))
    if source.startswith("data:"):
        reading.note(error("image-data", "An image inside the mail itself is not shown by Gmail; host it.", where))
        return Token("text", "", 0, content=f"[{alt or 'image'}]")
    absolute = _absolute(source, reading, "image", where)
    if absolute is None:
        return Token("text", "", 0, content=f"[{alt or 'image'}]")
    if urlsplit(absolute).path.lower().endswith(_UNWELCOME_IMAGES):
        reading.note(warning("image-format", f"{absolute} is not shown everywhere; use PNG, JPG or GIF.", where))
    if not alt.strip():
        reading.note(warning("image-alt", f"The image {absolute} has no text for those who do not see it.", where))
    token.attrs.update({"src": absolute, "alt": alt})
    return token


def _look_at_html(content: str, reading: Reading, line: int) -> None:
    if re.search(r"<\s*(script|style|iframe|video|svg|object|form|input)\b", content, re.IGNORECASE):
        reading.note(
            warning(
                "html-unsafe",
                "Scripts, styles, forms and frames are taken out of mails.",
                reading.where(line),
            )
        )
    if re.search(r"\son[a-z]+\s*=|javascript:", content, re.IGNORECASE):
        reading.note(warning("html-unsafe", "Event handlers and javascript: links are taken out.", reading.where(line)))


def _look_at_text(content: str, reading: Reading, line: int) -> None:
    for found in re.finditer(r"\[([^\]]+)\]\[([^\]]*)\]", content):
        reading.note(
            warning(
                "link-unresolved",
                f"[{found[1]}][{found[2]}] refers to a link that is not there.",
                reading.where(line),
            )
        )


def _text_until(tokens: Sequence[Token], ending: str) -> str:
    text = []
    for token in tokens:
        if token.type == ending:
            break
        text.append(token.content if token.type in ("text", "code_inline", "image") else "")
    return "".join(text)


def _open_details(rendered: str) -> str:
    """Show what `<details>` hides: Gmail strips the tags anyway."""
    rendered = re.sub(r"<details\b[^>]*>", "<div>", rendered, flags=re.IGNORECASE)
    rendered = re.sub(r"</details\s*>", "</div>", rendered, flags=re.IGNORECASE)
    rendered = re.sub(r"<summary\b[^>]*>", "<p><strong>", rendered, flags=re.IGNORECASE)
    return re.sub(r"</summary\s*>", "</strong></p>", rendered, flags=re.IGNORECASE)


def _render_text(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """Let long words break: Outlook and Gmail know no CSS for it."""
    return _breakable(html.escape(tokens[at].content, quote=False))


def _render_code(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f"<code>{_breakable(html.escape(tokens[at].content, quote=False))}</code>"


def _breakable(escaped: str) -> str:
    return _LONG_WORD.sub(lambda found: "<wbr>".join(_pieces(found[0])), escaped)


def _pieces(word: str) -> list[str]:
    if word.startswith("zq"):
        return [word]
    return [word[at : at + 24] for at in range(0, len(word), 24)]


def _render_image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    source = html.escape(str(tokens[at].attrs["src"]))
    return f'<img src="{source}" alt="{html.escape(str(tokens[at].attrs["alt"]))}" width="536">'


def _render_th(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    align = _align(tokens[at]) or ' align="left"'
    return f'<th scope="col"{align}>'


def _render_td(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f"<td{_align(tokens[at])}>"


def _align(token: Token) -> str:
    found = re.search(r"text-align:\s*(left|center|right)", str(token.attrs.get("style", "")))
    return f' align="{found[1]}"' if found else ""


def _render_table(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return '<table class="data">'


def _render_note_mark(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f"<sup>{int(tokens[at].meta['id']) + 1}</sup>"


def _render_notes(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return '<div class="notes"><hr><ol>'


def _render_notes_end(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return "</ol></div>"


def _render_note(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return "<li>"


def _render_nothing(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return ""


_RULES = {
    "text": _render_text,
    "code_inline": _render_code,
    "image": _render_image,
    "table_open": _render_table,
    "th_open": _render_th,
    "td_open": _render_td,
    "footnote_ref": _render_note_mark,
    "footnote_block_open": _render_notes,
    "footnote_block_close": _render_notes_end,
    "footnote_open": _render_note,
    "footnote_anchor": _render_nothing,
}
