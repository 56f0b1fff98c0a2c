"""The pages show what was accepted, to a person who must not be fooled by what is in it."""

import json
import re
from typing import Any

import pytest
from lxml import html as lxml_html
from sandbox_process import Running, request_of

HOSTILE = "<script>alert(1)</script>"
NASTY = f"{HOSTILE}\"'><img src=https://evil.example/x.png onerror=alert(1)>"


@pytest.fixture
def number(running: Running) -> int:
    """Have a request accepted in which everything that can be is hostile."""
    request = request_of(2, NASTY)
    request["from"]["name"] = NASTY
    for one in request["personalizations"]:
        one["to"][0]["name"] = NASTY
        one["substitutions"] = {"-name-": NASTY}
        one["custom_args"].update(pr_batch=NASTY, pr_attempt=NASTY, pr_recipient=NASTY)
        one["headers"]["X-Mine"] = NASTY
    assert 202 == running.send(request).status
    return int(running.accepted()[-1]["n"])


def _pages(number: int) -> list[str]:
    search = f"/sandbox/search?email={NASTY}"
    return ["/sandbox/", f"/sandbox/requests/{number}", f"/sandbox/mails/{number}/0", search, "/sandbox/search"]


def _page(running: Running, path: str) -> tuple[str, Any]:
    text = running.get(path.replace(" ", "%20").replace("<", "%3C").replace('"', "%22").replace("#", "%23"))
    return text, lxml_html.document_fromstring(text)


def test_hostile_names_are_text_on_every_page(running: Running, number: int) -> None:
    """No script runs and no handler is set, whatever was posted or searched for."""
    for path in _pages(number):
        text, page = _page(running, path)
        assert HOSTILE not in text
        assert [] == page.xpath("//script | //img | //*[@*[starts-with(name(), 'on')]]")


def test_the_hostile_name_is_shown_as_it_is(running: Running, number: int) -> None:
    """Nothing is hidden from the reader: what was posted can be read."""
    for path in _pages(number)[:4]:
        assert HOSTILE in _page(running, path)[1].text_content()


def test_no_page_asks_for_anything_outside(running: Running, number: int) -> None:
    """No address but the sandbox's own in what a browser loads or follows."""
    for path in _pages(number):
        text, page = _page(running, path)
        targets = page.xpath("//@src | //@href | //@action | //@srcset | //@data")
        assert [] == [one for one in targets if not re.match(r"/sandbox/|data:,", one)]
        assert not re.search(r"@import|url\(", text)


def test_the_mail_itself_is_shown_in_a_frame_that_may_do_nothing(running: Running, number: int) -> None:
    """Mails are hostile by nature: no scripts, no forms, no frames, no way to the page around."""
    frame = _page(running, f"/sandbox/mails/{number}/0")[1].find(".//iframe")
    answer = running.ask("GET", frame.get("src"))
    policy = answer.headers["content-security-policy"]

    assert "" == frame.get("sandbox")
    assert ("default-src 'none'" in policy, policy.endswith("sandbox")) == (True, True)
    assert HOSTILE.encode() in answer.body


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 307),
        ("/sandbox/?page=0", 200),
        ("/sandbox/?page=x", 200),
        ("/sandbox/?page=99999999999999999999", 200),
        ("/sandbox/?page=%C2%B2", 200),
        ("/sandbox/requests/999999", 404),
        ("/sandbox/mails/999999/0", 404),
        ("/sandbox/mails/1/999999", 404),
        ("/sandbox/mails/1/999999.html", 404),
        ("/sandbox/search?email=", 200),
        ("/sandbox/search?email=nobody@x.example", 200),
    ],
)
def test_each_address_has_an_answer(running: Running, number: int, path: str, status: int) -> None:
    """Whatever is typed into the address bar; what is not there is said to be not there."""
    assert status == running.ask("GET", path).status


def test_many_requests_are_shown_a_page_at_a_time(running: Running) -> None:
    """The newest come first, and the rest can be reached."""
    for _ in range(101):
        running.post(people=1)
    newest = running.accepted()[-1]["n"]

    first, second = (running.get(f"/sandbox/?page={page}") for page in (1, 2))

    assert (100, True) == (first.count('href="/sandbox/requests/'), f'requests/{newest}"' in first)
    assert "page=2" in first
    assert f'requests/{newest}"' not in second


def test_a_mail_is_shown_as_its_recipient_gets_it(running: Running) -> None:
    """Tags are replaced in subject, HTML and text, once: a value with a tag in it stays what it is."""
    request = request_of(1, "shown")
    request["personalizations"][0]["substitutions"] = {"-name-": "-other-", "-other-": "wrong"}
    assert 202 == running.send(request).status
    number = running.accepted()[-1]["n"]

    page = _page(running, f"/sandbox/mails/{number}/0")[1]

    assert "Hello -other-" == page.findtext(".//h1")
    assert "Hi -other-" == page.findtext(".//pre")
    assert json.loads(page.findall(".//pre")[1].text)["substitutions"]["-name-"] == "-other-"
