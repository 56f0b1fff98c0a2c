"""Layouts are Jinja as well: with the subscriber, includes and inheritance."""

import re
from pathlib import Path

import pytest
from issue_desk import FRONT, body_of, filled, rendered

from pressrun.errors import InputError

#: An issue in the base layout.
BASE = "---\nsubject: A subject\nfrom: A <a@b.example>\nlook: base\n---\n"


def _change(templates: Path, old: str, new: str, name: str = "base.html.j2") -> None:
    path = templates / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_layout_may_ask_about_the_subscriber_and_its_html_is_styled(templates: Path):
    """Each branch has its inline styles, like everything else."""
    thanks = '<p class="tagline">Thanks, {{ subscriber.name }}</p>'
    asked = f'{{% if subscriber.tier == "paid" %}}{thanks}{{% else %}}<hr>{{% endif %}}'
    _change(templates, "{{ body }}", f"{asked}{{{{ body }}}}")
    issue = rendered("Text.", templates=templates)
    paid, free = filled(issue, name="A & B")[1], filled(issue, tier="free")[1]
    assert re.search(r'<p class="tagline" style="[^"]*color: #[0-9a-f]{6};[^"]*">Thanks, A &amp; B</p>', paid)
    assert ("Thanks" in free, "<hr style=" in free) == (False, True)


def test_a_layout_may_know_the_brand_inside_a_slot(templates: Path):
    """What is shared can be used within what is personal."""
    _change(templates, "{{ body }}", '{{ body }}<p>{% if subscriber.tier == "paid" %}{{ brand.name }}!{% endif %}</p>')
    assert "The Pressroom!</p>" in filled(rendered("Text.", templates=templates))[1]


def test_a_layout_may_include_and_extend(templates: Path):
    """Pieces that layouts share live in files of their own, and may be personal."""
    _change(templates, "{{ body }}", "{% block text %}{{ body }}{% endblock %}")
    (templates / "sign.j2").write_text("<p>For {{ subscriber.name }}</p>")
    (templates / "letter.txt.j2").write_text("{{ body }}{{ unsubscribe_url }}")
    (templates / "letter.html.j2").write_text(
        '{% extends "base.html.j2" %}{% block text %}{{ body }}{% include "sign.j2" %}{% endblock %}'
    )
    front = "---\nsubject: A subject\nfrom: A <a@b.example>\ntemplate: letter\n---\n"
    issue = rendered("Text.", front=front, templates=templates)
    assert ">For Ada Reader</p>" in body_of(filled(issue)[1])


def test_an_included_file_is_part_of_the_hash(templates: Path):
    """A changed partial needs a new preflight."""
    _change(templates, "{{ body }}", '{{ body }}{% include "sign.j2" %}')
    (templates / "sign.j2").write_text("one")
    first = rendered("Text.", templates=templates).content_hash
    (templates / "sign.j2").write_text("two")
    assert first != rendered("Text.", templates=templates).content_hash


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{{ body }}", "{{ body }}{% if %}", r"base\.html\.j2:\d+: the layout cannot be rendered"),
        ("{{ body }}", "{{ body }}{{ nothing }}", r"base\.html\.j2:\d+: the layout .*nothing"),
        ("{{ body }}", '{{ body }}{% include "gone.j2" %}', r"gone\.j2:1: the layout"),
        ('class="rule"', '{% if subscriber.a %}class="x"{% endif %}', "inside an HTML tag"),
        ("{{ body }}", '{{ body }}{% include "base.html.j2" %}', "includes or extends itself"),
    ],
)
def test_a_wrong_layout_is_named_with_its_line(templates: Path, old, new, message):
    """The owner learns which file and which line."""
    _change(templates, old, new)
    with pytest.raises(InputError, match=message):
        rendered("Text.", front=BASE, templates=templates)


def test_a_layout_that_is_not_there_is_named(templates: Path):
    """A mistyped one is found on the line that asks for it; one the brand asks for is wrong input."""
    front = "---\nsubject: A\nfrom: A <a@b.example>\ntemplate: bass\n---\n"
    found = [one for one in rendered("Text.", front=front, templates=templates).findings if one.rule == "look"]
    assert [("issue.md:4", True)] == [(one.where, "did you mean base?" in one.message) for one in found]

    brand = templates / "brand.toml"
    brand.write_text(brand.read_text().replace('look = "letter"', 'look = "gone"'))
    with pytest.raises(InputError, match=r"gone\.html\.j2"):
        rendered("Text.", front=FRONT, templates=templates)


def test_a_layout_may_extend_one_that_extends(templates: Path):
    """A look of one's own changes one block of a look that ships, and keeps what was there by super()."""
    (templates / "mine.html.j2").write_text(
        '{% extends "letter.html.j2" %}{% block text %}{{ super() }}<p>P.S. {{ subscriber.name }}</p>{% endblock %}'
        "{% block footer %}<p>Mine.</p>{{ super() }}{% endblock %}"
    )
    (templates / "mine.txt.j2").write_text('{% extends "letter.txt.j2" %}')
    page = filled(rendered("Text.", front=BASE.replace("base", "mine"), templates=templates))[1]
    assert "P.S. Ada Reader</p>" in page
    assert page.index("Text.") < page.index("P.S.") < page.index("Mine.")


def test_super_with_nothing_above_is_named(templates: Path):
    """The owner learns the file and the line."""
    _change(templates, "{{ body }}", "{{ super() }}")
    with pytest.raises(InputError, match=r"base\.html\.j2:\d+: super\(\)"):
        rendered("Text.", front=BASE, templates=templates)


def test_a_mistake_in_a_partial_is_named_with_its_own_file(templates: Path):
    """A line of the partial, not of the layout that includes it."""
    _change(templates, "{{ brand.why }}", "\n\n{{ nothing }}", "parts/footer.html.j2")
    with pytest.raises(InputError, match=r"parts/footer\.html\.j2:4: the layout .*nothing"):
        rendered("Text.", templates=templates)


def test_a_changed_layout_is_read_again(templates: Path):
    """What was compiled before is used only as long as the files say the same."""
    assert "You get this letter" in rendered("Text.", templates=templates).html
    _change(templates, "{{ brand.why }}", "Because.", "parts/footer.html.j2")
    assert "Because." in rendered("Text.", templates=templates).html
    (templates / "parts" / "footer.html.j2").unlink()
    with pytest.raises(InputError, match=r"footer\.html\.j2"):
        rendered("Text.", templates=templates)


def test_a_digest_says_what_everybody_finds_in_it(templates: Path):
    """Sections that only some readers get are not announced to all."""
    body = "## One & two\n\nA.\n\n{% if subscriber.tier == 'paid' %}\n## Paid\n\nB.\n{% endif %}\n\n## Three\n\nC."
    _, page, text = filled(rendered(body, front=BASE.replace("base", "digest"), templates=templates))
    assert "In this issue:\n* One & two\n* Three\n" in text
    assert "One &amp; two<br>Three</p>" in page
