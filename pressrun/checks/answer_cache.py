"""Remember what addresses answered, in one file below the stores, so that the next check need not ask again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from pressrun.checks.fetching import Answer

#: What was there will mostly be there tomorrow; what was not may have been mended in the meantime.
_KEEP = timedelta(days=1)
_KEEP_TROUBLE = timedelta(hours=1)
_FILE = "cache/answers.json"


def remembered(home: Path, now: datetime) -> dict[str, Answer]:
    """Give the answers that are still good; a file that cannot be read has none."""
    try:
        record = orjson.loads((home / _FILE).read_bytes())
        known = {url: (datetime.fromisoformat(one.pop("at")), Answer(**one)) for url, one in record.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}
    return {url: answer for url, (at, answer) in known.items() if timedelta(0) <= now - at < _good_for(answer)}


def remember(home: Path, known: Mapping[str, Answer], fresh: Mapping[str, Answer], now: datetime) -> None:
    """Keep fresh answers beside those that are still good.

    Args:
        home: Folder of the stores.
        known: As `remembered` gave them; they keep the time at which they were asked for.
        fresh: Just asked for.
        now: When.
    """
    if not fresh:
        return
    path = home / _FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = _times(path)
    record = {
        **{url: {"at": kept[url], **asdict(answer)} for url, answer in known.items() if url in kept},
        **{url: {"at": now.isoformat(), **asdict(answer)} for url, answer in fresh.items()},
    }
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_bytes(orjson.dumps(record))
    draft.replace(path)


def _good_for(answer: Answer) -> timedelta:
    return _KEEP if answer.state in ("there", "unsure") else _KEEP_TROUBLE


def _times(path: Path) -> dict[str, str]:
    try:
        return {url: one["at"] for url, one in orjson.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}
