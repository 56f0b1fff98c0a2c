"""A send puts the page of its issue in place before its first POST, and lists it afterwards."""

from pathlib import Path

import pytest
from sendable import NOW, make_home

from pressrun.delivery import sendgrid_provider
from pressrun.delivery.provider import Answer
from pressrun.operations import site
from pressrun.operations.sending import send_issue

PEOPLE = ["ann@gamma.example"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_send_publishes_and_no_page_holds_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the POST begins the page is there, and in no index yet; a page that fails stops nothing and is told."""
    served = {"site_url": "https://letters.example", "public_url": "https://letters.example"}
    settings, ledger = make_home(tmp_path, PEOPLE, sendgrid_api_key="SG.test", **served)
    seen: list[tuple[bool, bool]] = []
    bodies: list[bytes] = []
    if fails:
        monkeypatch.setattr(site.publishing, "web_page", lambda *_: 1 / 0)

    def post(_: object, request: bytes, before_first_byte: object) -> Answer:
        before_first_byte()  # type: ignore[operator]
        bodies.append(request)
        names = ("issues/hello.html", "index.html")
        seen.append(tuple((settings.site_folder / name).exists() for name in names))  # type: ignore[arg-type]
        return Answer(left=True, status=202, headers_complete=True, body=b"")

    monkeypatch.setattr(sendgrid_provider.SendGridProvider, "post", post)
    monkeypatch.setattr(sendgrid_provider.SendGridProvider, "webhooks", lambda _: "status 403")

    status, _ = send_issue(settings, ledger, "hello", clock=lambda: NOW)

    assert (1, [(not fails, False)]) == (status.submitted, seen)
    assert b"https://letters.example/issues/hello.html" in bodies[0]
    assert fails != (settings.site_folder / "index.html").exists()
    assert fails == ("pressrun publish" in capsys.readouterr().out)
    ledger.close()
