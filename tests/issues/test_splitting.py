"""The shared part with the slots put in is the whole, byte for byte."""

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError

from pressrun.issues import SlotRenderer
from pressrun.issues.slots import SlotDesk, cage_of, split, tag_pattern

FACTS = {"issue": {"lang": "en", "id": "x"}}
NONCE = "0123456789abcdef"
EXPRESSIONS = st.sampled_from(
    [
        "subscriber.name",
        "subscriber.tier | default('free')",
        "subscriber.city | default('town') | upper",
        "issue.lang",
        "a",
        "b ~ '!'",
        "greet(subscriber.name)",
        "greet('all')",
        "ns.x",
        "subscriber.tags | join(', ')",
        "'{{ x }}'",
        "(subscriber.name or 'you') ~ a",
    ]
)
TESTS = st.sampled_from(
    ["subscriber.tier == 'paid'", "issue.lang == 'en'", "a", "b == 'x'", "subscriber.tags", "not a"]
)
TEXT = st.sampled_from(["word ", "<b>&amp;</b> ", "\n", "-", "“”", "{ x } "])


def _statements(inner):
    block = st.lists(inner, max_size=3).map("".join)
    return st.one_of(
        st.builds(
            "{{% if {} %}}{}{{% elif {} %}}{}{{% else %}}{}{{% endif %}}".format, TESTS, block, TESTS, block, block
        ),
        st.builds("{{% for t in subscriber.tags %}}{}{{{{ t }}}}{{{{ loop.index }}}}{{% endfor %}}".format, block),
        st.builds("{{% for t in [1, 2] %}}{{{{ t }}}}{}{{% endfor %}}".format, block),
        st.builds("{{% with a = {} %}}{}{{% endwith %}}".format, EXPRESSIONS, block),
        st.builds("{{% filter upper %}}{}{{% endfilter %}}".format, block),
        st.builds("{{% set b %}}{}{{% endset %}}".format, block),
    )


PIECES = st.recursive(
    st.one_of(
        TEXT,
        EXPRESSIONS.map("{{{{ {} }}}}".format),
        st.builds("{{% set {} = {} %}}".format, st.sampled_from("ab"), EXPRESSIONS),
        st.builds("{{% set ns.x = {} %}}".format, EXPRESSIONS),
        st.just("{% macro greet(who) %}Hi {{ who }} {{ subscriber.tier }}{% endmacro %}"),
        st.just("{% macro greet(who) %}Hi {{ who }}{% endmacro %}"),
    ),
    _statements,
    max_leaves=12,
)
TEMPLATES = st.builds(
    "{{% set a = 'A' %}}{{% set b = 'x' %}}{{% macro greet(who) %}}Ho {{{{ who }}}}{{% endmacro %}}{}{}".format,
    st.sampled_from(["", "{% set ns = namespace(x=1) %}"]),
    st.lists(PIECES, min_size=1, max_size=6).map("".join),
)
NAMES = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["<script>alert(1)</script>", '" onclick="x', "{{ 7*7 }}", "-name-", "<%x%>", "{% raw %}", "\x1e", "O'Neill"]
)
PEOPLE = st.fixed_dictionaries(
    {
        "subscriber_id": st.just("s-1"),
        "name": NAMES,
        "tier": st.sampled_from(["paid", "free"]),
        "tags": st.lists(NAMES, max_size=3),
    },
    optional={"city": NAMES},
)


def _whole(source, place, person):
    return cage_of(place).from_string(source).render(subscriber=person, **FACTS)


def _put_together(source, place, person):
    desk = SlotDesk(NONCE)
    shared = split(source, place, desk, FACTS, lambda line: (f"x.md:{line}", ""))
    values = SlotRenderer(desk.slots, nonce=NONCE).render_many([person])[0]
    return tag_pattern(NONCE).sub(lambda found: values[found[0]], shared)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(source=TEMPLATES, person=PEOPLE, place=st.sampled_from(["html", "text"]))
def test_slots_put_into_the_shared_part_give_the_whole(source, person, place):
    """Substituting gives the same bytes as rendering the template for that person."""
    try:
        whole = _whole(source, place, person)
    except TemplateError:
        assume(False)
    assert whole == _put_together(source, place, person)


@pytest.mark.parametrize(
    "source",
    [
        "{% set x = subscriber.name %}{% set x = 'b' %}{{ x }}",
        "{% if issue.lang == 'en' %}{% set g = subscriber.name %}{% endif %}{{ g }}, {{ g }}",
        "{% set g = 'Hi' %}{% if subscriber.tags %}{{ g }}{% endif %}",
        "{% set ns = namespace(n=0) %}{% for t in subscriber.tags %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
        "{% macro m(x) %}{{ x }}-{{ subscriber.name }}{% endmacro %}{{ m('a') }}{{ m('b') }}",
        "{% raw %}{{ subscriber.name }}{% endraw %}{{ subscriber.name }}",
    ],
)
def test_assignments_reach_the_slots_that_follow(source):
    """What is set, defined or counted before a slot is known in it."""
    person = {"subscriber_id": "s-1", "name": "Ada", "tags": ["a", "b"]}
    assert _whole(source, "html", person) == _put_together(source, "html", person)


def test_a_branch_that_is_taken_for_nobody_asks_for_nothing():
    """What stands in it need not be there for anybody."""
    desk = SlotDesk(NONCE)
    source = "{% if issue.lang == 'xx' %}{{ subscriber.unheard_of }}{% endif %}{{ subscriber.name }}"
    split(source, "html", desk, FACTS, lambda line: ("x.md:1", ""))
    assert 1 == len(desk.slots)


def test_only_what_depends_on_the_subscriber_becomes_a_slot():
    """A slot is the smallest piece; everything else is rendered once."""
    desk = SlotDesk(NONCE)
    source = "{% if issue.lang == 'en' %}Hello {{ subscriber.name }}{% else %}Hallo {{ subscriber.name }}{% endif %}!"
    shared = split(source, "html", desk, FACTS, lambda line: ("x.md:1", ""))
    assert re.fullmatch(r"Hello -[0-9a-f]{16}001-!", shared)


def test_the_same_piece_has_one_slot():
    """A name that is said twice travels once."""
    desk = SlotDesk(NONCE)
    split("{{ subscriber.name }} and {{ subscriber.name }}", "html", desk, FACTS, lambda line: ("x.md:1", ""))
    assert 1 == len(desk.slots)


def test_tags_have_one_width_and_nothing_a_mail_would_change():
    """No tag begins another, and none holds a sign that HTML, JSON or SendGrid treats in its own way."""
    desk = SlotDesk(NONCE)
    tags = [desk.tag() for _ in range(300)]
    assert ({21}, True) == ({len(tag) for tag in tags}, all(re.fullmatch(r"[-0-9a-f]+", tag) for tag in tags))
