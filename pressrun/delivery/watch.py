"""Watch issues after their end, from events alone: nobody with two mails, nobody without any sign."""

from datetime import datetime, timedelta

from pressrun.settings import Settings
from pressrun.warehouse import read_lake

#: An issue that was frozen longer ago is not looked at any more.
_WATCHED = timedelta(days=7)
#: Whoever gave no sign for so long after the end is listed.
_UNHEARD_AFTER = timedelta(hours=48)


def watch(settings: Settings, now: datetime) -> list[str]:
    """Say what a person must know of the issues of the last week; nothing if all is well."""
    if not settings.catalog_path.exists():
        return []
    since = now - _WATCHED
    with read_lake(settings) as lake:
        twice = lake.rows("queries/watch_two_mails", {"since": since})
        unheard = lake.rows("queries/watch_unheard", {"since": since, "before": now - _UNHEARD_AFTER})
    return [
        *(f"Issue {issue_id}: {n:,} recipients show two different mails of it." for issue_id, n in twice),
        *(
            f"Issue {issue_id}: of {n:,} submitted recipients no event has come in 48 hours. If it is most, look "
            "at the event webhook."
            for issue_id, n in unheard
        ),
    ]
