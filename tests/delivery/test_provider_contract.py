"""What every provider promises: the fake one of these tests and SendGrid's over a real socket alike."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import orjson
import pytest
from fake_provider import FakeProvider
from pydantic import SecretStr
from scripted_server import ScriptedServer, serving

from pressrun.delivery.outcomes import judge
from pressrun.delivery.provider import Provider
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.errors import StoppedError

#: The provider, and a count of the requests that came through.
Made = AbstractContextManager[tuple[Provider, Callable[[], int]]]
REQUEST = orjson.dumps(
    {
        "personalizations": [
            {"to": [{"email": "a@example.org"}], "custom_args": {"pr_recipient": "r", "pr_attempt": "a"}}
        ]
    }
)
#: Word of the fake's script → bytes on the wire.
ANSWERS = {
    "accept": b"HTTP/1.1 202 Accepted\r\nX-Message-Id: m1\r\nContent-Length: 0\r\n\r\n",
    "lose": b"",
    "429": b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
    "500": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
    "401": b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
}


@contextmanager
def _fake(step: str) -> Iterator[tuple[Provider, Callable[[], int]]]:
    provider = FakeProvider({1: step})
    yield provider, lambda: provider.count_posts


@contextmanager
def _sendgrid(step: str) -> Iterator[tuple[Provider, Callable[[], int]]]:
    if step == "unreachable":
        yield SendGridProvider(SecretStr("SG.test"), "http://127.0.0.1:9"), lambda: 0
        return
    with serving(ScriptedServer(answer=ANSWERS[step])) as server:
        provider = SendGridProvider(SecretStr("SG.test"), server.url, read_seconds=2.0)
        yield provider, lambda: sum(sent.startswith(b"POST") for sent in server.requests)


@pytest.fixture(params=[_fake, _sendgrid], ids=["fake", "sendgrid"])
def made(request: pytest.FixtureRequest) -> Callable[[str], Made]:
    """Give a maker of either provider."""
    return request.param


@pytest.mark.parametrize(
    ("step", "state", "following"),
    [
        ("accept", "accepted", "done"),
        ("lose", "in_doubt", "hold"),
        ("500", "in_doubt", "hold"),
        ("429", "refused", "wait"),
        ("401", "refused", "stop"),
        ("unreachable", "refused", "again"),
    ],
)
def test_same_fate_same_verdict(made: Callable[[str], Made], step: str, state: str, following: str) -> None:
    """The same thing happening is judged the same, whichever provider it happens to."""
    with made(step) as (provider, _):
        verdict = judge(provider.post(REQUEST, lambda: None))

    assert (verdict.outcome.state, verdict.next) == (state, following)


def test_accepted_request_has_an_id(made: Callable[[str], Made]) -> None:
    """The provider's own id of the request is kept."""
    with made("accept") as (provider, _):
        assert judge(provider.post(REQUEST, lambda: None)).outcome.provider_message_id == "m1"


def test_last_look_comes_once_and_before_the_request(made: Callable[[str], Made]) -> None:
    """When the last look is taken nothing has arrived, and there is one look for one request."""
    seen: list[int] = []
    with made("accept") as (provider, count):
        provider.post(REQUEST, lambda: seen.append(count()))
        assert (seen, count()) == ([0], 1)


def test_last_look_may_say_no(made: Callable[[str], Made]) -> None:
    """What the last look raises comes out, and no request has left."""

    def no() -> None:
        raise StoppedError("no")

    with made("accept") as (provider, count):
        with pytest.raises(StoppedError):
            provider.post(REQUEST, no)
        assert count() == 0


def test_no_look_without_a_connection(made: Callable[[str], Made]) -> None:
    """Where no connection comes about, the wire mark is never stored."""
    seen: list[int] = []
    with made("unreachable") as (provider, _):
        answer = provider.post(REQUEST, lambda: seen.append(1))

    assert (seen, answer.left) == ([], False)


def test_repeating_is_never_called_harmless(made: Callable[[str], Made]) -> None:
    """Neither takes a key that would make a second POST of the same attempt safe."""
    with made("accept") as (provider, _):
        assert not provider.supports_idempotency
