"""Write `:tada:` as the sign it names, where a writer means it: between blanks, outside of code and addresses."""

import re

from rich.emoji import Emoji, NoEmoji

#: A colon on either side of which something is written is a time, an address or a name of a program.
_NAME = re.compile(r"(?<![\w:/.])(:([a-z0-9_+-]{2,40}):)(?![\w:/])")


def with_emoji(text: str) -> str:
    """Replace the names that are known; the others stay as they are."""
    return _NAME.sub(lambda found: _sign(found[2]) or found[1], text) if ":" in text else text


def _sign(name: str) -> str:
    try:
        return str(Emoji(name))
    except NoEmoji:
        return ""
