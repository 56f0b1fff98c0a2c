"""The webhook takes what SendGrid signed, to the byte, and nothing else."""

import base64
import gzip
import json
import os
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from receiver_world import NOW, WEBHOOK, Signer, World

from pressrun.errors import InputError
from pressrun.receiver import bodies
from pressrun.receiver.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER

#: It verifies, but a digit of the timestamp was moved over into the body.
SHIFTED = "-timestamp-body-shift"


def _vectors(folder: Path) -> Iterator[tuple[str, dict[str, Any], bytes, bool]]:
    for vector in json.loads((folder / "signature_vectors.json").read_text())["vectors"]:
        yield vector["name"], vector, base64.b64decode(vector["payload_b64"]), vector["expected"]
    for vector in json.loads((folder / "altered.json").read_text()):
        genuine = vector["valid"] and not vector["name"].endswith(SHIFTED)
        yield vector["name"], vector, base64.b64decode(vector["body_b64"]), genuine


def _clock_of(vector: dict[str, Any]) -> datetime:
    stamp = vector["timestamp"]
    return datetime.fromtimestamp(int(stamp), UTC) if len(stamp) == 10 and stamp.isdigit() else NOW


@pytest.mark.shared
def test_every_vector_is_judged_as_it_says(shared_data: Path, tmp_path: Path) -> None:
    """Genuine posts land to the byte; altered ones get a 4xx and leave no file."""
    judged = []
    for number, (name, vector, body, genuine) in enumerate(_vectors(shared_data / "signatures")):
        world = World(tmp_path / str(number), vector["public_key"], now=_clock_of(vector) + timedelta(minutes=1))
        headers = {SIGNATURE_HEADER: vector["signature"], TIMESTAMP_HEADER: vector["timestamp"]}
        answer = world.post(body, headers)
        judged.append(genuine)
        assert (200 if genuine else 403) == answer.status_code, name
        assert ([body] if genuine else []) == world.bodies(), name
        assert genuine == (world.settings.landing_dir / "events").exists(), name

    assert 39 == len(judged)
    assert 9 == sum(judged)


@pytest.fixture(scope="module")
def signer() -> Signer:
    """Give one signer."""
    return Signer()


@pytest.fixture
def world(tmp_path: Path, signer: Signer) -> World:
    """Give a receiver that knows the signer."""
    return World(tmp_path / "home", signer.public)


@pytest.mark.parametrize(
    "body",
    [
        b'[{"event":"open"},\r\n{"event":"click"}]\r\n',
        b'[{"event":"bounce","reason":"550 M\xfcller \xff\xfe"}]',
        b"  \n[ ]",
        '[{"reason":"שלום\u2028 \\u0000"}]'.encode(),
        b"[not json",
    ],
)
def test_signed_body_is_kept_byte_for_byte(world: World, signer: Signer, body: bytes) -> None:
    """Line ends, broken UTF-8 and white space stay, since nobody can ask for them again."""
    answer = world.post(body, signer.headers(body))

    assert 200 == answer.status_code
    assert [body] == world.bodies()


def test_packed_body_is_unpacked_before_it_is_checked(world: World, signer: Signer) -> None:
    """A proxy may pack what passes; the signature is over what was packed."""
    body = b'[{"event":"open"}]\r\n'
    answer = world.post(gzip.compress(body), {**signer.headers(body), "content-encoding": "gzip"})

    assert 200 == answer.status_code
    assert [body] == world.bodies()


def test_both_keys_hold_while_one_replaces_the_other(tmp_path: Path, signer: Signer) -> None:
    """During a rotation either key is good, in either place."""
    new = Signer()
    world = World(tmp_path, signer.public, new.public)
    answers = [world.post(b"[1]", signer.headers(b"[1]")), world.post(b"[2]", new.headers(b"[2]"))]

    assert [200, 200] == [answer.status_code for answer in answers]
    assert 403 == world.post(b"[3]", Signer().headers(b"[3]")).status_code
    assert [b"[1]", b"[2]"] == world.bodies()


def test_without_a_key_nothing_is_taken(tmp_path: Path, signer: Signer) -> None:
    """SendGrid keeps the events and tries again, instead of us trusting anybody."""
    world = World(tmp_path)

    assert 503 == world.post(b"[]", signer.headers(b"[]")).status_code
    assert [] == world.landed()


