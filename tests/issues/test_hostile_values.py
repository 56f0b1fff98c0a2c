"""What subscribers say is data: in text, in attributes, in addresses, in headers."""

from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from issue_desk import NOW, filled, rendered, values_for
from lxml import html as lxml_html

from pressrun import issues

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7*7 }}",
    "{% if 1 %}x{% endif %}",
    "<%x%>",
    "-name-",
    "&lt;b&gt;",
    "]]><!--",
]
FRONT = """---
subject: "{{ subscriber.name }}, hello"
preheader: "For {{ subscriber.name }}, and nobody else in the whole wide world of letters"
from: The Pressroom <hello@newsletter.example>
---
"""
BODY = """# For {{ subscriber.name }}

Text {{ subscriber.name }}, **{{ subscriber.name }}**,
[{{ subscriber.name }}](https://example.org/?n={{ subscriber.name }}).

<img src="https://example.org/a.png" alt="{{ subscriber.name }}" width="20">

| {{ subscriber.name }} |
|---|
| {{ subscriber.name }} |

{% if subscriber.tier == "paid" %}
> Paid by {{ subscriber.name }}
{% endif %}
"""
ISSUE = rendered(BODY, front=FRONT)
NAMES = st.text(min_size=1, max_size=30) | st.sampled_from(NASTY)


def _shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    page = lxml_html.document_fromstring(html.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    return [(node.tag, tuple(node.attrib)) for node in page.iter() if isinstance(node.tag, str)]


@settings(max_examples=150, deadline=None)
@given(name=NAMES)
def test_no_value_changes_the_shape_of_the_page(name):
    """The tags and attributes are the same for everyone, whatever a name holds."""
    assert _shape(filled(ISSUE, name="Ada")[1]) == _shape(filled(ISSUE, name=name)[1])


@settings(max_examples=100, deadline=None)
@given(name=NAMES)
def test_no_value_breaks_the_subject_line(name):
    """Whatever could end a header line is gone from the subject."""
    assert not set("\r\n\0\x85\u2028\u2029") & set(filled(ISSUE, name=name)[0])


@pytest.mark.parametrize("name", NASTY)
def test_a_name_is_shown_as_it_was_written(name):
    """Nothing is rendered a second time, and readers see what they typed."""
    page = lxml_html.document_fromstring(filled(ISSUE, name=name)[1])
    assert f"For {name}" == page.findtext(".//h1")


@pytest.mark.parametrize("name", NASTY)
def test_the_text_part_is_not_escaped(name):
    """Plain text has no entities."""
    assert f"Text {name}, " in " ".join(filled(ISSUE, name=name)[2].split("\n"))


@pytest.mark.parametrize("name", ["a\r\nBcc: x@y.example", "a\0b", "a\u2028b"])
def test_a_name_adds_no_header(name, tmp_path: Path):
    """The message has the headers it should have, and no others."""
    paths = issues.preview(ISSUE, values_for(ISSUE, name=name), tmp_path, to="ada@reader.example", now=NOW)
    message = message_from_bytes(paths["eml"].read_bytes(), policy=SMTP)
    assert (None, True) == (message["Bcc"], str(message["Subject"]).endswith("hello"))


def test_a_link_to_what_a_subscriber_says_is_refused():
    """An address begins with https and a host that the author wrote."""
    issue = rendered('[Yours]({{ subscriber.url }}) and <a href="{{ subscriber.url }}">yours</a>')
    assert "javascript" not in filled(issue, url="javascript:alert(1)")[1]
