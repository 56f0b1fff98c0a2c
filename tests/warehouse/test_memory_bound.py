"""What may be taken is bounded for as long as somebody is inside, and given back whatever happens."""

import resource
from pathlib import Path

import pytest

from pressrun.warehouse import memory_bound
from pressrun.warehouse.memory_bound import no_more_than

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not say what is taken")


def _bound() -> int:
    return resource.getrlimit(resource.RLIMIT_DATA)[0]


def test_the_second_may_take_as_much_as_the_first() -> None:
    """It would fail otherwise for what others took before it came; less is not asked of those inside."""
    before = _bound()

    with no_more_than(1 << 30):
        first = _bound()
        taken = bytearray(64 << 20)
        with no_more_than(1 << 30):
            assert first + (32 << 20) < _bound()
        with no_more_than(1 << 20):
            assert first < _bound()
        assert len(taken)

    assert before == _bound() != first


def test_the_limit_is_given_back_where_the_system_says_nothing_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has no memory left may be unable to open a file."""
    before = _bound()

    with no_more_than(1 << 30):
        assert before != _bound()
        monkeypatch.setattr(memory_bound, "_present", lambda: None)

    assert before == _bound()


def test_a_tighter_limit_of_the_owner_is_kept() -> None:
    """It is never raised, not even for the time being."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, hard))
    try:
        with no_more_than(1 << 40):
            assert 4 << 30 == _bound()
        assert 4 << 30 == _bound()
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def test_where_the_system_does_not_say_nothing_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a Mac."""
    monkeypatch.setattr(memory_bound, "_present", lambda: None)
    before = _bound()

    with no_more_than(1):
        assert before == _bound()
