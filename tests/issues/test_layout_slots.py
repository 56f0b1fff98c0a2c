"""Layouts that include and extend are split as issues are: the pieces put in give the whole, byte for byte."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from pressrun.issues import SlotRenderer
from pressrun.issues.cage import cage
from pressrun.issues.layouts import lay_out
from pressrun.issues.slots import SlotDesk, tag_pattern

NONCE = "0123456789abcdef"
FACTS = {"body": "The text.", "brand": {"name": "Press"}}
PIECES = st.lists(
    st.sampled_from(
        [
            "plain ",
            "{{ brand.name }} ",
            "{{ subscriber.name }} ",
            "{{ subscriber.city | default('town') }} ",
            "{% if subscriber.tier == 'paid' %}thanks {{ subscriber.name }}{% else %}free{% endif %} ",
            "{% for tag in subscriber.tags %}{{ loop.index }}{{ tag }} {% endfor %}",
            "{% include 'sign.j2' %} ",
            "{{ body }} ",
        ]
    ),
    max_size=4,
).map("".join)
#: A partial that included itself would never end.
SIGNS = PIECES.map(lambda piece: piece.replace("{% include 'sign.j2' %}", ""))
NAMES = st.text(min_size=1, max_size=8).filter(lambda name: NONCE not in name)
PEOPLE = st.fixed_dictionaries(
    {"subscriber_id": st.just("s"), "name": NAMES, "tier": st.sampled_from(["paid", "free"]), "tags": st.lists(NAMES)},
    optional={"city": NAMES},
)


@settings(max_examples=40, deadline=None)
@given(
    frame=PIECES,
    block=PIECES,
    sign=PIECES.map(lambda piece: piece.replace("include 'sign.j2'", "if 0 %}{% endif")),
    person=PEOPLE,
)
def test_a_layout_put_together_is_the_whole_layout(frame: str, block: str, sign: str, person: dict) -> None:
    """Blocks, includes and what they extend may all speak of the subscriber."""
    with TemporaryDirectory() as folder:
        templates = Path(folder)
        (templates / "frame.txt.j2").write_text(f"{frame}{{% block text %}}x{{% endblock %}}{frame}")
        (templates / "letter.txt.j2").write_text(
            f'{{% extends "frame.txt.j2" %}}{{% block text %}}{block}{{% endblock %}}'
        )
        (templates / "sign.j2").write_text(sign)
        whole = cage(escape=False, templates=templates).get_template("letter.txt.j2").render(subscriber=person, **FACTS)
        desk = SlotDesk(NONCE)
        shared = lay_out(templates, "letter", "text", desk, FACTS).page
    values = SlotRenderer(desk.slots, nonce=NONCE).render_many([person])[0]

    assert whole == tag_pattern(NONCE).sub(lambda found: values[found[0]], shared)
