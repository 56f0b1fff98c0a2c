"""Draw the conclusions for consent: who must not be mailed again goes to the ledger."""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from pressrun.audiences import lifecycle
from pressrun.ledger import Ledger, recipients, suppressions
from pressrun.ledger.suppressions import Suppression
from pressrun.warehouse import Lake

#: Names how far loads were applied to the ledger.
_CURSOR = "loads"


def suppress(lake: Lake, ledger: Ledger) -> int:
    """Apply the loads that are in the lake but not yet in the ledger, and refresh the lake's copy.

    Returns:
        How many suppressions are new.
    """
    after = suppressions.position(ledger, _CURSOR)
    newest = lake.value("queries/event_next_load") - 1
    new = 0
    if newest > after:
        # the rule of soft bounces forgives what was before a person let somebody in again
        lifecycle.refresh_decisions(lake, ledger)
        rows = [
            *_from_events(lake, after),
            *_from_soft_bounces(lake, after),
            *_from_consent(lake, ledger, after),
        ]
        marks = {(stream, file): end for stream, file, end in lake.rows("queries/event_all_marks")}
        new = suppressions.add(ledger, rows, cursor=(_CURSOR, newest), marks=marks)
    refresh_copy(lake, ledger)
    return new


def evidence(lake: Lake, ledger: Ledger) -> Iterator[Suppression]:
    """Give every word of SendGrid and of people themselves that is in the lake and keeps somebody from being mailed."""
    yield from _from_events(lake, 0)
    yield from _from_soft_bounces(lake, 0)
    yield from _from_consent(lake, ledger, 0)


def refresh_copy(lake: Lake, ledger: Ledger) -> None:
    """Replace the lake's copy of the suppressions if it differs from the ledger; add what was decided since."""
    lifecycle.refresh_decisions(lake, ledger)
    present = table_of(suppressions.every(ledger).values())
    with lake.table("present_suppressions", present):
        if lake.value("queries/suppressions_differ"):
            with lake.transaction():
                lake.run("queries/suppressions_replace")


def table_of(rows: Iterable[Suppression]) -> pa.Table:
    """Give one row for each suppressed address."""
    listed = list(rows)
    names = ("address_key", "reason", "source")
    columns = {name: pa.array([getattr(row, name) for row in listed], pa.string()) for name in names}
    times = pa.array([row.suppressed_at for row in listed], pa.timestamp("us", tz="UTC"))
    return pa.table({**columns, "suppressed_at": times})


def _from_events(lake: Lake, after: int) -> Iterator[Suppression]:
    for key, reason, source, at in lake.rows("queries/event_suppressions", {"after": after}):
        yield Suppression(address_key=key, reason=reason, source=source, suppressed_at=at)


def _from_soft_bounces(lake: Lake, after: int) -> Iterator[Suppression]:
    for key, source, at in lake.rows("queries/event_soft_bounces", {"after": after}):
        yield Suppression(address_key=key, reason="bounced", source=source, suppressed_at=at)


def _from_consent(lake: Lake, ledger: Ledger, after: int) -> Iterator[Suppression]:
    """Find the addresses behind the links; a link of another instance's mail leads to nobody."""
    actions = lake.rows("queries/consent_after", {"after": after})
    keys = recipients.addresses_of(ledger, [recipient_id for recipient_id, _, _ in actions])
    for recipient_id, source, at in actions:
        if recipient_id in keys:
            yield Suppression(address_key=keys[recipient_id], reason="unsubscribed", source=source, suppressed_at=at)
