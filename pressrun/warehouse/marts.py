"""Make the marts from what is in the lake; the same rows always give the same marts."""

from datetime import datetime

from pressrun.warehouse.lake import Lake
from pressrun.warehouse.sql import names_in


def rebuild_if_stale(lake: Lake, now: datetime) -> bool:
    """Make all marts again, in one transaction, if anything they are made from has changed.

    Returns:
        Whether they were made again.
    """
    fingerprint = lake.value("queries/marts_fingerprint")
    if lake.value("queries/marts_built_from") == fingerprint:
        return False
    with lake.transaction():
        lake.run("queries/marts_classify")
        for model in names_in("models"):
            lake.run(model)
        lake.run("queries/marts_forget_mark")
        lake.run("queries/marts_mark", {"fingerprint": fingerprint, "built_at": now})
    return True
