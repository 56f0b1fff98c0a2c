"""An issue put together from shared part and slots is the issue rendered whole for that person."""

import pytest
from issue_desk import READER, filled, rendered

from pressrun.issues import checking
from pressrun.issues.slots import cage_of

ISSUES = {
    "words": "Hello {{ subscriber.first_name or 'you' }}, in {{ subscriber.city | upper }}.",
    "blocks": "{% if subscriber.tier == 'paid' %}\n## Paid\n\n> Thanks\n{% else %}\n- free\n{% endif %}\n\nEnd.",
    "loops": "{% for tag in subscriber.tags %}\n- {{ loop.index }}: **{{ tag }}**\n{% endfor %}",
    "links": "[Go](https://example.org/?n={{ subscriber.name | urlencode }}&c={{ subscriber.city }})",
    "code": "`{{ subscriber.name }}`\n\n```\n{% if x %}{{ subscriber.name }}{% endif %}\n```\n\n{{ subscriber.name }}",
    "sets": "{% set who = subscriber.name %}\n# For {{ who }}\n\n{{ who }}[^1]\n\n[^1]: A note for {{ who }}.",
    "tables": "| a | b |\n|---|---|\n| {{ subscriber.name }} | {% if subscriber.city %}x{% else %}y{% endif %} |",
}
FRONT = "---\nsubject: 'To {{ subscriber.name }}'\npreheader: Hi {{ subscriber.city }}\nfrom: A <a@b.example>\n---\n"
NAMES = ["Ada", "<b>&amp;</b>", "{{ 7*7 }}", 'A "B" C', "x\ny"]


def _whole(monkeypatch, body, person):
    """Render without slots: every template for this one person."""

    def whole(source, place, desk, facts, origin):
        text = cage_of(place).from_string(source).render(facts, subscriber=person)
        return " ".join(text.split("\n")) if place == "line" else text

    with monkeypatch.context() as patch:
        patch.setattr(checking, "split", whole)
        return filled(rendered(body, front=FRONT))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", ISSUES.values(), ids=ISSUES.keys())
def test_slots_change_no_byte_of_an_issue(monkeypatch, body, name):
    """Subject, HTML and text are those of a rendering for one person alone."""
    whole = _whole(monkeypatch, body, {**READER, "name": name})
    assert whole == filled(rendered(body, front=FRONT), name=name)


def test_code_samples_stay_literal():
    """What looks like Jinja in code is shown, in HTML and in text."""
    _, html, text = filled(rendered(ISSUES["code"]))
    assert "<code style=" in html
    assert "&#123;{ subscriber.name }}</code>" in html
    assert "    {% if x %}{{ subscriber.name }}{% endif %}" in text.split("\n")


def test_raw_stays_literal():
    """Between raw and endraw, braces are only braces."""
    _, html, text = filled(rendered("{% raw %}{{ a }} {% b %}{% endraw %}!"))
    assert ("&#123;{ a }} &#123;% b %}!" in html, "{{ a }} {% b %}!" in text) == (True, True)


def test_branches_are_styled_like_the_rest():
    """A block that only some readers get has its inline styles."""
    assert '<blockquote style="margin: 0 0 20px;' in filled(rendered(ISSUES["blocks"]))[1]


def test_statements_leave_no_hole_in_the_text():
    """A branch that is not taken leaves neither a line nor a mark in the text part."""
    text = filled(rendered("One.\n\n{% if subscriber.tier == 'x' %}\nTwo.\n{% endif %}\n\nThree."))[2]
    assert "One.\n\nThree.\n" in text
