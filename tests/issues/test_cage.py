"""A template can do little, and what goes wrong in it is told by line, never with an address, never as a crash."""

import traceback

import pytest
from issue_desk import NONCE, READER, filled, rendered

from pressrun.issues import SlotError, SlotRenderer
from pressrun.issues.cage import cage


def _fails(expression: str, **person: object) -> str:
    """Render one slot for one reader and give everything that a log would hold of its failure."""
    issue = rendered(f"A line.\n\n{{{{ {expression} }}}}")
    with pytest.raises(SlotError) as caught:
        SlotRenderer(issue.slots, nonce=NONCE).render_many([{**READER, **person}])
    assert "issue.md:8: " in str(caught.value)
    assert "subscriber s-1" in str(caught.value)
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("name", ["cycler", "joiner", "lipsum", "dict", "self", "config", "request"])
def test_names_of_jinja_that_lead_outside_are_not_there(name):
    """`cycler.__init__.__globals__` is where such ways begin."""
    issue = rendered(f"{{{{ {name}.__init__.__globals__ }}}} and {{{{ subscriber.name ~ {name}.__init__ }}}}")

    assert {"liquid"} <= {one.rule for one in issue.findings}
    assert name not in cage(escape=True).globals


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__",
        "range.__class__",
        "namespace.__init__",
        "(1).__class__.__base__",
        "{}.__class__",
        "[].append(1)",
        "{}.update({'a': 1})",
        "('%s' % 1).format.__globals__",
    ],
)
def test_an_escape_that_needs_no_subscriber_is_found_before_sending(expression):
    """Preflight refuses it on its line."""
    issue = rendered(f"A line.\n\n{{{{ {expression} }}}}")

    assert [("template", "issue.md:8", "error")] == [(one.rule, one.where, one.severity) for one in issue.findings]


@pytest.mark.parametrize(
    "body",
    [
        "{{ 1 / 0 }}",
        "{{ 'a' + 1 }}",
        "{{ 'abc' | round }}",
        "{{ 'abc' | truncate(-1) }}",
        "{{ 'abc' | wordwrap(0) }}",
        "{{ 'x'.encode('nope') }}",
        "{{ [1][5] }}",
        "{% for x in 5 %}{% endfor %}",
        "{{ 'a'.upper }}",
        "{{ range }}",
        "{{ range(3) | map('string') }}",
    ],
)
def test_a_mistake_that_python_finds_is_a_finding_and_no_crash(body):
    """Whatever the rendering raises, the author is told where."""
    issue = rendered(f"A line.\n\n{body}")

    assert {("template", "issue.md:8")} == {(one.rule, one.where) for one in issue.findings}


@pytest.mark.parametrize("expression", ["subscriber.name.upper", "subscriber.tags | map('upper')", "subscriber.get"])
def test_what_is_no_text_is_never_mailed(expression):
    """A forgotten () would print where in memory a method is, differently for each mail."""
    assert " at 0x" not in _fails(expression)


def test_lists_and_numbers_are_printed_as_ever():
    """Only methods and half-done filters are refused."""
    text = filled(rendered("{{ subscriber.tags }} {{ 7 }} {{ subscriber.tags | map('upper') | join('+') }}"))[2]

    assert "['a', 'b'] 7 A+B" in text


@pytest.mark.parametrize(
    "expression",
    [
        "subscriber.tags | slice(10**8) | list | length",
        "subscriber.tags | batch(10**8, 'x') | list | length",
        "subscriber.name | indent(width=10**8, first=true)",
        "range(10**8) | list | length ~ subscriber.name",
    ],
)
def test_a_filter_makes_nothing_huge(expression):
    """It is refused before it is made."""
    told = _fails(expression)

    assert "large" in told or "OverflowError" in told


def test_a_bounded_filter_still_filters():
    """Small numbers are what these are for."""
    body = "{% for two in subscriber.tags | batch(2) %}{{ two | join('+') }}{% endfor %} {{ 'a\nb' | indent(2) }}"

    assert "a+b" in filled(rendered(body))[2]


@pytest.mark.parametrize(
    "expression", ["subscriber.email | filesizeformat", "subscriber.email | upper | filesizeformat", "1 / subscriber.x"]
)
def test_a_failure_does_not_quote_the_address(expression):
    """Python quotes the value it stumbled over; a log must not."""
    told = _fails(expression, x=0)

    assert "reader.example" not in told.lower()


def test_a_forged_tag_does_not_quote_the_address():
    """The subscriber's id is enough to find them."""
    assert "reader.example" not in _fails("subscriber.first_name", first_name=f"x{NONCE}y")


@pytest.mark.parametrize("key", ["items", "keys", "values", "get", "pop", "update", "copy"])
def test_every_method_of_a_mapping_can_be_an_attribute(key):
    """Columns of an import may have any name."""
    issue = rendered(f"Own: {{{{ subscriber.{key} }}}}, {{{{ subscriber['{key}'] }}}}.")

    assert "Own: 3, 3." in filled(issue, **{key: 3})[2]
