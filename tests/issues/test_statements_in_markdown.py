"""Statements on lines of their own take nothing away from the Markdown round them."""

import pytest
from issue_desk import filled, rendered
from lxml import html as lxml_html

BLOCKS = {
    "quote": ("> Inside.", "blockquote"),
    "list": ("- Inside.", "li"),
    "heading": ("## Inside.", "h2"),
    "table": ("| Inside. |\n|---|\n| x |", "table[@class='data']"),
    "code": ("```\nInside.\n```", "pre"),
    "paragraph": ("Inside.", "p"),
    "html": ("<b>Inside.</b>", "b"),
}
LAYOUTS = {
    "tight": "Before.\n{{% if {0} %}}\n{1}\n{{% endif %}}\nAfter.",
    "loose": "Before.\n\n{{% if {0} %}}\n\n{1}\n\n{{% endif %}}\n\nAfter.",
    "half": "Before.\n\n{{% if {0} %}}\n{1}\n{{% endif %}}\n\nAfter.",
}


def _texts_of(html: str, name: str) -> list[str]:
    return [node.text_content() for node in lxml_html.document_fromstring(html).findall(f".//{name}")]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize(("block", "tag"), BLOCKS.values(), ids=BLOCKS.keys())
@pytest.mark.parametrize("shown", [True, False])
def test_a_condition_round_a_block_swallows_nothing(layout, block, tag, shown):
    """What comes after is outside the block, and there whether or not the block is."""
    body = layout.format(f"subscriber.tier == '{'paid' if shown else 'free'}'", block)
    _, html, text = filled(rendered(body))

    assert shown == any("Inside." in one for one in _texts_of(html, tag))
    assert any("After." in one for one in _texts_of(html, "p"))
    assert not [one for one in _texts_of(html, tag) if "Inside." in one and "After." in one and tag != "p"]
    assert (True, shown, True) == ("Before." in text, "Inside." in text, "After." in text)
    assert not text.partition("After.")[0].rsplit("\n", 1)[-1].startswith(("> ", "* "))


@pytest.mark.parametrize("tier", ["paid", "free"])
def test_a_block_of_html_ends_at_a_blank_line(tier):
    """That is CommonMark's rule, which a statement does not change; everyone still gets what follows."""
    _, html, text = filled(
        rendered("{% if subscriber.tier == 'paid' %}\n<div>In</div>\n{% endif %}\nAfter."), tier=tier
    )

    assert ("After." in html, "After." in text, "<div>In</div>" in html) == (True, True, tier == "paid")


@pytest.mark.parametrize(
    "code", ["`{{ subscriber.name }}`", "```\n{{ subscriber.name }}\n```", "    {{ subscriber.name }}"]
)
def test_code_shows_its_braces_to_everyone(code):
    """A letter about templates can be written; the sample is no slot."""
    issue = rendered(f"Look:\n\n{code}\n")
    page = lxml_html.document_fromstring(filled(issue)[1])

    assert () == issue.slots
    assert any("{{ subscriber.name }}" in node.text_content() for node in page.iter("code", "pre"))
    assert "{{ subscriber.name }}" in filled(issue)[2]
