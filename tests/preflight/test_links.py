"""Links are asked for all at once, classified by what they answer, and never on the inside of a network."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from web_of_links import Names, Web, web

from pressrun.checks.answer_cache import remembered
from pressrun.checks.fetching import Answer, Fetcher, Limits
from pressrun.checks.link_lists import judge_lists
from pressrun.checks.public_addresses import is_public
from pressrun.checks.targets import judge_targets
from pressrun.errors import InputError
from pressrun.issues.links import Target

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PRIVATE = {
    "inside.test": "10.0.0.7",
    "mixed.test": "93.184.216.34 192.168.1.1",
    "metadata.test": "169.254.169.254",
    "six.test": "fd00:ec2::254",
    "mapped.test": "::ffff:127.0.0.1",
    "nat64.test": "64:ff9b::a00:1",
    "carrier.test": "100.64.0.9",
}


@pytest.fixture(scope="module")
def small_web(tmp_path_factory: pytest.TempPathFactory, local_certificate: Path) -> Iterator[Web]:
    """Give a web to ask."""
    with web(local_certificate) as running:
        yield running


def _targets(urls: list[str], kind: str = "link") -> list[Target]:
    return [Target(url=url, kind=kind, where=f"issue.md:{at}") for at, url in enumerate(urls, 6)]  # type: ignore[arg-type]


def _ask(url: str, limits: Limits, names: Names | None = None) -> Answer:
    async def ask() -> Answer:
        async with Fetcher(limits, names or Names(**PRIVATE)) as fetcher:
            return await fetcher.ask(url)

    return asyncio.run(ask())


def test_two_hundred_links_are_classified_in_time_and_remembered(small_web: Web, tmp_path: Path) -> None:
    """Dead, slow, circling, badly encrypted and private ones are told apart; the second time nobody is asked."""
    kinds = {
        "": [small_web.url(f"200/{at}") for at in range(90)] + [small_web.url(f"405-on-head/{at}") for at in range(20)],
        "link-dead": [small_web.url(f"404/{at}") for at in range(20)] + [small_web.url(f"410/{at}") for at in range(5)],
        "link-unreachable": [small_web.url(f"hang/{at}") for at in range(10)]
        + [small_web.url(f"503/{at}") for at in range(5)]
        + [f"https://nobody{at}.invalid/" for at in range(5)],
        "link-loop": [small_web.url(f"loop/{at}") for at in range(10)],
        "link-redirects": [small_web.url(f"hops-5/{at}") for at in range(5)],
        "link-tls": [small_web.tls_url(f"200/{at}") for at in range(10)],
        "link-private": [f"http://{host}/{at}" for host in PRIVATE for at in range(2)]
        + [small_web.url(f"to/inside.test/{at}") for at in range(6)],
    }
    urls = [url for some in kinds.values() for url in some]
    expected = {url: kind for kind, some in kinds.items() for url in some if kind}
    assert len(urls) == 200

    began = time.monotonic()
    found = judge_targets(_targets(urls), tmp_path, NOW, limits=small_web.limits(), lookup=Names(**PRIVATE))
    first, count = time.monotonic() - began, len(small_web.asked)
    again = judge_targets(_targets(urls), tmp_path, NOW, limits=small_web.limits(), lookup=Names())

    assert expected == {urls[int(one.where.partition(":")[2]) - 6]: one.rule for one in found}
    assert found == again
    assert count == len(small_web.asked)
    assert (first < 30, time.monotonic() - began - first < 1) == (True, True)


def test_a_page_that_knows_no_head_is_asked_with_get(small_web: Web) -> None:
    """405 says nothing about the page."""
    answer = _ask(small_web.url("405-on-head/alone"), small_web.limits())
    methods = [method for method, path, _ in small_web.asked if path == "/405-on-head/alone"]

    assert ("there", ["HEAD", "GET"]) == (answer.state, methods)


def test_the_host_is_named_though_its_address_is_asked(small_web: Web) -> None:
    """The connection goes to the address that was checked; the request and the certificate are of the name."""
    _ask(small_web.url("200/named"), small_web.limits())

    assert [f"site.example:{small_web.port}"] == [host for _, path, host in small_web.asked if path == "/200/named"]


def test_a_name_is_resolved_once_for_each_connection(small_web: Web) -> None:
    """Whoever answers differently the second time gains nothing, for nobody asks a second time in between."""

    class Fickle(Names):
        async def __call__(self, host: str, port: int):  # type: ignore[no-untyped-def]
            found = await super().__call__(host, port)
            self._known["rebinding.example"] = "10.0.0.1"
            return found

    names = Fickle()
    answer = _ask(small_web.url("200/rebinding", host="rebinding.example"), small_web.limits(), names)

    assert ("there", ["rebinding.example"]) == (answer.state, names.asked)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "2130706433", "0x7f000001", "017700000001", "127.1", "0", "localhost", "[::1]", "[::]",
        "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.1.2.3", "172.16.0.1", "192.168.0.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255",
        "[fe80::1]", "[fd00::1]", "[ff02::1]", "192.0.2.1", "198.18.0.1",
    ],
)  # fmt: skip
def test_no_connection_is_opened_to_the_inside(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However an address is spelled, it is refused before a socket is opened."""
    opened: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: opened.append(address))

    from pressrun.checks.fetching import resolve

    async def ask() -> Answer:
        async with Fetcher(Limits(), resolve) as fetcher:
            return await fetcher.ask(f"http://{host}/")

    answer = asyncio.run(ask())

    assert [] == [one for one in opened if isinstance(one, tuple) and one[1] == 80]
    assert answer.state in ("private", "unreachable")


