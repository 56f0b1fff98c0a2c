"""Looking at an unsubscribe link changes nothing; one POST is enough, and it is kept or not acknowledged."""

import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from receiver_world import NOW, World

from pressrun.audiences.tokens import Minter
from pressrun.landing import ConsentAction, decode_consent

RECIPIENT = "Qk3vN0s9f2Lw8xYzAbCdEg"
URLENCODED = (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    "multipart/form-data; boundary=x",
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give a receiver."""
    return World(tmp_path / "home")


@pytest.fixture
def token(world: World) -> str:
    """Give the token of one recipient."""
    return Minter(world.settings.signing_key).mint(RECIPIENT)


def _press(world: World, token: str, body: bytes = URLENCODED[0], kind: str = URLENCODED[1]) -> int:
    return world.ask("POST", f"/u/{token}", content=body, headers={"content-type": kind}).status_code


def _actions(world: World) -> list[ConsentAction]:
    return [decode_consent(line.content) for line in world.landed("consent")]


def test_looking_a_thousand_times_changes_nothing(world: World, token: str) -> None:
    """Scanners follow every link of a mail; none of them unsubscribes anybody."""
    methods = ["GET", "HEAD", "OPTIONS", "GET"] * 250
    seen = {(method, world.ask(method, f"/u/{token}").status_code) for method in methods}

    assert {("GET", 200), ("HEAD", 200), ("OPTIONS", 405)} == seen
    assert not world.settings.landing_dir.exists()


@pytest.mark.parametrize(
    ("body", "kind", "source"),
    [(*URLENCODED, "one-click"), (*MULTIPART, "one-click"), (b"", "text/plain", "page"), (b"x=1", "", "page")],
)
def test_one_post_lands_one_action(world: World, token: str, body: bytes, kind: str, source: str) -> None:
    """Mail programs post a form of either kind; no cookie, login or second question stands between."""
    assert 200 == _press(world, token, body, kind)
    (action,) = _actions(world)

    assert ("unsubscribe", RECIPIENT, source, NOW) == (
        action.action,
        action.recipient_id,
        action.source,
        action.acted_at,
    )


def test_pages_button_posts_what_the_receiver_takes(world: World, token: str) -> None:
    """The form has no address of its own: it posts to the page it is on."""
    page = world.ask("GET", f"/u/{token}").text

    assert "<form method='post'><button>" in page
    assert 200 == _press(world, token, b"")
    assert ["page"] == [action.source for action in _actions(world)]


def test_answer_comes_after_the_line_is_durable(world: World, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 2xx means that it would survive a crash: the file itself was synchronised before."""
    synced: list[int] = []
    real = os.fsync

    def noting(handle: int) -> None:
        synced.append(os.fstat(handle).st_size if Path(f"/proc/self/fd/{handle}").resolve().suffix else 0)
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    _press(world, token)

    assert world.landed("consent")[-1].end == synced[-1]


def test_too_large_a_body_unsubscribes_all_the_same(world: World, token: str) -> None:
    """The token alone says who; what came with it is not needed."""
    assert 200 == _press(world, token, b"x" * 20_000)
    assert [RECIPIENT] == [action.recipient_id for action in _actions(world)]


@pytest.mark.parametrize("position", range(0, 76, 5))
def test_altered_token_has_no_effect(world: World, token: str, position: int) -> None:
    """Whoever changes one character holds a link that is nobody's."""
    other = "A" if token[position] != "A" else "B"

    assert 404 == _press(world, token[:position] + other + token[position + 1 :])
    assert not world.settings.landing_dir.exists()


@pytest.mark.parametrize("token", ["x", "v1", "v1.a.b.c", "../../etc/passwd", "\0", "ü" * 40, "v1." + "A" * 5000])
def test_made_up_token_has_no_effect(world: World, token: str) -> None:
    """Anything may be asked for; the answer is a page, and the same for all."""
    assert 404 == _press(world, quote(token))
    assert 404 == world.ask("GET", f"/u/{quote(token)}").status_code
    assert not world.settings.landing_dir.exists()


def test_token_of_another_key_has_no_effect(world: World) -> None:
    """A link of another installation is not ours."""
    assert 404 == _press(world, Minter(b"another key").mint(RECIPIENT))
    assert not world.settings.landing_dir.exists()


def test_link_keeps_working_after_it_was_used(world: World, token: str) -> None:
    """Pressing twice is no error; two actions of one recipient say the same."""
    assert [200, 200] == [_press(world, token), _press(world, token)]
    assert 2 == len({action.action_id for action in _actions(world)})


def test_pages_tell_and_load_nothing(world: World, token: str) -> None:
    """No script, no address, no token, nothing from elsewhere, and no frame around it."""
    answers = [world.ask("GET", f"/u/{token}"), world.ask("POST", f"/u/{token}"), world.ask("GET", "/u/x")]
    for answer in answers:
        assert not re.search(r"<script|\w@\w|https?:|src=|" + RECIPIENT, answer.text)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_what_cannot_be_kept_is_not_acknowledged(world: World, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the reader is asked to try again, with a button for it."""

    def full(handle: int, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        answer = world.ask("POST", f"/u/{token}", content=b"")
    assert 503 == answer.status_code
    assert "<form method='post'>" in answer.text
    assert [] == world.landed("consent")
    assert 200 == _press(world, token)


def test_neither_ledger_nor_lake_is_needed(world: World, token: str) -> None:
    """Unsubscribing works while the stores are down: only the landing zone and the key exist."""
    _press(world, token)

    assert {"landing", "secret.key"} == {path.name for path in world.settings.home.iterdir()}
