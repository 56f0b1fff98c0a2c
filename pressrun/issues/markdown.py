"""Turn Markdown into tokens, and tidy tokens into HTML that holds nothing a mail must not hold."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from pressrun.issues.drawing import RULES, highlighted
from pressrun.issues.markers import Markers
from pressrun.issues.nesting import MOST_READ

_ALLOWED = (
    "a p br hr h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong del s sub sup table thead tbody tfoot tr th td "
    "img div span wbr caption b i u small q cite kbd abbr dl dt dd center figure figcaption mark ins var samp"
)
_ATTRIBUTES = {
    "*": {"lang", "dir", "class"},
    "a": {"href", "title", "name"},
    "img": {"src", "alt", "width", "height", "title"},
    "th": {"scope", "align", "colspan", "rowspan"},
    "td": {"align", "colspan", "rowspan"},
    "ol": {"start"},
    "p": {"align"},
    "div": {"align"},
    "h1": {"align"},
    "h2": {"align"},
}
_BUTTON = '<table class="button" role="presentation" cellpadding="0" cellspacing="0" border="0">'
#: Tags whose content goes with them.
_WHOLE = {"script", "style", "svg", "iframe", "video", "audio", "object", "embed"}


def parse(source: str, markers: Markers) -> tuple[list[Token], dict[str, Any]]:
    """Read Markdown: CommonMark with tables, footnotes, strikethrough, task lists, definition lists and bare links.

    Args:
        source: The text, with words in place of constructs.
        markers: Knows the words.
    """
    markdown, env = _markdown(), dict[str, Any]()
    rule = partial(_statement_line, markers)
    options = {"alt": ["paragraph", "reference", "blockquote", "list", "table"]}
    markdown.block.ruler.before("fence", "statement", rule, options)  # type: ignore[arg-type]
    return markdown.parse(source, env), env


def to_html(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    """Render tidy tokens, and let nothing through that a mail must not hold."""
    markdown = _markdown()
    return clean(markdown.renderer.render(list(tokens), markdown.options, env))


def clean(html: str) -> str:
    """Let nothing through that a mail or a page must not hold; cleaning twice is cleaning once."""
    harmless = nh3.clean(
        html,
        tags=set(_ALLOWED.split()),
        attributes=_ATTRIBUTES,
        clean_content_tags=_WHOLE,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return _mended(harmless)


def _mended(clean: str) -> str:
    """Take out what holds nothing, and let code run left to right in every language."""
    without_empty = re.sub(r"<p>\s*</p>\n?", "", clean)
    unlinked = re.sub(r"<a>(.*?)</a>", r"\1", without_empty, flags=re.DOTALL)
    # not a width in pixels: an image that was not loaded would keep it, and be wider than a phone
    by_width = r'(<img [^>]*class="sized[^"]*" width="(\d+)")'
    sized = re.sub(by_width, r'\1 style="width: 100%; max-width: \2px"', unlinked)
    return sized.replace('<table class="button">', _BUTTON).replace("<pre>", '<pre dir="ltr">')


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt(
        "commonmark", {"html": True, "linkify": True, "highlight": highlighted, "maxNesting": MOST_READ}
    )
    markdown.enable(["table", "strikethrough", "linkify"])
    markdown.use(footnote_plugin).use(tasklists_plugin).use(deflist_plugin)
    # README.md and config.name are no addresses, although .md and .name are domains
    markdown.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # type: ignore[union-attr]
    # addresses are judged in tidying, where their line is known; here nothing must be swallowed
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    for name, rule in RULES.items():
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
