"""Slots are rendered for many at once; what fails names the person, never the address."""

import time

import pytest
from issue_desk import NONCE, READER, filled, rendered, values_for

from pressrun.issues import SlotError, SlotRenderer, substitution_bytes


def _renderer(body: str) -> SlotRenderer:
    return SlotRenderer(rendered(body).slots, nonce=NONCE)


def test_everyone_gets_their_own_values():
    """One call renders the slots of all, in their order."""
    people = [{**READER, "first_name": name} for name in ("Ada", "Bo", "Cy")]
    assert ["Ada", "Bo", "Cy"] == [
        next(iter(values.values())) for values in _renderer("{{ subscriber.first_name }}").render_many(people)
    ]


def test_nobody_to_render_for_is_no_error():
    """An empty batch has no values."""
    assert [] == _renderer("{{ subscriber.first_name }}").render_many([])


def test_a_missing_attribute_names_subscriber_expression_and_line():
    """The writer learns who, what and where, and the address stays out of it."""
    people = [READER, {"subscriber_id": "s-77", "email": "bo@secret.example", "name": "Bo"}]
    with pytest.raises(SlotError) as caught:
        _renderer("A line.\n\nIn {{ subscriber.city }}.").render_many(people)
    message = str(caught.value)
    assert "issue.md:8: {{ subscriber.city }} cannot be rendered for subscriber s-77" in message
    assert "secret" not in message


def test_a_default_stands_in_for_a_missing_attribute():
    """`default` works as in any Jinja."""
    issue = rendered("Tier {{ subscriber.rank | default('free') }}.")
    assert "Tier free." in filled(issue)[2]


def test_an_attribute_named_like_a_method_is_the_attribute():
    """`subscriber.items` is what the table says, never a method of a dictionary."""
    issue = rendered("You own {{ subscriber.items }} of {{ subscriber['keys'] | default('none') }}.")
    assert "You own 3 of none." in filled(issue, items=3)[2]


def test_an_empty_attribute_prints_nothing():
    """A null of the table is not the word None."""
    assert "City: ." in filled(rendered("City: {{ subscriber.city }}."), city=None)[2]


def test_a_value_that_could_pass_for_a_tag_stops_everything():
    """Subscriber data can never produce a tag."""
    with pytest.raises(SlotError, match=r"subscriber s-1 .* could pass for a tag"):
        _renderer("{{ subscriber.first_name }}").render_many([{**READER, "first_name": f"-{NONCE}001-"}])


@pytest.mark.parametrize(
    "expression", ["'x' * 10**9", "'%0999999999d' % 5", "subscriber.name.center(10**9)", "2 ** 99999"]
)
def test_a_template_cannot_eat_the_memory(expression):
    """What would be huge is refused before it is made."""
    issue = rendered(f"{{{{ {expression} ~ subscriber.name }}}}")
    with pytest.raises(SlotError):
        SlotRenderer(issue.slots, nonce=NONCE).render_many([READER])


@pytest.mark.parametrize(
    "expression",
    [
        "subscriber.__class__.__mro__",
        "subscriber.name.__class__.__base__.__subclasses__()",
        "subscriber | attr('__class__')",
        "''.__class__.mro()[1] ~ subscriber.name",
        "subscriber.name.format.__globals__",
        "subscriber.tags.append('x')",
    ],
)
def test_a_template_cannot_reach_the_interpreter(expression):
    """The cage gives no way to what is behind the values."""
    issue = rendered(f"{{{{ {expression} }}}}")
    with pytest.raises(SlotError):
        SlotRenderer(issue.slots, nonce=NONCE).render_many([READER])


def test_what_substitutions_weigh_is_counted_in_bytes():
    """Tags count, and letters outside ASCII count for what they weigh."""
    assert 21 + 6 == substitution_bytes({f"-{NONCE}001-": "Zürxy"})


def test_the_same_nonce_gives_the_same_bytes():
    """A resumed preparation freezes what the first one froze."""
    first, again = rendered("Hi {{ subscriber.name }}"), rendered("Hi {{ subscriber.name }}")
    assert (first.html, first.text, values_for(first)) == (again.html, again.text, values_for(again))


def test_rendering_keeps_up_with_a_send():
    """20,000 people with three slots take no more than a second or two of one core."""
    renderer = _renderer("{{ subscriber.name }} {{ subscriber.city }} {% if subscriber.tier == 'paid' %}a{% endif %}")
    people = [{**READER, "subscriber_id": f"s-{number}"} for number in range(1000)]
    begun = time.process_time()
    for _ in range(20):
        renderer.render_many(people)
    assert time.process_time() - begun < 4
