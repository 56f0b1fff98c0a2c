"""Look addresses up in local lists of malicious ones: text files in the folder `link-lists` of the stores.

One host or address a line, as most such lists are published; `0.0.0.0 host` of hosts files is understood, and what
follows `#` is not read. A host stands for all names below it. Nothing is fetched; whoever wants fresh lists puts
them there.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pressrun.errors import InputError
from pressrun.issues.findings import Finding, error
from pressrun.issues.links import Target

_FOLDER = "link-lists"


def listed(urls: Iterable[str], home: Path) -> dict[str, str]:
    """Give address → the list that names it, for those that any list names.

    Args:
        urls: Addresses with http or https.
        home: Folder of the stores.

    Raises:
        InputError: A list cannot be read; an issue must not pass because nobody could look.
    """
    looked_for: dict[str, list[str]] = {}
    for url in set(urls):
        for name in _names(url):
            looked_for.setdefault(name, []).append(url)
    found: dict[str, str] = {}
    for path in sorted((home / _FOLDER).glob("*.txt")) if looked_for else ():
        stamp = path.stat()
        for name in _named_in(path, (stamp.st_mtime_ns, stamp.st_size), frozenset(looked_for)):
            found.update(dict.fromkeys(looked_for[name], path.name))
    return found


def judge_lists(targets: Sequence[Target], home: Path) -> list[Finding]:
    """Give the targets that a local list calls malicious; asks nobody."""
    named = listed((target.url for target in targets), home)
    return [malicious(target, named[target.url]) for target in targets if target.url in named]


@functools.lru_cache(maxsize=16)
def _named_in(path: Path, stamp: tuple[int, int], names: frozenset[str]) -> frozenset[str]:
    """Give the names that stand in a list; whoever is writing asks for the same ones again and again."""
    words = (line.partition("#")[0].split() for line in _lines(path))
    return names.intersection(_plain(found[-1]) for found in words if found)


def _lines(path: Path) -> Iterator[str]:
    """Read line by line: such lists have millions."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as lines:
            yield from lines
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; lists of addresses are text files in {path.parent}.") from None
    except OSError as problem:
        raise InputError(f"The list of addresses {path} cannot be read: {problem.strerror}.") from None


def malicious(target: Target, name: str, end: str = "") -> Finding:
    """Say that a target, or where it leads to, is in a list."""
    what = f"{target.url}, which leads to {end}," if end and end != target.url else target.url
    return error("link-malicious", f"{what} is in the list {name}.", target.where)


def _names(url: str) -> list[str]:
    """Give everything that a list could call an address."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        host = host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        return []
    labels = host.split(".")
    return [_plain(url), *(".".join(labels[at:]) for at in range(len(labels)))]


def _plain(text: str) -> str:
    return text.lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
