"""Give the text of Markdown as a reader sees it."""

from collections.abc import Sequence

from markdown_it.token import Token

from pressrun.issues.html_text import alt_of


def shown_text(tokens: Sequence[Token], ending: str = "") -> str:
    """Give the text of tokens as a reader sees it, up to a token of a type."""
    text = []
    for token in tokens:
        if ending and token.type == ending:
            break
        if token.type == "image":
            text.append(str(token.attrs.get("alt") or shown_text(token.children or [])))
        elif token.type in ("text", "code_inline"):
            text.append(token.content)
        elif token.type == "html_inline":
            text.append(alt_of(token.content))
        elif token.type in ("softbreak", "hardbreak"):
            text.append(" ")
    return "".join(text)
