"""A landed line is durable and whole, or it was never acknowledged."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressrun.landing import (
    ConsentAction,
    Landing,
    WebhookPost,
    decode_consent,
    decode_post,
    encode_consent,
    encode_post,
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    """Give a landing zone with nothing in it."""
    return Landing(tmp_path / "landing")


def _file(tmp_path: Path) -> Path:
    return tmp_path / "landing" / "events" / "2026-11-24.ndjson"


def _contents(landing: Landing) -> list[bytes]:
    return [line.content for line in landing.lines("events", {})]


def _post(number: int) -> bytes:
    return encode_post(WebhookPost(body=b'[{"n":%d}]' % number, received_at=NOW))


def test_torn_tail_of_any_length_harms_no_whole_line(landing: Landing, tmp_path: Path) -> None:
    """Wherever a crash cut the last line: readers leave it alone, and the next append closes it off."""
    first, last = _post(1), _post(2)
    for kept in range(len(last) + 1):
        _file(tmp_path).unlink(missing_ok=True)
        landing.append("events", first, at=NOW)
        with _file(tmp_path).open("ab") as file:
            file.write(last[:kept])
        assert [first] == _contents(landing)
        landing.append("events", _post(3), at=NOW)
        torn = [last[:kept]] if kept else []
        assert [first, *torn, _post(3)] == _contents(landing)


def test_torn_line_cannot_pass_for_a_post() -> None:
    """No prefix of a line decodes, so a torn one is never counted."""
    line = encode_post(WebhookPost(body=b"[1]", received_at=NOW))
    for kept in range(len(line)):
        with pytest.raises(ValueError):  # noqa: PT011 - any reason will do
            decode_post(line[:kept])


def _short_write(handle: int, content: bytes) -> int:
    return _WRITE(handle, bytes(content)[:7])


def _write_then_full(handle: int, content: bytes) -> int:
    if len(content) < 40:
        raise OSError(errno.ENOSPC, "No space left on device")
    return _WRITE(handle, bytes(content)[:9])


def _fails(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


_WRITE = os.write


def test_short_writes_are_carried_on(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel may take a few bytes at a time; the line is whole all the same."""
    monkeypatch.setattr(os, "write", _short_write)
    landing.append("events", _post(1), at=NOW)

    assert [_post(1)] == _contents(landing)


@pytest.mark.parametrize(("call", "failing"), [("write", _write_then_full), ("write", _fails), ("fsync", _fails)])
@pytest.mark.parametrize("before", [b"", b"torn"])
def test_failed_append_is_cut_back(
    landing: Landing,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    failing: Callable[..., object],
    before: bytes,
) -> None:
    """What was not acknowledged leaves no trace that somebody could count later."""
    landing.append("events", _post(1), at=NOW)
    with _file(tmp_path).open("ab") as file:
        file.write(before)
    stood = _file(tmp_path).read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing)
        with pytest.raises(OSError, match=r"No space|Input/output"):
            landing.append("events", _post(2), at=NOW)

    assert stood == _file(tmp_path).read_bytes()
    landing.append("events", _post(3), at=NOW)
    assert _post(3) == _contents(landing)[-1]


_APPENDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from pressrun.landing import Landing

landing = Landing(Path(sys.argv[1]))
for number in range(50):
    line = b'{"worker":%d,"number":%d,"pad":"%s"}' % (int(sys.argv[2]), number, b"x" * 5000)
    landing.append("events", line, at=datetime(2026, 11, 24, tzinfo=UTC))
"""


def test_four_processes_at_once_lose_nothing(landing: Landing, tmp_path: Path) -> None:
    """Receivers may run side by side; every line stays whole and each process's order stays."""
    folder = str(tmp_path / "landing")
    workers = [subprocess.Popen([sys.executable, "-c", _APPENDER, folder, str(worker)]) for worker in range(4)]
    ended = [worker.wait(60) for worker in workers]
    heads = [content[: content.index(b',"pad')] for content in _contents(landing)]

    assert [0, 0, 0, 0] == ended
    for number in range(4):
        mine = [head for head in heads if head.startswith(b'{"worker":%d' % number)]
        assert [b'{"worker":%d,"number":%d' % (number, at) for at in range(50)] == mine
    assert 200 == len(heads)


def test_lines_are_read_on_from_an_offset(landing: Landing) -> None:
    """A reader that notes where a line ended gets each line once, in order, across days."""
    for day in range(3):
        landing.append("events", _post(day), at=NOW + timedelta(days=day))
    first, *others = landing.lines("events", {})
    landing.append("events", _post(9), at=NOW)

    assert (0, len(_post(0)) + 1) == (first.start, first.end)
    again = list(landing.lines("events", {first.file: first.end}))
    assert [_post(9), *(line.content for line in others)] == [line.content for line in again]
    assert [] == list(landing.lines("events", landing.ends("events")))


def test_streams_and_days_have_their_own_files(landing: Landing, tmp_path: Path) -> None:
    """The day is UTC's, whatever zone the time is told in."""
    landing.append("consent", b"{}", at=datetime(2026, 11, 25, 1, tzinfo=timezone(timedelta(hours=2))))

    assert [] == list(landing.lines("events", {}))
    assert {"2026-11-24.ndjson": 3} == landing.ends("consent")
    assert 0o600 == (tmp_path / "landing/consent/2026-11-24.ndjson").stat().st_mode & 0o777
    assert 0o700 == (tmp_path / "landing/consent").stat().st_mode & 0o777


@given(st.binary(max_size=200))
def test_any_body_comes_back_to_the_byte(body: bytes) -> None:
    """Line feeds, broken UTF-8 and nothing at all survive; a line never holds a line feed."""
    line = encode_post(WebhookPost(body=body, received_at=NOW))

    assert b"\n" not in line
    assert WebhookPost(body=body, received_at=NOW) == decode_post(line)


def test_consent_action_comes_back() -> None:
    """What a person decided is read as it was written."""
    action = ConsentAction(action_id="a", action="unsubscribe", recipient_id="r", source="page", acted_at=NOW)

    assert action == decode_consent(encode_consent(action))


def test_damaged_body_is_told_by_its_checksum() -> None:
    """A flipped bit on the disk is noticed and not counted."""
    line = encode_post(WebhookPost(body=b'[{"event":"open"}]', received_at=NOW))

    with pytest.raises(ValueError, match="checksum"):
        decode_post(line.replace(b"open", b"opem"))


DAMAGED = [
    b"",
    b"null",
    b"[]",
    b"7",
    b'"x"',
    b"{}",
    b'{"body":7,"received_at":"2026-11-24T09:00:00+00:00"}',
    b'{"body_b64":"!","received_at":"2026-11-24T09:00:00+00:00"}',
    b'{"body_b64":null,"received_at":"2026-11-24T09:00:00+00:00"}',
    b'{"body":"[]","received_at":"yesterday"}',
    b'{"body":"[]","received_at":7}',
    b'{"acted_at":"2026-11-24T09:00:00+00:00","more":1}',
    b'{"acted_at":7}',
    b"\xff",
]


@pytest.mark.parametrize("line", DAMAGED)
@pytest.mark.parametrize("decode", [decode_post, decode_consent])
def test_whatever_is_no_record_is_a_value_error(decode: Callable[[bytes], object], line: bytes) -> None:
    """Readers have one kind of error to expect."""
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do
        decode(line)
