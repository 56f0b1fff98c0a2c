"""Undo one import: everybody is in the lake as before it, and nobody comes back who left on any other word."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pressrun.audiences.storing import IMPORT
from pressrun.engagement import suppressing
from pressrun.errors import InputError, PressrunError, RefusedError
from pressrun.ledger import Ledger, decisions, suppressions
from pressrun.ledger.decisions import Decision
from pressrun.ledger.suppressions import Suppression
from pressrun.settings import Settings
from pressrun.warehouse import Lake, open_lake

_NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Undone:
    """What undoing an import did."""

    import_id: str
    #: Subscribers who came with it, and are not there any more.
    removed: int
    #: Subscribers whom it had changed, and who are as before.
    restored: int
    #: Subscribers about whom a person decided something since; they stay as they are.
    kept: int
    #: Suppressions that rested on this import alone.
    released: int

    def as_json(self) -> dict[str, object]:
        """Give the public form."""
        return {name: getattr(self, name) for name in ("import_id", "removed", "restored", "kept", "released")}


def undo_import(settings: Settings, ledger: Ledger, import_id: str, *, who: str, why: str, now: datetime) -> Undone:
    """Undo the newest import that still counts; an older one only after those that came later.

    The ledger comes first: a run that dies between the stores has everybody of that import neither suppressed by it
    nor restored, so those whom it ended are not mailed, and undoing it again does the rest.

    Args:
        settings: Where the stores are.
        ledger: Takes back what the import suppressed, and keeps who undid it and why.
        import_id: The import.
        who: Who decides so.
        why: Their reason.
        now: The present, aware.

    Raises:
        InputError: There is no such import, or it is undone already; nothing was changed.
        RefusedError: Later imports count on what it left; nothing was changed.
        PressrunError: The lake would not be as before; nothing was changed in it.
        StoreBusyError: Another process is writing to the lake; nothing was changed.
    """
    with open_lake(settings) as lake:
        _require_newest(lake, import_id)
        decided = Decision(decision="undo import", about=import_id, decided_by=who[:64], reason=why, decided_at=now)
        decisions.store(ledger, decided)
        released = _release(lake, ledger, import_id)
        with lake.transaction():
            fates = _restore(lake, import_id, now)
        suppressing.refresh_copy(lake, ledger)
    return Undone(
        import_id=import_id,
        removed=fates.get("removed", 0),
        restored=fates.get("restored", 0),
        kept=fates.get("kept", 0),
        released=released,
    )


def _require_newest(lake: Lake, import_id: str) -> None:
    found = lake.rows("queries/imports_of", {"import_id": import_id})
    if not found:
        raise InputError(
            f"There is no import {import_id}. Nothing was changed; the dashboard's page Imports lists them all."
        )
    _, outcome, place = found[0]
    if outcome == "undone":
        raise InputError(f"Import {import_id} is undone already; nothing was changed.")
    later = [row[0] for row in lake.rows("queries/imports_after", {"place": place})]
    if later:
        named = ", ".join(later[:_NAMED]) + (f" and {len(later) - _NAMED:,} more" if len(later) > _NAMED else "")
        raise RefusedError(
            f"Import {import_id} is not the newest one, and what came later rests on what it left: {named}. "
            "Nothing was changed; undo those first, the newest one first, and import their tables again afterwards."
        )


def _release(lake: Lake, ledger: Ledger, import_id: str) -> int:
    """Take back the import's suppressions, but for those that anything else says as well."""
    source = f"{IMPORT}{import_id}"
    mine = {(row.address_key, row.reason) for row in suppressions.of_source(ledger, source)}
    others = [row for row in _evidence(lake, ledger) if (row.address_key, row.reason) in mine]
    return suppressions.take_back(ledger, source, others) if mine else 0


def _evidence(lake: Lake, ledger: Ledger) -> Iterator[Suppression]:
    """Give every word but an import's for which somebody must not be mailed."""
    yield from suppressing.evidence(lake, ledger)
    decided = (decision for _, decision in decisions.about_subscribers(ledger, 0))
    # a pause or a deactivation since says nothing about it
    last = {one.about: one for one in decided if one.decision in decisions.OF_SUPPRESSIONS}
    for key, decision in last.items():
        if decision.decision == "suppress":
            source = f"person:{decision.decided_by}"[:64]
            yield Suppression(address_key=key, reason="blocked", source=source, suppressed_at=decision.decided_at)


def _restore(lake: Lake, import_id: str, now: datetime) -> dict[str, int]:
    about = {"import_id": import_id}
    lake.run("queries/undo_find", about)
    fates = dict(lake.rows("queries/undo_count"))
    lake.run("queries/undo_remove")
    lake.run("queries/undo_restore", about)
    lake.run("queries/undo_forget_replaced", about)
    lake.run("queries/undo_reopen", about)
    lake.run("queries/undo_close", {**about, "now": now})
    lake.run("queries/undo_mark", {**about, "now": now})
    ((held, wrong),) = lake.rows("queries/undo_stored", about)
    if (held, wrong) != (fates.get("kept", 0), 0):
        raise PressrunError(
            f"Undoing import {import_id} does not add up: {held:,} subscribers still hold it and {wrong:,} are not "
            "there once. The lake was not changed; this is a mistake in Pressrun, please report it."
        )
    return fates
