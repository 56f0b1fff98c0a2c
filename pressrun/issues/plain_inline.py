"""Write one run of text plainly; a link's address follows it, unless the text shows it already."""

import html
import re
from collections.abc import Sequence

from markdown_it.token import Token

from pressrun.issues.plain_html import html_to_text

#: An author's own link in the midst of Markdown.
_TARGET = re.compile(r"""<a\s[^>]*?href=["']([^"'>]*)["'][^>]*>""", re.IGNORECASE)


def inline_text(children: Sequence[Token]) -> str:
    """Give the text of inline tokens; hard breaks are line breaks."""
    written: list[str] = []
    links: list[tuple[int, Token]] = []
    for token in children:
        if token.type == "link_open":
            links.append((len(written), token))
        elif target := _TARGET.match(token.content) if token.type == "html_inline" else None:
            links.append((len(written), Token("link_open", "a", 1, attrs={"href": html.unescape(target[1])})))
        elif links and (token.type == "link_close" or _is_end(token)):
            start, opening = links.pop()
            written[start:] = [_link("".join(written[start:]), opening)]
        else:
            written.append(_piece(token))
    return "".join(written)


def _is_end(token: Token) -> bool:
    return token.type == "html_inline" and token.content.lower().startswith("</a")


def _piece(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak" or (token.type == "html_inline" and re.match(r"<br\b", token.content, re.IGNORECASE)):
        return "\n"
    if token.type == "image":
        title = token.attrs.get("title")
        return f"[{token.attrs.get('alt') or 'image'}]" + (f" {title}" if title else "")
    if token.type == "html_inline" and token.content.lower().startswith("<img"):
        return " ".join(html_to_text(token.content))
    if token.type == "footnote_ref":
        return f"[{int(token.meta['id']) + 1}]"
    return ""


def _bare(url: str) -> str:
    """Give an address as people write it."""
    return re.sub(r"^https?://", "", url.strip()).rstrip("/")


def _link(shown: str, opening: Token) -> str:
    url = str(opening.attrs.get("href", "")).removeprefix("mailto:")
    if opening.info == "auto" or _bare(shown) == _bare(url):
        return url or shown
    return f"{shown} ({url})" if url else shown