def test_a_port_that_is_none_of_the_web_is_not_asked(small_web: Web) -> None:
    """A link is no way to speak to a database."""
    assert "private" == _ask("http://site.example:6379/", small_web.limits()).state


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "93.184.216.34"])
def test_public_addresses_are_public(address: str) -> None:
    """What the internet knows may be asked."""
    import ipaddress

    assert is_public(ipaddress.ip_address(address))


def test_images_are_asked_for_what_they_are(small_web: Web, tmp_path: Path) -> None:
    """A page is no image, a missing one is none either, and three megabytes are too many."""
    urls = [small_web.url(path) for path in ("image/a.png", "200/page", "404/b.png", "heavy/c.png")]
    found = judge_targets(_targets(urls, "image"), tmp_path, NOW, limits=small_web.limits(), lookup=Names())

    assert ["image-not-image issue.md:7", "image-dead issue.md:8", "image-heavy issue.md:9"] == [
        f"{one.rule} {one.where}" for one in found
    ]


def test_what_went_wrong_is_asked_again_after_an_hour_and_what_was_there_after_a_day(
    small_web: Web, tmp_path: Path
) -> None:
    """An answer is good for as long as it is likely to be true."""
    urls = [small_web.url("404/later"), small_web.url("200/later")]
    judge_targets(_targets(urls), tmp_path, NOW, limits=small_web.limits(), lookup=Names())

    kept = [set(remembered(tmp_path, NOW + timedelta(hours=hours))) for hours in (0.5, 2, 25)]

    assert [set(urls), {urls[1]}, set()] == kept


def test_a_broken_cache_is_no_answer(tmp_path: Path) -> None:
    """A file that was cut off is asked anew, not believed."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "answers.json").write_text('{"http://x.example/": {"at": "2026')
    assert {} == remembered(tmp_path, NOW)


def test_a_listed_host_stops_the_issue_and_nobody_is_asked(tmp_path: Path) -> None:
    """A host in a local list stands for all names below it; hosts files and plain addresses are understood."""
    (tmp_path / "link-lists").mkdir()
    (tmp_path / "link-lists" / "bad.txt").write_text(
        "# comment\n0.0.0.0 evil.example # since May\nhttps://ok.example/malware/\n"
    )
    urls = ["https://www.evil.example/a", "https://ok.example/", "http://ok.example/malware", "https://notevil.example"]
    found = judge_lists(_targets(urls), tmp_path)

    assert [("link-malicious", "issue.md:6"), ("link-malicious", "issue.md:8")] == [
        (one.rule, one.where) for one in found
    ]
    assert Counter(error=2) == Counter(one.severity for one in found)


def test_a_redirect_to_a_listed_host_stops_it_too(small_web: Web, tmp_path: Path) -> None:
    """What counts is where a reader ends up."""
    (tmp_path / "link-lists").mkdir()
    (tmp_path / "link-lists" / "bad.txt").write_text("evil.example\n")
    urls = [small_web.url(f"to/evil.example:{small_web.port}/200/x")]
    found = judge_targets(_targets(urls), tmp_path, NOW, limits=small_web.limits(), lookup=Names())

    assert ["link-malicious"] == [one.rule for one in found]


def test_a_list_that_cannot_be_read_lets_nothing_pass(tmp_path: Path) -> None:
    """A folder that is called as a list is would otherwise be a list without addresses."""
    (tmp_path / "link-lists" / "bad.txt").mkdir(parents=True)
    with pytest.raises(InputError, match=r"bad\.txt is a folder"):
        judge_lists(_targets(["https://ok.example/"]), tmp_path)
