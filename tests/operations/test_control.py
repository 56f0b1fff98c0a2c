"""What a person decides is carried out, kept with who and why, and told."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from pressrun.errors import InputError
from pressrun.ledger import Ledger, decisions, identity, open_ledger, suppressions
from pressrun.operations import control
from pressrun.settings import Settings
from pressrun.warehouse import open_lake, read_lake
from tests.new_stores import new_ledger

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WHO = {"who": "ana", "why": "asked by letter", "now": NOW}
_TIMES = ("consented_at", "subscribed_at", "ended_at", "created_at", "updated_at")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give the settings of new stores."""
    return Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]


@pytest.fixture
def ledger(settings: Settings):  # type: ignore[no-untyped-def]
    """Give a new ledger."""
    new_ledger(settings.home)
    opened = open_ledger(settings)
    yield opened
    opened.close()


def test_suppressing_holds_and_is_kept_with_its_reason(ledger: Ledger) -> None:
    """The address is blocked in its normal form, once."""
    assert control.suppress(ledger, "Ana@Example.org", **WHO)
    assert not control.suppress(ledger, "ana@example.org", **WHO)

    assert "blocked" == suppressions.every(ledger)["ana@example.org"].reason
    assert [("suppress", "ana")] * 2 == [(d.decision, d.decided_by) for d in decisions.about(ledger, "ana@example.org")]


def test_unsuppressing_also_takes_back_what_an_import_said(settings: Settings, ledger: Ledger) -> None:
    """A person who comes back is active again in the lake, and the next issue does not leave them out."""
    control.suppress(ledger, "ana@example.org", **WHO)
    _imported_as_unsubscribed(settings)

    assert 1 == control.unsuppress(settings, ledger, "ana@example.org", **WHO)

    with read_lake(settings) as lake:
        assert [("active", 1)] == lake.rows("queries/metric_audience_status")
    assert {} == suppressions.every(ledger)


def test_what_is_not_suppressed_or_no_address_is_told_without_repeating_it(settings: Settings, ledger: Ledger) -> None:
    """Wrong input changes nothing, and no full address is in the message."""
    with pytest.raises(InputError, match=r"a…@e…\.org is not suppressed") as told:
        control.unsuppress(settings, ledger, "ana@example.org", **WHO)
    with pytest.raises(InputError, match="no e-mail address"):
        control.suppress(ledger, "ana at example", **WHO)

    assert "ana@example.org" not in str(told.value)


def test_pausing_an_unknown_issue_is_wrong_input(ledger: Ledger) -> None:
    """The message says how to find those that are known."""
    with pytest.raises(InputError, match="pressrun status"):
        control.pause(ledger, "nothing", **WHO)


def test_arming_is_kept_with_the_instance(settings: Settings, ledger: Ledger) -> None:
    """Who armed a copy can be asked later."""
    instance_id = control.arm(ledger, settings, **WHO)

    assert instance_id == identity.identify(ledger, settings, NOW).instance_id
    assert ["arm"] == [decision.decision for decision in decisions.about(ledger, instance_id)]


def _imported_as_unsubscribed(settings: Settings) -> None:
    texts = {
        "subscriber_id": "s1", "address_key": "ana@example.org", "email": "ana@example.org", "domain": "example.org",
        "name": "Ana", "status": "unsubscribed", "source": "own", "import_id": "i", "attributes": "{}",
        "content_hash": "h",
    }  # fmt: skip
    times = {name: pa.array([NOW], pa.timestamp("us", tz="UTC")) for name in _TIMES}
    row = pa.table({**{k: [v] for k, v in texts.items()}, "tags": pa.array([[]], pa.list_(pa.string())), **times})
    with open_lake(settings) as lake, lake.transaction(), lake.table("incoming", row):
        lake._db.execute("insert into raw_subscribers by name select * from incoming")
