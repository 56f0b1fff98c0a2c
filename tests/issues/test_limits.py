"""What an author writes can hurt nobody: it ends within its limits, elsewhere, and is told by its line."""

import fcntl
import os
import resource
import time
from pathlib import Path

import pytest
from issue_desk import NONCE, READER, filled, rendered

from pressrun.issues import SlotError, SlotRenderer, limits
from pressrun.issues.cage import FAULTS
from pressrun.issues.limits import ChildFaultError, LimitError, Limits, limited
from pressrun.issues.slots import PLAIN
from pressrun.issues.tame import is_tame

_DOUBLING = "{% set ns = namespace(x=NAME) %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}"
_RECURSION = "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}x{% endmacro %}{{ f(40) }}NAME"
_LOOPS = "{% for i in range(99999) %}{% for j in range(99999) %}{% if NAME %}{% endif %}{% endfor %}{% endfor %}"
_REPLACING = "{{ NAME" + " | replace('a', 'aaaaaaaaaa')" * 12 + " }}"
_JOINING = "{{ range(99999) | join(range(9999) | join(NAME)) }}"
_LISTS = "{% set x = NAME %}" + "{% set x = [x, x] | string %}" * 60 + "{{ x }}"
HOSTILE = {"doubling": _DOUBLING, "loops": _LOOPS, "replacing": _REPLACING, "joining": _JOINING, "lists": _LISTS}


@pytest.fixture(autouse=True)
def little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no two seconds for each."""
    monkeypatch.setattr(limits, "USUAL", Limits(cpu_seconds=0.2))


def _seconds_of_this_process() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("name", HOSTILE)
def test_a_greedy_template_for_all_is_a_finding_on_its_line(name: str) -> None:
    """It is ended, our own process neither grows nor spends its time, and the author is told where."""
    before, began = _seconds_of_this_process(), time.monotonic()
    issue = rendered("A line.\n\n" + HOSTILE[name].replace("NAME", "'aaaa'"))

    assert {("template-limit", "issue.md:8", "error")} == {
        (one.rule, one.where, one.severity) for one in issue.findings if one.rule.startswith("template")
    }
    assert _seconds_of_this_process() - before < 2
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("name", HOSTILE)
def test_a_greedy_slot_stops_the_issue(name: str) -> None:
    """What depends on the subscriber is watched as well, in each batch."""
    issue = rendered("A line.\n\n" + HOSTILE[name].replace("NAME", "subscriber.first_name"))

    with pytest.raises(SlotError, match=r"issue\.md:8: .*it takes more than"):
        SlotRenderer(issue.slots, nonce=NONCE).render_many([{**READER, "first_name": "aaaa"}])


@pytest.mark.parametrize(
    "body",
    [
        HOSTILE["loops"].replace("NAME", "subscriber.name"),
        "{% if subscriber.tier == 'paid' %}" + _LOOPS + "{% endif %}",
    ],
    ids=["for everybody", "for those who pay"],
)
def test_a_greedy_slot_is_found_before_there_are_subscribers(body: str) -> None:
    """People are made up who have what the slot asks for; its other slots are not blamed."""
    issue = rendered("{% for t in subscriber.tags %}{{ t }}{% endfor %}\n\n" + body.replace("NAME", "subscriber.x"))

    assert [("template-limit", "issue.md:8")] == [(one.rule, one.where) for one in issue.findings]


def test_what_does_not_fit_people_who_do_not_exist_is_no_finding() -> None:
    """Whether a value fits is found out with real people."""
    body = "{% for x in subscriber.orders %}{{ x.price * 2 + subscriber.bonus }}{% endfor %}"
    assert () == rendered(body).findings


def test_time_that_runs_out_anywhere_is_told_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also between two lines, where the interpreter gives Jinja no number to look up."""
    issue = rendered(HOSTILE["loops"].replace("NAME", "subscriber.first_name"))
    renderer = SlotRenderer(issue.slots, nonce=NONCE)
    for step in range(40):
        monkeypatch.setattr(limits, "USUAL", Limits(cpu_seconds=0.0005 + step / 20_000))
        with pytest.raises(SlotError, match="it takes more than"):
            renderer.render_many([{**READER, "first_name": "aaaa"}])