def test_unusable_key_is_told_at_the_start(tmp_path: Path) -> None:
    """A wrong setting is found before the first event is refused for it."""
    with pytest.raises(InputError, match="SENDGRID_WEBHOOK_PUBLIC_KEY"):
        World(tmp_path, "bm8ga2V5")


@pytest.mark.parametrize(("age", "status"), [(-301, 403), (-300, 200), (72 * 3600, 200), (72 * 3600 + 1, 403)])
def test_timestamp_is_judged_by_the_clock(world: World, signer: Signer, age: int, status: int) -> None:
    """Retries of three days pass; older and future ones do not."""
    headers = signer.headers(b"[]", str(int(NOW.timestamp()) - age))

    assert status == world.post(b"[]", headers).status_code


@pytest.mark.parametrize("missing", [SIGNATURE_HEADER, TIMESTAMP_HEADER])
def test_missing_header_is_refused(world: World, signer: Signer, missing: str) -> None:
    """Half a signature is none."""
    headers = signer.headers(b"[]")
    del headers[missing]

    assert 403 == world.post(b"[]", headers).status_code
    assert [] == world.landed()


def test_too_large_a_body_is_refused(world: World, signer: Signer) -> None:
    """Ten million bytes are the limit, signed or not."""
    body = b"[" + b" " * (bodies.MAX_BYTES - 2) + b"]"

    assert 413 == world.post(body + b" ", signer.headers(body + b" ")).status_code
    assert [] == world.landed()
    assert 200 == world.post(body, signer.headers(body)).status_code


def test_packed_bomb_is_refused_in_bounded_memory(world: World, signer: Signer) -> None:
    """What unpacks to 300 MB costs no more than the limit and its copies."""
    bomb = gzip.compress(b"[" * 300_000_000, 1)
    tracemalloc.start()
    answer = world.post(bomb, {**signer.headers(b"[]"), "content-encoding": "gzip"})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 413 == answer.status_code
    assert peak < 5 * bodies.MAX_BYTES


def test_wrongly_packed_body_is_refused(world: World, signer: Signer) -> None:
    """What is not what its header says is the client's error."""
    assert 400 == world.post(b"[]", {**signer.headers(b"[]"), "content-encoding": "gzip"}).status_code
    assert [] == world.landed()


def test_deep_nesting_is_answered_quickly(world: World, signer: Signer) -> None:
    """Nobody parses here, so nothing can be made to parse for long."""
    body = b"[" * 100_000 + b"]" * 100_000
    headers = signer.headers(body)
    began = time.monotonic()

    assert 200 == world.post(body, headers).status_code
    assert time.monotonic() - began < 1
    assert [body] == world.bodies()


def test_what_cannot_be_kept_is_not_acknowledged(world: World, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk answers 503, so that SendGrid tries again; then it lands once."""

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert 503 == world.post(b"[1]", signer.headers(b"[1]")).status_code
    assert [] == world.landed()
    assert 200 == world.post(b"[1]", signer.headers(b"[1]")).status_code
    assert [b"[1]"] == world.bodies()


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", WEBHOOK), ("GET", WEBHOOK), ("GET", "/healthz"), ("GET", "/metrics"), ("GET", "/u/x"), ("GET", "/no")],
)
def test_every_answer_is_private(world: World, method: str, path: str) -> None:
    """No cache keeps it, no index lists it, no referrer tells it, whatever the answer."""
    headers = world.ask(method, path).headers

    assert ("no-store", "no-referrer") == (headers["cache-control"], headers["referrer-policy"])
    assert "noindex" in headers["x-robots-tag"]


def test_failure_inside_is_private_too(world: World, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that no code of ours wrote carries the headers all the same, and is no 2xx."""
    monkeypatch.setattr("pressrun.receiver.service.encode_post", lambda post: 1 / 0)
    answer = world.post(b"[]", signer.headers(b"[]"))

    assert 500 == answer.status_code
    assert "no-store" == answer.headers["cache-control"]


def test_counts_tell_what_became_of_requests(world: World, signer: Signer) -> None:
    """What landed and what was refused can be watched, without naming anybody."""
    world.post(b"[]", signer.headers(b"[]"))
    world.post(b"[]", {})
    said = world.ask("GET", "/metrics").text

    assert 'requests_total{what="webhook",outcome="landed"} 1\n' in said
    assert 'requests_total{what="webhook",outcome="bad_signature"} 1\n' in said
