"""Time the rendering of issues: what all share, and the slots of many recipients, beside a floor of plain formatting.

    python benchmarks/render.py --recipients 1000000

Names and cities differ from person to person; a tier is one of two. The floor fills the same number of values into
the same texts with `str.format`, without escaping, defaults or conditions, on one core like the rest.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pressrun import issues
from pressrun.issues import RenderedIssue, SlotRenderer

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
_NONCE = "0123456789abcdef"
_FRONT = "---\nsubject: A letter\nfrom: A <a@letters.example>\n---\n\n"
_PIECES = (
    "Hello {{ subscriber.first_name or 'dear reader' }}.",
    "{% if subscriber.tier == 'paid' %}Thank you.{% else %}You read the free edition.{% endif %}",
    "From {{ subscriber.city | default('your town') }}.",
    "{{ subscriber.name | upper }}",
    "{{ subscriber.first_name | title }}!",
    "{{ subscriber.city | default('x') | lower }}",
    "{% if subscriber.city is defined %}There{% endif %}",
    "{{ subscriber.tier }}",
    "{{ 'Dear ' ~ subscriber.name }}",
    "{{ subscriber.email }}",
)
_FLOOR = tuple("{first_name} {tier} {city} {name} {first_name} {city} {city} {tier} {name} {email}".split())  # noqa: SIM905
_BATCH = 1_000


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipients", type=int, default=200_000)
    given = parser.parse_args()
    print(f"what all share: {_shared():,.0f} issues/s (issues/welcome.md, with its findings)")
    people = _people(given.recipients)
    print(f"{given.recipients:,} recipients, one core")
    for count in (1, 3, 10):
        _compare(count, people)
    _compare_loop(people)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def _shared(seconds: float = 2.0) -> float:
    brand = issues.load_brand(ROOT / "templates")
    written = issues.load(ROOT / "issues" / "welcome.md", ROOT / "issues")
    issues.check(written, brand, ROOT / "templates", now=NOW, nonce=_NONCE)
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        issues.check(written, brand, ROOT / "templates", now=NOW, nonce=_NONCE)
        done += 1
    return done / (time.perf_counter() - began)


def _rendered(body: str) -> RenderedIssue:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "issue.md"
        path.write_text(_FRONT + body)
        written = issues.load(path, Path(folder))
    return issues.check(written, issues.load_brand(ROOT / "templates"), ROOT / "templates", now=NOW, nonce=_NONCE)


def _people(count: int) -> list[dict[str, object]]:
    return [
        {
            "subscriber_id": f"s{at}",
            "email": f"reader{at}@example.org",
            "name": f"Reader{at} of {at % 977}",
            "first_name": f"Reader{at}",
            "tier": "paid" if at % 4 else "free",
            "city": f"Town {at % 5003}",
            "tags": ["a", "b"],
        }
        for at in range(count)
    ]


def _compare(count: int, people: Sequence[dict[str, object]]) -> None:
    rendered = _rendered("\n\n".join(_PIECES[:count]))
    # HTML and text have their own slots; those that are escaped alike are rendered once
    renderer = SlotRenderer(rendered.slots, nonce=_NONCE)
    seconds = _timed(people, renderer.render_many)
    texts = [_FLOOR[at].format for at in range(count)] * 2
    floor = _timed(people, lambda some: [[text(**person) for text in texts] for person in some])
    print(
        f"  {count:>2} slots  {seconds:6.1f} s  {len(people) / seconds:10,.0f} recipients/s   "
        f"floor {floor:5.1f} s   {seconds / floor:4.1f} times the floor"
    )


def _compare_loop(people: Sequence[dict[str, object]]) -> None:
    some = people[: len(people) // 10]
    rendered = _rendered("{% for tag in subscriber.tags %}{{ tag }} {{ subscriber.name }} {% endfor %}")
    seconds = _timed(some, SlotRenderer(rendered.slots, nonce=_NONCE).render_many)
    print(f"  a loop, in a watched child: {len(some) / seconds:10,.0f} recipients/s ({len(some):,} tried)")


def _timed(people: Sequence[dict[str, object]], work: Callable[[Sequence[dict[str, object]]], object]) -> float:
    began = time.perf_counter()
    for at in range(0, len(people), _BATCH):
        work(people[at : at + _BATCH])
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
