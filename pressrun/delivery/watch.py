"""Watch issues after their end, from events alone: nobody with two mails, nobody without any sign."""

from datetime import datetime, timedelta

from pressrun.ledger import Ledger, decisions
from pressrun.settings import Settings
from pressrun.warehouse import read_lake

#: An issue that was frozen longer ago is not looked at any more.
_WATCHED = timedelta(days=7)
#: Whoever gave no sign for so long after the end is listed.
_UNHEARD_AFTER = timedelta(hours=48)


def watch(settings: Settings, ledger: Ledger, now: datetime) -> list[str]:
    """Say what a person must know of the issues of the last week, each thing once; nothing if all is well."""
    if not settings.catalog_path.exists():
        return []
    since = now - _WATCHED
    with read_lake(settings) as lake:
        twice = lake.rows("queries/watch_two_mails", {"since": since})
        unheard = lake.rows("queries/watch_unheard", {"since": since, "before": now - _UNHEARD_AFTER})
    two_mails = "Issue {}: {:,} recipients show two different mails of it."
    silent = "Issue {}: no event of {:,} submitted recipients in 48 hours. If that is most, look at the event webhook."
    found = [(issue_id, n, two_mails) for issue_id, n in twice] + [(issue_id, n, silent) for issue_id, n in unheard]
    return [
        said.format(issue_id, n)
        for issue_id, n, said in found
        if decisions.first_told(ledger, f"{issue_id} {'two mails' if said is two_mails else 'unheard'}", now)
    ]