def test_a_recursion_that_branches_ends() -> None:
    """Forty steps that each take two more are a trillion."""
    issue = rendered(_RECURSION.replace("NAME", ""))
    assert {"template-limit"} == {one.rule for one in issue.findings if one.severity == "error"}


@pytest.mark.parametrize(
    "source",
    [
        "{{ subscriber.name or 'you' }}",
        "{{ subscriber.city | default('town') | upper }}",
        "{% if subscriber.tier == 'paid' %}Thanks{% elif a %}b{% else %}c{% endif %}",
        "{{ subscriber.tags | join(', ') }}",
        "{{ 'Hi ' ~ subscriber.name.strip() ~ '!' }}",
        "{% set x = subscriber.name | title %}{{ x }}",
    ],
)
def test_what_writers_usually_say_is_rendered_where_we_are(source: str) -> None:
    """A million recipients cost no million processes."""
    assert is_tame(PLAIN.parse(source).body)


@pytest.mark.parametrize(
    "source",
    [
        *HOSTILE.values(),
        _RECURSION,
        "{% for t in subscriber.tags %}{{ t }}{% endfor %}",
        "{{ subscriber.tags | join('x' * 99) }}",
        "{{ subscriber.tags | join(subscriber.name) }}",
        "{{ '%s%s' % (subscriber.name, subscriber.name) }}",
        "{{ subscriber.name.replace('a', 'aa') }}",
        "{{ range(9) }}",
        "{% set x = subscriber.name %}" + "{% set x = x ~ x %}" * 11 + "{{ x }}",
        "{% set x %}{{ subscriber.name }}{% endset %}{{ x }}",
        "{% filter upper %}x{% endfilter %}",
        "{{ subscriber.name | wordwrap(1) }}",
    ],
)
def test_what_could_grow_is_watched(source: str) -> None:
    """What is not known to be quick and small is not taken to be."""
    assert not is_tame(PLAIN.parse(source.replace("NAME", "subscriber.name")).body)


def test_a_child_gives_the_same_as_we_would() -> None:
    """Loops, macros and filters come to the same bytes, for each person of a batch."""
    issue = rendered("{% for t in subscriber.tags %}{{ loop.index }}{{ t | replace('a', 'é') }} {% endfor %}")
    assert "1é 2b " in filled(issue)[2].replace("\n", " ")


def test_a_child_holds_no_lock_of_ours(tmp_path: Path) -> None:
    """A copy that lives on a moment longer must not keep a store locked."""
    with (tmp_path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        reading, writing = os.pipe()
        there = limited(lambda: [str(_is_open(file.fileno())), str(_is_open(reading))], FAULTS)
        os.close(reading)
        os.close(writing)

    assert ["False", "False"] == there


def test_a_child_that_vanishes_or_says_too_much_took_more_than_it_may() -> None:
    """However it ends, the parent goes on with an error, and no zombie is left."""
    with pytest.raises(LimitError):
        limited(lambda: [str(os._exit(3))], FAULTS)
    with pytest.raises(LimitError):
        limited(lambda: ["x" * 2_000_000], FAULTS, Limits(output=1_000_000))
    with pytest.raises(LimitError):
        limited(lambda: [str(time.sleep(60))], FAULTS, Limits(patience=0.3))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_fault_of_python_keeps_its_words_to_itself() -> None:
    """Python's own errors quote the value they stumbled over; whoever passes them on is told so."""
    with pytest.raises(ChildFaultError) as caught:
        limited(lambda: [str(int("secret"))], FAULTS)
    assert caught.value.is_python


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
