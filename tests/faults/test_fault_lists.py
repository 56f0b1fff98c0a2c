"""F44 and F45: lists that bring the wrong people back, or stop half-way."""

import os
import random
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from import_world import NOW, World, sums

from pressrun import crash_points
from pressrun.audiences import candidates, exclusion_reason
from pressrun.engagement.suppressing import refresh_copy
from pressrun.errors import RefusedError
from pressrun.ledger import open_ledger, suppressions
from pressrun.ledger.suppressions import Suppression
from pressrun.warehouse import open_lake
from pressrun.warehouse.lake import Lake
from tests.faults.fault_world import in_child
from tests.faults.matrix import row
from tests.proofs.figures import Figures

#: How people end; "deleted" is the word for somebody who was erased elsewhere.
ENDS = {
    "unsubscribed": "unsubscribed",
    "cleaned": "bounced",
    "marked as spam": "complained",
    "deleted": "blocked",
    "blocklisted": "blocked",
}
#: How one address may be written.
SPELLINGS = ("{0}", "  {0} ", "{0}.upper", "<{0}>", "Some Body <{0}>", "mailto:{0}", "{0}.title")


@pytest.fixture
def lists(tmp_path: Path) -> Iterator[World]:
    """Give new stores to import into."""
    made = World.make(tmp_path)
    yield made
    made.close()


@row("F44", sample=60, full=20_000)
def test_an_import_brings_nobody_back(lists: World, figures: Figures, runs: int) -> None:
    """A list says active of people who ended, in any spelling: all of them stay ended, and each is counted."""
    chance, words = random.Random(runs), list(ENDS)
    through_us = {f"left{at}@back.example": "unsubscribed" for at in range(runs // 4)}
    ended = {f"gone{at}@back.example": ENDS[words[at % len(words)]] for at in range(runs)}
    rows = [f"{who},{words[at % len(words)]}" for at, who in enumerate(ended)]
    lists.take("\n".join(["email,status", *rows, *(f"{who},active" for who in through_us)]) + "\n")
    _leave_through_us(lists, through_us)
    before = {**ended, **through_us}
    assert before == lists.suppressed()

    back = [
        f'"{_spelt(chance.choice(SPELLINGS), who)}",{chance.choice(["active", "subscribed", ""])}' for who in before
    ]
    summary = lists.take("\n".join(["email,status", *back]) + "\n", now=NOW + timedelta(days=1))

    assert before == lists.suppressed()
    assert 0 == len([who for who, status in lists.statuses().items() if status == "active" and who in ended])
    assert summary.still_suppressed + summary.quarantined == len(before)
    assert set() == _mailable(lists)
    figures("F44 brought back by a list", rows=len(back), reactivated=0, counted=summary.still_suppressed)


def _spelt(how: str, who: str) -> str:
    plain, _, change = how.partition("}.")
    if change:
        return getattr(who, change)()
    return plain.format(who)


def _leave_through_us(lists: World, people: dict[str, str]) -> None:
    rows = [
        Suppression(address_key=who, reason=reason, source="one-click", suppressed_at=NOW)
        for who, reason in people.items()
    ]
    suppressions.add(lists.ledger, rows)
    with open_lake(lists.settings) as lake:
        refresh_copy(lake, lists.ledger)


def _mailable(lists: World) -> set[str]:
    """Give the addresses that the next issue would go to."""
    (lists.settings.segments / "all.sql").write_text("select subscriber_id from subscribers")
    suppressed = lists.suppressed()
    rows = [row for piece in candidates(lists.settings, "all") for row in piece.to_pylist()]
    return {r["email"] for r in rows if exclusion_reason(r["status"], suppressed.get(r["address_key"])) is None}


TABLE = "email,name,status\nana@list.example,Ana B,active\nbo@list.example,Bo,unsubscribed\nnobody,N,active\n"
LATER = "email,name,status\nana@list.example,Ana C,active\ncy@list.example,Cy,active\nANA@list.example,Ana C,\n"


@row("F45", sample=2, full=60)
def test_a_killed_import_is_whole_or_nothing(lists: World, figures: Figures, runs: int) -> None:
    """Killed at any step: the list is in or it is not, and importing it again gives exact counts."""
    kills, whole = 0, 0
    lists.take(TABLE)
    for at in range(runs):
        old, people = _people(lists), f"new{at}@list.example"
        table = f"email,name,status\nana@list.example,Ana {at},active\n{people},New,\n{people},New,\nnobody,N,\n"
        died = in_child(lambda table=table, at=at: _import_and_die(lists, table, 1 + (at + 1) * 3 % 10))
        kills += died == -signal.SIGKILL
        new = {**old, "ana@list.example": f"Ana {at}", people: "New"}
        found = _people(lists)
        assert found in (old, new), "half an import is in the lake"
        whole += found == new
        again = lists.take(table)
        expected = {"unchanged": 2} if found == new else {"inserted": 1, "updated": 1}
        assert {**expected, "duplicate": 1, "quarantined": 1} == sums(again)
        assert new == _people(lists)
        assert {"bo@list.example": "unsubscribed"} == lists.suppressed()
    assert kills > 0
    figures("F45 killed import", runs=runs, kills=kills, whole=whole, half=0)


def _people(lists: World) -> dict[str, str]:
    """Give the names by address, from a connection of its own that no child inherits."""
    found = dict(lists.ask("select address_key, name from subscribers"))
    lists.readers.pop().close()
    return found


def _import_and_die(lists: World, table: str, step: int) -> None:
    """Import in this process, which is killed with -9 at one step: a statement, a commit or a named point."""
    left = step

    def reached(name: str = "") -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    crash_points.listen(reached)
    for name in ("run", "rows", "arrow"):
        setattr(Lake, name, _counted(getattr(Lake, name), reached))
    object.__setattr__(lists, "ledger", open_ledger(lists.settings))
    lists.take(table)


def _counted(real, reached):  # type: ignore[no-untyped-def]
    def counted(*args, **kwargs):  # type: ignore[no-untyped-def]
        reached()
        return real(*args, **kwargs)

    return counted


@row("F45", sample=1, full=20)
def test_a_refused_import_changes_nothing(lists: World, figures: Figures, runs: int) -> None:
    """A list that breaks its contract as a whole is refused after it was read: nothing of it is in the stores."""
    lists.take(TABLE)
    before = (_people(lists), lists.suppressed())
    for at in range(runs):
        bad = "".join(f"no address {n},N,active\n" for n in range(20 + at))
        with pytest.raises(RefusedError, match="Nothing was changed"):
            lists.take(LATER + bad)
        assert before == (_people(lists), lists.suppressed())
    assert {"inserted": 1, "updated": 1, "duplicate": 1} == sums(lists.take(LATER))
    figures("F45 refused import", runs=runs, changed=0)
