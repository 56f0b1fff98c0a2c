"""Write one run of text plainly; a link's address follows it, unless the text shows it already."""

import re
from collections.abc import Sequence

from markdown_it.token import Token


def inline_text(children: Sequence[Token]) -> str:
    """Give the text of inline tokens; hard breaks are line breaks."""
    written: list[str] = []
    links: list[tuple[int, Token]] = []
    for token in children:
        if token.type == "link_open":
            links.append((len(written), token))
        elif token.type == "link_close" and links:
            start, opening = links.pop()
            written[start:] = [_link("".join(written[start:]), opening)]
        else:
            written.append(_piece(token))
    return "".join(written)


def _piece(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak" or (token.type == "html_inline" and re.match(r"<br\b", token.content, re.IGNORECASE)):
        return "\n"
    if token.type == "image":
        return f"[{token.attrs.get('alt') or 'image'}]"
    if token.type == "footnote_ref":
        return f"[{int(token.meta['id']) + 1}]"
    return ""


def _link(shown: str, opening: Token) -> str:
    url = str(opening.attrs.get("href", "")).removeprefix("mailto:")
    if opening.info == "auto" or shown.strip() == url:
        return url or shown
    return f"{shown} ({url})" if url else shown
