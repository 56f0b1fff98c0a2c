"""Write down how a table was read, in the words of the command line, and read that again."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from pressrun.audiences.profile import ADDRESS_NAMES, plain_name
from pressrun.audiences.recognising import Recognised


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadAs:
    """How the rows of one table were read."""

    #: What `--source` calls its profile; auto where nothing is known.
    source: str = "auto"
    #: Column → meaning, where its name alone does not tell.
    said: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None


def written(recognised: Recognised) -> str:
    """Write down how a table was read: `own`, or `own --map Kontakt=email --timezone Europe/Berlin`."""
    profile, address = recognised.profile, recognised.address
    meanings = {**recognised.guessed, **recognised.said}
    if plain_name(address) not in (*profile.address, *ADDRESS_NAMES):
        meanings[address] = "email"
    words = [word for column, meaning in meanings.items() for word in ("--map", f"{column}={meaning}")]
    zone = ["--timezone", recognised.timezone] if recognised.timezone else []
    return shlex.join([profile.source, *words, *zone])


def read_as(text: str) -> ReadAs:
    """Read what `written` wrote; what cannot be read tells nothing."""
    try:
        source, *words = shlex.split(text) or ["auto"]
    except ValueError:
        return ReadAs()
    pairs = list(zip(words[::2], words[1::2], strict=False))
    said = dict(pair.rpartition("=")[::2] for option, pair in pairs if option == "--map")
    return ReadAs(source=source, said=said, timezone=dict(pairs).get("--timezone"))
