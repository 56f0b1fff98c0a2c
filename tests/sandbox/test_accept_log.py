"""The accept log is the truth of every test: durable before the answer, numbered once, whole after a kill."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from pressrun.sandbox.log import AcceptLog


def request_of(*names: str) -> dict[str, Any]:
    """Give a request to some people."""
    people = [
        {
            "to": [{"email": f"{name}@x.example"}],
            "custom_args": {"pr_issue": "hello", "pr_batch": "1", "pr_attempt": "a1", "pr_recipient": name},
        }
        for name in names
    ]
    return {"personalizations": people}


def accept(log: AcceptLog, *names: str) -> int:
    """Accept one request as far as a kill right after the line would leave it."""
    number = log.next_number()
    log.accept(number, "2026-11-24T09:00:00+00:00", request_of(*names), json.dumps(names).encode())
    return number


@pytest.fixture
def open_log(tmp_path: Path) -> Iterator[Callable[[], AcceptLog]]:
    """Give what opens the folder's log, as a sandbox that starts does."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(AcceptLog(tmp_path, keep_bodies=2)))


@pytest.fixture
def log(open_log: Callable[[], AcceptLog]) -> AcceptLog:
    """Give a log of an empty folder."""
    return open_log()


def test_the_line_is_synchronised_before_accepting_returns(
    log: AcceptLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the time of the fsync the whole line is in the file, so the answer cannot outrun it."""
    seen: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append((tmp_path / "accepted.ndjson").read_bytes()))

    accept(log, "ana", "bo")

    (content,) = seen
    assert content.endswith(b"\n")
    assert ["ana", "bo"] == [one["recipient"] for one in json.loads(content)["recipients"]]


def test_no_number_is_given_twice_after_a_kill_between_the_line_and_its_fate(
    log: AcceptLog, open_log: Callable[[], AcceptLog]
) -> None:
    """A fate is not durable; the next number must not depend on it, or two requests would share one."""
    accept(log, "ana")

    again = open_log()

    assert 2 == accept(again, "bo")
    assert [1, 2] == [line.n for line in again.accepted()]


def test_no_number_is_given_twice_when_requests_were_noted_out_of_order(
    log: AcceptLog, open_log: Callable[[], AcceptLog]
) -> None:
    """A later request may be through while an earlier one is still at work."""
    log.next_number()
    log.note(log.next_number(), "status 503")

    assert 3 == open_log().next_number()


@pytest.mark.parametrize("torn", [b"{", b'{"n": 99, "received_at": "20', b"\xff\xfe"])
@pytest.mark.parametrize("file", ["accepted.ndjson", "requests.ndjson"])
def test_half_a_line_is_cut_and_what_follows_is_whole(
    log: AcceptLog, open_log: Callable[[], AcceptLog], tmp_path: Path, file: str, torn: bytes
) -> None:
    """Half a line was never answered for; the next line must not be glued to it."""
    log.note(accept(log, "ana"), "accepted")
    with (tmp_path / file).open("ab") as handle:
        handle.write(torn)

    again = open_log()
    again.note(accept(again, "bo"), "accepted")

    assert [1, 2] == [json.loads(line)["n"] for line in (tmp_path / file).read_bytes().splitlines()]


def test_only_the_latest_bodies_are_kept(log: AcceptLog) -> None:
    """A long run does not fill the disk; the log itself is never shortened."""
    numbers = [accept(log, name) for name in ("ana", "bo", "cy")]

    assert [None, ["bo"], ["cy"]] == [log.body_of(number) for number in numbers]
    assert 3 == len(list(log.accepted()))


def test_a_person_accepted_twice_is_one_unique_recipient_and_two_mails(log: AcceptLog) -> None:
    """The difference is what a send is checked against: a duplicate mail shows."""
    accept(log, "ana", "bo")
    accept(log, "ana")

    summary = log.summary()

    assert ({"hello": 2}, {"hello": 3}) == (summary["unique_recipients"], summary["mails"])


def test_others_cannot_read_the_log(log: AcceptLog, tmp_path: Path) -> None:
    """It holds addresses."""
    accept(log, "ana")

    assert 0o600 == (tmp_path / "accepted.ndjson").stat().st_mode & 0o777
    assert 0o700 == (tmp_path / "requests").stat().st_mode & 0o777
