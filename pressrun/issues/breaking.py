"""Let long words break: a mail must not be wider than a phone, and Outlook and Gmail know no style for it."""

import re

#: Signs of languages without blanks break by themselves, and not before a full stop.
_BREAKING = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
_LONG_WORD = re.compile(rf"[^\s<>&;{_BREAKING}]{{28,}}")
_MARKER = re.compile(r"(zq[0-9a-f]{16}x[0-9]+zq)")
_TAG = re.compile(r"(<[^>]*>)")


def breakable(escaped: str) -> str:
    """Let the long words of a text break; entities stay whole, and so do tags without long attributes."""
    return _LONG_WORD.sub(lambda found: _broken(found[0]), escaped)


def _broken(word: str) -> str:
    """Break a long word, but never one that stands for a construct."""
    return "".join(part if _MARKER.fullmatch(part) else _broken_part(part) for part in _MARKER.split(word))


def _broken_part(part: str) -> str:
    """Cut after a sign where there is one, so that a word breaks where a reader would break it."""
    pieces = re.findall(r".{1,20}[/._,\-=?](?=.)|.{1,20}", part) if _LONG_WORD.fullmatch(part) else [part]
    return "<wbr>".join(pieces)


def breakable_html(content: str) -> str:
    """Let the long words between the tags of an author's HTML break."""
    return "".join(part if part.startswith("<") else breakable(part) for part in _TAG.split(content))
