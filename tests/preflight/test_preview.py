"""A preview is what the person will get: the same bytes as the request, but for the unsubscribe link's own number."""

import re
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import orjson
import pytest
from test_around import FRONT, NOW, _settings, home, stores  # noqa: F401  # fixtures

from pressrun import delivery
from pressrun.audiences import Chooser
from pressrun.delivery.freeze import audience_of, shared_of
from pressrun.delivery.payload import Slots, build_request
from pressrun.errors import InputError
from pressrun.ledger import Ledger
from pressrun.settings import Settings

BODY = """# For {{ subscriber.name }}

{% if subscriber.city is defined %}In {{ subscriber.city }}.{% else %}Wherever you are.{% endif %}
{% for tag in subscriber.tags %}{{ tag }}{% endfor %}
[Yours](https://example.org/?n={{ subscriber.name | urlencode }}) 'quoted' & more
"""
_TOKEN = re.compile(r"/u/[A-Za-z0-9._~-]+")


def _without_token(text: str) -> str:
    return _TOKEN.sub("/u/TOKEN", text)


def _as_sent(settings: Settings, email: str) -> tuple[str, str, str]:
    """Put a person's substitutions into the request, as SendGrid does."""
    rendered = delivery.examine(settings, "hello", NOW).rendered
    batches = [one for piece in audience_of(settings, rendered, "everyone", Chooser({})) for one in piece.batches]
    for batch in batches:
        request = orjson.loads(
            build_request(shared_of(rendered), Slots.unpack(batch.slots), issue_id="hello", batch_no=1, attempt_id="a")
        )
        for person in request["personalizations"]:
            if person["to"][0]["email"] == email:
                text, html = (part["value"] for part in request["content"])
                return tuple(_filled(part, person["substitutions"]) for part in (request["subject"], html, text))  # type: ignore[return-value]
    raise AssertionError("nobody has that address")


def _filled(part: str, substitutions: dict[str, str]) -> str:
    for tag, value in substitutions.items():
        part = part.replace(tag, value)
    return _without_token(part)


@pytest.mark.parametrize("email", ["ada@reader.example", "bo@reader.example"])
def test_a_preview_is_what_the_request_holds(home: tuple[Settings, Ledger], tmp_path: Path, email: str) -> None:  # noqa: F811
    """HTML, text and subject, byte for byte."""
    settings, _ = home
    subject = "subject: \"{{ subscriber.first_name or 'You' }}, the press\""
    (settings.issues / "hello.md").write_text(re.sub("subject: .*", subject, FRONT) + BODY)

    written = delivery.preview(settings, "hello", email=email, out=tmp_path / "out", now=NOW)
    subject, html, text = _as_sent(settings, email)
    message = message_from_bytes(written["eml"].read_bytes(), policy=SMTP)

    assert html == _without_token(written["html"].read_text(encoding="utf-8"))
    assert text == _without_token(written["text"].read_text(encoding="utf-8"))
    assert subject == message["Subject"]
    assert email == message["To"]


def test_nobody_by_that_address_writes_nothing(home: tuple[Settings, Ledger], tmp_path: Path) -> None:  # noqa: F811
    """A stranger has no preview."""
    (home[0].issues / "hello.md").write_text(FRONT + "Text.")
    with pytest.raises(InputError, match="No subscriber has that address"):
        delivery.preview(home[0], "hello", email="eve@stranger.example", out=tmp_path / "out", now=NOW)
    assert not (tmp_path / "out").exists()


def test_whoever_writes_sees_what_files_alone_tell(home: tuple[Settings, Ledger]) -> None:  # noqa: F811
    """A listed host is found without a ledger, and what was left for the check is named."""
    settings, _ = home
    (settings.home / "link-lists").mkdir()
    (settings.home / "link-lists" / "bad.txt").write_text("evil.example\n")
    (settings.issues / "hello.md").write_text(FRONT + "See [the page](https://evil.example/a).")
    checked = delivery.examine(settings, "hello", NOW)

    assert ["link-malicious"] == [one.rule for one in checked.rendered.findings]
    assert (False, {"links", "domain", "spam"}) == (checked.ok, set(checked.skipped))
