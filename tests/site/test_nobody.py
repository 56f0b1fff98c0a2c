"""What slots say to nobody in particular."""

from pathlib import Path

import pytest
from published import NONCE, NOW, TEMPLATES

from pressrun import issues
from pressrun.delivery.freeze import neutral_subject
from pressrun.issues.written import parse

FRONT = "---\nsubject: A subject\nfrom: Paper <hello@newsletter.example>\n---\n\n"


def _checked(body: str, front: str = FRONT) -> issues.RenderedIssue:
    return issues.check(
        parse(front + body, Path("paper.md")), issues.load_brand(TEMPLATES), TEMPLATES, now=NOW, nonce=NONCE
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Hello {{ subscriber.first_name or 'dear reader' }},", "<p>Hello dear reader,</p>"),
        ("Hello {{ subscriber.name }},", "<p>Hello …,</p>"),
        ("Greetings to {{ subscriber.city }}.", "<p>Greetings to ….</p>"),
        ("You are {{ subscriber.email | upper }}.", "<p>You are ….</p>"),
        ("Hello{{ ', ' ~ subscriber.name if subscriber.name }}!", "<p>Hello!</p>"),
        ("Hello{{ subscriber.nick | default('') }}!", "<p>Hello!</p>"),
        ("{% if subscriber.tier == 'paid' %}Thank you.{% else %}Pay!{% endif %} Read on.", "<p> Read on.</p>"),
        ("{% if subscriber.tier | d('free') == 'paid' %}Thanks.{% else %}Come in.{% endif %}", "<p>Come in.</p>"),
        ("{% for tag in subscriber.tags %}{{ tag }}{% endfor %}Read on.", "<p>Read on.</p>"),
        ("[Vote](https://example.org/vote?for={{ subscriber.city }})", '<p><a href="https://example.org/vote?for=">Vote</a></p>'),
        ("Issue {{ issue.id }} in `{{ braces }}`.", "<p>Issue paper in <code>&#123;{ braces }}</code>.</p>"),
    ],
)  # fmt: skip
def test_a_page_for_nobody_reads_sensibly(written: str, said: str) -> None:
    """What is not known is an ellipsis or what its writer put instead; what leans on it is left out."""
    assert said == _checked(written).web.strip()


def test_the_page_for_nobody_changes_nothing_of_the_mail() -> None:
    """It takes no slot away and adds none: no recipient's substitutions grow by it."""
    found = _checked("Hello {{ subscriber.first_name or 'you' }}.\n\n{% if subscriber.paid %}Paid.{% endif %}")

    assert len(found.slots) == sum(found.html.count(slot.tag) + found.text.count(slot.tag) > 0 for slot in found.slots)
    assert NONCE not in found.web


def test_a_text_that_cannot_be_rendered_has_no_page() -> None:
    """The mistake is a finding of its own; there is nothing to freeze."""
    found = _checked("Hello {{ 1 / 0 }} {{ subscriber.name }}.")

    assert any(finding.severity == "error" for finding in found.findings)
    assert "" == found.web


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("{{ subscriber.first_name or 'Reader' }}, hello", "Reader, hello"),
        ("{{ subscriber.city }} and {{ subscriber.name or 'you' }}", "… and you"),
    ],
)
def test_a_subject_for_nobody_keeps_what_can_be_said(subject: str, said: str) -> None:
    """One slot that needs a reader does not silence the others."""
    found = _checked("Text.", f'---\nsubject: "{subject}"\nfrom: Paper <hello@newsletter.example>\n---\n\n')

    assert said == neutral_subject(found)
