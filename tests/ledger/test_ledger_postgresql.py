"""The same ledger on a real PostgreSQL, where its binaries are installed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import postgresql
import pytest
import yaml
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from ledger_rows import ISSUE, NOW, attempt, begin, freeze, intend, true_row
from sqlalchemy import CheckConstraint, insert
from sqlalchemy.exc import IntegrityError

from pressrun.errors import HeldElsewhereError, StoppedError
from pressrun.ledger import Ledger, attempts, batches, identity, issues, open_ledger, recipients, settling, suppressions
from pressrun.ledger.batches import Part
from pressrun.ledger.schema import metadata
from pressrun.ledger.suppressions import Suppression
from pressrun.settings import Settings

CASES = yaml.safe_load(Path(__file__).parents[1].joinpath("cases/ledger_checks.yml").read_text())

pytestmark = pytest.mark.skipif(not postgresql.is_installed(), reason="no PostgreSQL server is installed here")


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """Run a server of the tests' own, reached by a socket in its folder."""
    with postgresql.running_server() as folder:
        yield folder


Scenario = Callable[[Ledger, Settings], None]


@pytest.fixture
def run(server: Path, tmp_path: Path) -> Callable[[Scenario], None]:
    """Give a runner of scenarios on an empty database."""
    address = postgresql.make_database(server, tmp_path.name)
    settings = Settings(home=tmp_path / "data", ledger_url=address, _env_file=None)

    def whole(scenario: Scenario) -> None:
        ledger = open_ledger(settings)
        try:
            scenario(ledger, settings)
        finally:
            ledger.close()

    return whole


def test_migrations_make_the_declared_tables(run: Callable[[Scenario], None]) -> None:
    """Tables and CHECKs are the declared ones here too."""

    def scenario(ledger: Ledger, _: Settings) -> None:
        query = "select conname from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace"
        with ledger.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
            made = set(connection.exec_driver_sql(query).scalars())
        declared = {c.name for t in metadata.tables.values() for c in t.constraints if isinstance(c, CheckConstraint)}
        assert declared == made

    run(scenario)


def test_lying_rows_are_refused(run: Callable[[Scenario], None]) -> None:
    """The whole table of lies, and none is taken."""

    def scenario(ledger: Ledger, _: Settings) -> None:
        freeze(ledger, 1)
        for case in CASES:
            row = true_row(case["table"], **case["changed"])
            with pytest.raises(IntegrityError, match="violates check"), ledger.write() as connection:
                connection.execute(insert(metadata.tables[case["table"]]).values(row))

    run(scenario)


def test_life_of_a_batch(run: Callable[[Scenario], None]) -> None:
    """Claimed once, divided, put together, in doubt after a death, settled by an event: the same as on SQLite."""

    def scenario(ledger: Ledger, settings: Settings) -> None:
        freeze(ledger, 3, 2)
        epoch = begin(ledger, settings)
        attempt(ledger, epoch, "a", "refused")
        ids = [one.recipient_id for one in recipients.of_batch(ledger, ISSUE, 1)]
        parts = [Part(recipient_ids=some, slots=b"s", sha256="h") for some in (ids[:1], ids[1:])]
        numbers = batches.split(ledger, ISSUE, 1, parts)
        whole = batches.join(ledger, ISSUE, numbers, Part(recipient_ids=ids, slots=b"s", sha256="h"))
        assert (numbers, whole) == ([3, 4], 5)
        assert intend(ledger, epoch, "b", batch_no=5, size=3)
        assert not intend(ledger, epoch, "c", batch_no=5, size=3)
        attempts.store_wire(ledger, "b", ISSUE, epoch, NOW + timedelta(hours=9))
        assert attempts.recover(ledger, NOW) == (0, 1)
        assert attempts.doubts(ledger, ISSUE, epoch) == (1, 1)
        assert settling.by_events(ledger, ["b"], NOW).accepted == ("b",)
        assert batches.sums(ledger, ISSUE).by_batch_state == {"accepted": 3, "planned": 2}
        assert sum(len(piece) for piece in recipients.states(ledger, ISSUE, size=2)) == 5

    run(scenario)


def test_suppressions_are_added_once(run: Callable[[Scenario], None]) -> None:
    """What is there already stays; positions are large enough for years of landing files."""

    def scenario(ledger: Ledger, _: Settings) -> None:
        row = Suppression(address_key="a@example.org", reason="bounced", source="test", suppressed_at=NOW)
        assert [suppressions.add(ledger, [row, row]), suppressions.add(ledger, [row])] == [1, 0]
        suppressions.add(ledger, [], cursor=("events", 3_000_000_000), marks={("consent", "x_y"): 7})
        assert suppressions.position(ledger, "events") == 3_000_000_000
        assert suppressions.marks(ledger, "consent") == {"x_y": 7}
        assert suppressions.every(ledger)["a@example.org"].suppressed_at == NOW

    run(scenario)


def test_several_may_open_a_new_ledger_at_once(server: Path, tmp_path: Path) -> None:
    """Machines with lock files of their own make its tables once, and all of them can use it."""
    address = postgresql.make_database(server, f"{tmp_path.name}_new")
    homes = [Settings(home=tmp_path / str(at), ledger_url=address, _env_file=None) for at in range(4)]

    with ThreadPoolExecutor(4) as pool:
        ledgers = list(pool.map(open_ledger, homes))

    assert [[]] * 4 == [issues.every_id(ledger) for ledger in ledgers]
    for ledger in ledgers:
        ledger.close()


def test_one_sender_at_a_time(run: Callable[[Scenario], None]) -> None:
    """The lock is the connection's: it refuses a second sender, ends with the first, and may be looked at."""

    def scenario(ledger: Ledger, settings: Settings) -> None:
        identity.identify(ledger, settings, NOW)
        for expected in (1, 2):
            with identity.sender_lock(ledger, settings, "first") as epoch:
                assert epoch == expected
                assert identity.sender_alive(ledger, settings)
                with pytest.raises(HeldElsewhereError):
                    identity.sender_lock(ledger, settings, "second").__enter__()
            assert not identity.sender_alive(ledger, settings)

    run(scenario)


def test_replaced_sender_cannot_write(run: Callable[[Scenario], None]) -> None:
    """The epoch fences here too, and the instance knows its machine."""

    def scenario(ledger: Ledger, settings: Settings) -> None:
        freeze(ledger, 1)
        epoch = begin(ledger, settings)
        begin(ledger, settings)
        with pytest.raises(StoppedError, match="newer sender"):
            intend(ledger, epoch, "a")
        identity.require_armed(ledger, settings, NOW)

    run(scenario)
