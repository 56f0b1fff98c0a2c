"""How each Markdown token is drawn in the HTML of a mail."""

import html
import re
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from pressrun.issues.breaking import breakable
from pressrun.issues.placing import Placed

Draw = Callable[[RendererHTML, Sequence[Token], int, OptionsDict, MutableMapping[str, Any]], str]
_DIRECTIVE = re.compile(r"^\{[a-z:-]+\}")


def highlighted(code: str, language: str, _attributes: str) -> str:
    """Colour code by classes, which become inline styles later; a long word may break."""
    try:
        lexer = get_lexer_by_name(_DIRECTIVE.sub("", language) or "text", stripnl=False)
    except ClassNotFound:
        return breakable(html.escape(code, quote=False))
    coloured: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return breakable(coloured)


def _text(renderer: RendererHTML, tokens: Sequence[Token], at: int, *_: object) -> str:
    return breakable(html.escape(tokens[at].content, quote=False))


def _code(renderer: RendererHTML, tokens: Sequence[Token], at: int, *_: object) -> str:
    return f"<code>{breakable(html.escape(tokens[at].content, quote=False))}</code>"


def _image(renderer: RendererHTML, tokens: Sequence[Token], at: int, *_: object) -> str:
    placed: Placed = tokens[at].meta["placed"]
    shown = {"src": placed.url, "alt": str(tokens[at].attrs["alt"]), **placed.attributes}
    title = str(tokens[at].attrs.get("title", ""))
    is_alone = all(token.type in ("image", "softbreak") or not token.content.strip() for token in tokens)
    if title and is_alone:
        # the class of one with a known size comes first: its width is set by it
        shown["class"] = f"{shown.get('class', '')} captioned".strip()
    image = "".join(f' {name}="{html.escape(value)}"' for name, value in shown.items())
    caption = f'<span class="caption">{breakable(html.escape(title, quote=False))}</span>' if title and is_alone else ""
    return f"<img{image}>{caption}"


def _head_cell(renderer: RendererHTML, tokens: Sequence[Token], at: int, *_: object) -> str:
    return f'<th scope="col"{_align(tokens[at])}{_direction(tokens[at])}>'


def _cell(renderer: RendererHTML, tokens: Sequence[Token], at: int, *_: object) -> str:
    label = tokens[at].meta.get("label")
    shown = f'<span class="label">{breakable(html.escape(label, quote=False))}: </span>' if label else ""
    return f"<td{_align(tokens[at])}{_direction(tokens[at])}>{shown}"


def _align(token: Token) -> str:
    found = re.search(r"text-align:\s*(left|center|right)", str(token.attrs.get("style", "")))
    return f' align="{found[1]}"' if found else ""


def _direction(token: Token) -> str:
    return f' dir="{token.attrs["dir"]}"' if "dir" in token.attrs else ""


def _table(renderer: RendererHTML, tokens: Sequence[Token], at: int, *_: object) -> str:
    return f'<table class="data{" wide" if tokens[at].meta.get("wide") else ""}">'


def _paragraph(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Any) -> str:
    if tokens[at].meta.get("button"):
        return '<table class="button"><tbody><tr><td class="button">'
    return renderer.renderToken(tokens, at, options, env)


def _paragraph_end(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Any) -> str:
    if tokens[at].meta.get("button"):
        return "</td></tr></tbody></table>\n"
    return renderer.renderToken(tokens, at, options, env)


def _link(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Any) -> str:
    if tokens[at].meta.get("button"):
        tokens[at].attrs["class"] = "button"
    return renderer.renderToken(tokens, at, options, env)


def _note_mark(renderer: RendererHTML, tokens: Sequence[Token], at: int, *_: object) -> str:
    return f"<sup>{int(tokens[at].meta['id']) + 1}</sup>"


def _notes(*_: object) -> str:
    return '<div class="notes"><ol>'


def _notes_end(*_: object) -> str:
    return "</ol></div>"


def _note(*_: object) -> str:
    return "<li>"


def _note_end(*_: object) -> str:
    return "</li>\n"


def _nothing(*_: object) -> str:
    return ""


RULES: dict[str, Draw] = {
    "text": _text,
    "code_inline": _code,
    "image": _image,
    "table_open": _table,
    "th_open": _head_cell,
    "td_open": _cell,
    "paragraph_open": _paragraph,
    "paragraph_close": _paragraph_end,
    "link_open": _link,
    "footnote_ref": _note_mark,
    "footnote_block_open": _notes,
    "footnote_block_close": _notes_end,
    "footnote_open": _note,
    "footnote_close": _note_end,
    "footnote_anchor": _nothing,
}
