"""The message on disk is one that any mail program opens, with the headers a sent one has."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from issue_desk import LINK, NOW, filled, rendered, values_for

from pressrun import issues
from pressrun.errors import InputError

FRONT = """---
subject: "{{ subscriber.name }}: Größe, 日本語 and 👩🏽‍💻 — a subject that is far too long for one line of a header"
from: Zoë “Z” Łuk <hello@newsletter.example>
reply_to: editor@newsletter.example
---
"""
LONG = "word " * 400 + "x" * 1500 + " 日本語" * 400


def message_of(folder: Path, body: str, *, front: str = FRONT, to: str = "ada@reader.example") -> EmailMessage:
    """Write one mail and read it as a mail program does."""
    issue = rendered(body, front=front)
    paths = issues.preview(issue, values_for(issue), folder, to=to, now=NOW)
    message = message_from_bytes(paths["eml"].read_bytes(), policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def test_a_subject_outside_ascii_is_read_back_as_written(tmp_path: Path):
    """It is encoded and folded on the way, and whole at the end; so is the sender's name."""
    message = message_of(tmp_path, "Text.")

    assert filled(rendered("Text.", front=FRONT))[0] == message["Subject"]
    assert ("Zoë “Z” Łuk", "hello@newsletter.example") == (
        message["From"].addresses[0].display_name,
        message["From"].addresses[0].addr_spec,
    )


def test_a_long_unsubscribe_link_stays_a_link(tmp_path: Path):
    """Encoded words would be another link to each mail program, and to a spam filter none."""
    issue = rendered("Text.", front=FRONT)
    link = f"https://letters.example/u/{'v1.k1.a_b-c' * 12}"
    values = {**values_for(issue), issue.unsubscribe_tag: link}
    paths = issues.preview(issue, values, tmp_path, to="ada@reader.example", now=NOW)
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in paths["eml"].read_bytes()


def test_headers_are_ascii_and_short(tmp_path: Path):
    """RFC 5322 allows 998 octets in a line, and no letter outside ASCII in a header."""
    message_of(tmp_path, LONG)
    raw = (tmp_path / "issue.eml").read_bytes()

    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_both_parts_are_what_was_rendered(tmp_path: Path):
    """Text first, then HTML, both in full and in UTF-8."""
    message = message_of(tmp_path, LONG)
    text, html = message.iter_parts()

    assert ["multipart/alternative", "text/plain", "text/html"] == [
        part.get_content_type() for part in (message, text, html)
    ]
    assert (tmp_path / "issue.txt").read_text("utf-8") == text.get_content().replace("\r\n", "\n")
    assert (tmp_path / "issue.html").read_text("utf-8") == html.get_content().replace("\r\n", "\n").removesuffix("\n")


def test_unsubscribing_needs_one_click(tmp_path: Path):
    """RFC 8058: the recipient's own link, and the header that allows a POST."""
    message = message_of(tmp_path, "Text.")

    assert f"<{LINK}>" == message["List-Unsubscribe"]
    assert "List-Unsubscribe=One-Click" == message["List-Unsubscribe-Post"]
    assert ("editor@newsletter.example", "ada@reader.example") == (message["Reply-To"], message["To"])


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: x@y.example", "no address", "a@b, c@d", ""])
def test_an_address_that_cannot_stand_in_a_header_is_wrong_input(tmp_path: Path, to):
    """Nothing is written, and the address is not repeated in the error."""
    with pytest.raises(InputError) as caught:
        message_of(tmp_path, "Text.", to=to)

    assert not to or to not in str(caught.value)
    assert [] == list(tmp_path.iterdir())
