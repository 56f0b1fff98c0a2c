"""Guess the domain that was meant where one looks mistyped: gmial.com → gmail.com.

A hint that is wrong costs trust, so only two things are called mistyped: a name one slip of the fingers beside a large
provider's, beginning with the same letter; and an ending that no domain has.
"""

from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from pressrun.audiences.mailbox_providers import COUNTRIES_MEANT_COM, ENDINGS, NO_ENDINGS, NOT_MISTYPED

_NAMES = tuple(ENDINGS)
#: Domains looked at in one go, so that the matrix of distances stays small.
_AT_ONCE = 50_000


def meant_domains(domains: Sequence[str]) -> list[str | None]:
    """Say for each domain which one was probably meant; None where nothing looks mistyped.

    Args:
        domains: Domains as in address keys: lower case, A-labels.
    """
    parts = [domain.partition(".") for domain in domains]
    near = _near_names([name for name, _, _ in parts])
    found = (_meant(name, ending, meant) for (name, _, ending), meant in zip(parts, near, strict=True))
    return [
        None if domain in NOT_MISTYPED or meant == domain else meant
        for domain, meant in zip(domains, found, strict=True)
    ]


def _meant(name: str, ending: str, provider: str | None) -> str | None:
    """Put the name and the ending that were meant together."""
    mended = _mended_ending(ending)
    if provider is None:
        return None if mended is None else f"{name}.{mended}"
    known = ENDINGS[provider]
    if mended is None and ending in COUNTRIES_MEANT_COM:
        mended = "com"
    if (mended or ending) in known:
        return f"{provider}.{mended or ending}"
    return None if mended is None else f"{name}.{mended}"


def _mended_ending(ending: str) -> str | None:
    before, dot, last = ending.rpartition(".")
    meant = NO_ENDINGS.get(last)
    return None if meant is None else f"{before}{dot}{meant}"


def _near_names(names: Sequence[str]) -> list[str | None]:
    """Give for each name the provider's that it is, or is one slip beside of: a letter more, less, other or swapped."""
    near: list[str | None] = []
    for at in range(0, len(names), _AT_ONCE):
        some = names[at : at + _AT_ONCE]
        distances = process.cdist(some, _NAMES, scorer=OSA.distance, score_cutoff=1)
        closest = distances.argmin(axis=1).tolist()
        least = distances.min(axis=1).tolist()
        near.extend(
            _NAMES[which] if far <= 1 and name[:1] == _NAMES[which][:1] else None
            for name, which, far in zip(some, closest, least, strict=True)
        )
    return near
