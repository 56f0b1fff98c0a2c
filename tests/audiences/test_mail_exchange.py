"""Which domains take mail, asked of a name server on this machine."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from import_world import NOW
from name_server import NameServer

from pressrun.audiences.mail_exchange import asker, domains_without_mail

TAKE = ("mail.example", "address.example", "six.example")
DO_NOT = ("null.example", "empty.example", "nowhere.example")


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    """Give one name server for all."""
    with NameServer() as made:
        yield made


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Give a file of answers that is not there yet."""
    return tmp_path / "mail_exchange.json"


def test_only_a_clear_no_is_a_no(server: NameServer, cache: Path) -> None:
    """No such name, a null exchanger, and neither exchanger nor address; a broken server speaks for the domain."""
    asked = [*TAKE, *DO_NOT, "broken.example"]

    found = domains_without_mail(asked, cache, now=NOW, limit=20, ask=asker([server.address]))

    assert frozenset(DO_NOT) == found
    assert 0o600 == cache.stat().st_mode & 0o777


def test_each_domain_is_asked_once_and_again_when_its_answer_is_old(server: NameServer, cache: Path) -> None:
    """A domain that was missing may come back in days; one that takes mail is believed for longer."""
    ask, domains = asker([server.address]), ["mail.example", "nowhere.example"]
    counts = []
    for days in (0, 1, 3, 40):
        server.asked.clear()
        domains_without_mail([*domains, *domains], cache, now=NOW + timedelta(days=days), limit=20, ask=ask)
        counts.append(tuple(server.asked[domain] for domain in domains))

    assert [(1, 1), (0, 0), (0, 1), (1, 1)] == counts


def test_what_is_not_answered_in_time_speaks_for_the_domain(server: NameServer, cache: Path) -> None:
    """The limit is for all of them together, and nothing that was not answered is kept."""
    began = time.monotonic()

    found = domains_without_mail(
        ["silent.example", "nowhere.example"], cache, now=NOW, limit=0.5, ask=asker([server.address])
    )

    assert (frozenset({"nowhere.example"}), True) == (found, time.monotonic() - began < 3)
    assert b"silent" not in cache.read_bytes()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"mail.example": 1}', b"\xff", b'{"nowhere.example": [false]}'])
def test_a_damaged_file_of_answers_is_made_again(server: NameServer, cache: Path, content: bytes) -> None:
    """It only saves time, so it is never in the way."""
    cache.write_bytes(content)

    assert {"nowhere.example"} == domains_without_mail(
        ["nowhere.example", "mail.example"], cache, now=NOW, limit=20, ask=asker([server.address])
    )


def test_without_any_name_server_every_domain_is_fine(cache: Path) -> None:
    """An import does not fail because a machine is offline."""
    assert frozenset() == domains_without_mail(["nowhere.example"], cache, now=NOW, limit=1, ask=lambda domain: None)
    assert not cache.exists()
