"""Each mistake is found, once, on its line; and a clean issue has none."""

from pathlib import Path

import pytest
import yaml
from issue_desk import ROOT, rendered

from pressrun.issues import RenderedIssue

CASES = ROOT / "tests" / "cases"
BODIES = yaml.safe_load((CASES / "issue_findings.yml").read_text(encoding="utf-8"))
FRONTS = yaml.safe_load((CASES / "issue_front_matter.yml").read_text(encoding="utf-8"))


def _found(issue: RenderedIssue) -> list[str]:
    return sorted(f"{one.rule} {one.where.removeprefix('issue.md:')} {one.severity}" for one in issue.findings)


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case["body"][:40])
def test_a_mistake_in_the_text_is_found_on_its_line(case):
    """What preflight says about a body is exactly what the table says."""
    assert {"body", "finds"} == set(case)
    assert sorted(case["finds"]) == _found(rendered(case["body"]))


@pytest.mark.parametrize("case", FRONTS, ids=lambda case: case["front"][-50:])
def test_a_mistake_in_the_front_matter_is_found_on_its_line(case):
    """What preflight says about front matter is exactly what the table says."""
    assert {"front", "finds"} == set(case)
    assert sorted(case["finds"]) == _found(rendered("Text.", front=f"---\n{case['front']}\n---\n"))


def test_relative_addresses_are_resolved_against_base_url():
    """With base_url an issue written for a site is right in a mail."""
    front = "---\nsubject: A\nfrom: A <a@b.example>\nbase_url: https://example.org/blog/\n---\n"
    issue = rendered("[About](../about) ![A press](press.png)", front=front)
    assert ('href="https://example.org/about"' in issue.html, True) == (
        True,
        'src="https://example.org/blog/press.png"' in issue.html,
    )


def test_links_count_towards_the_size_only_when_they_are_tracked():
    """Click tracking adds hundreds of octets to each link, and Gmail counts them."""
    body = "".join(f"- [Number {number}](https://example.org/{number})\n" for number in range(200))
    quiet = "---\nsubject: A\nfrom: A <a@b.example>\ntrack: false\n---\n"
    assert ["size html warning"] == [one for one in _found(rendered(body)) if "size" in one]
    assert [] == [one for one in _found(rendered(body, front=quiet)) if "size" in one]


def test_a_brand_without_an_address_cannot_send(templates: Path):
    """The law asks for a postal address; preflight does too."""
    brand = templates / "brand.toml"
    brand.write_text(brand.read_text().replace("7 Composing Lane, Anytown 12345", ""))
    assert ["address brand.toml error"] == _found(rendered("Text.", templates=templates))


def test_a_finding_is_written_as_others_read_it():
    """The JSON shape is part of the public surface."""
    finding = rendered("[The page](/about)").findings[0].as_json()
    assert ["fix", "message", "rule", "severity", "where"] == sorted(finding)
    assert finding["fix"]


def test_the_hash_changes_with_all_that_decides_the_mail_and_with_nothing_else(templates: Path):
    """Preflight is bound to the content: text, layout, brand; not to the nonce or the hour."""
    first = rendered("Text.", templates=templates).content_hash
    assert first == rendered("Text.", templates=templates).content_hash
    changed = {first, rendered("Text!", templates=templates).content_hash}
    for name in ("base.txt.j2", "base.html.j2", "brand.toml"):
        path = templates / name
        path.write_text(path.read_text().replace("Unsubscribe", "Leave").replace("this letter", "it") + "\n# \n")
        changed.add(rendered("Text.", templates=templates).content_hash)
    assert 5 == len(changed)
