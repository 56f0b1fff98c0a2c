"""Each mistake is found, once, on its line; and a clean issue has none."""

import re
from pathlib import Path

import pytest
import yaml
from issue_desk import FRONT, ROOT, rendered

from pressrun.issues import RenderedIssue, html_rules
from pressrun.issues.rule_book import rules

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


def test_a_silenced_finding_is_kept_with_its_reason():
    """Whoever reads the record later sees what was found and why it did not matter."""
    front = FRONT.replace("---\n", "---\nsilence:\n  left-over: TK is a printer in Delft\n", 1)
    issue = rendered("Printed by TK.", front=front)

    assert [] == list(issue.findings)
    assert [("left-over", "TK is a printer in Delft")] == [(one.finding.rule, one.reason) for one in issue.silenced]
    assert "TK is a printer in Delft" == issue.silenced[0].as_json()["silenced"]


def test_a_layout_without_the_way_out_cannot_send(templates: Path):
    """Unsubscribe link and postal address must be in both parts, whatever layout is chosen."""
    (templates / "bare.html.j2").write_text((templates / "base.html.j2").read_text())
    (templates / "bare.txt.j2").write_text("{{ body }}")
    issue = rendered("Text.", front=FRONT.replace("---\n", "---\ntemplate: bare\n", 1), templates=templates)

    assert ["address text error", "unsubscribe text error"] == _found(issue)


def test_a_web_version_that_is_not_linked_is_told(templates: Path):
    """Where there is a page, readers should find it."""
    (templates / "base.txt.j2").write_text("{{ body }}{{ unsubscribe_url }} {{ brand.address }}")
    issue = rendered("Text.", templates=templates, web_url="https://letters.example/issues/issue.html")

    assert ["web-version text warning"] == _found(issue)


def test_a_word_longer_than_a_line_of_mail_is_found():
    """Nothing can break it politely."""
    issue = rendered("Text.\n\n[The page](https://example.org/" + "a" * 1000 + ")")

    assert ["line-length 8 warning"] == _found(issue)


def test_a_long_listing_of_long_words_is_no_mistake():
    """Places where a word may break are not nested tags: everything behind them is still looked at."""
    listing = "\n".join("/".join(["a_long_path"] * 8) for _ in range(100))
    assert not [one.message for one in rendered(f"```\n{listing}\n```\n").findings if one.severity == "error"]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (f"{{{{ subscriber.name {'| upper ' * 3000}}}}}", "template"),
        (f"![A press]({'a' * 900}.png)", "image-relative"),
        ("[A page](page)", "link-relative"),
    ],
    ids=["nested", "long name", "no base"],
)
def test_what_python_stumbles_over_is_a_finding(body: str, rule: str):
    """Expressions nested too deeply, names no file can have, and a base that is no address end in no traceback."""
    found = rendered(body, front=FRONT.replace("---\nsubject", "---\nbase_url: 'http://[::1'\nsubject")).findings
    assert rule in {one.rule for one in found}


def test_a_subject_that_is_a_list_is_no_subject():
    """`subject: [Sale] today` is not YAML, and `subject: [Sale]` a list: readers would get its brackets and quotes."""
    found = rendered("Hello", front="---\nsubject: [Sale]\n---\n").findings
    assert ("front-matter", "issue.md:2") in {(one.rule, one.where) for one in found}


def test_a_megabyte_is_no_mail():
    """Gmail clips at a tenth of it; beyond that somebody made a mistake."""
    assert "size html error" in _found(rendered("A press. " * 130_000))


def test_every_rule_that_can_be_found_is_in_the_book():
    """Whoever reads a finding finds its meaning, and nothing in the book is invented."""
    sources = [
        path.read_text()
        for name in ("issues", "checks", "delivery")
        for path in (ROOT / "pressrun" / name).glob("*.py")
    ]
    text = "\n".join(sources)
    found = set(re.findall(r"\b(?:error|warning)\(\s*\"([a-z-]+)\"", text))
    found |= set(re.findall(r"\bwarns_of\(\s*\w+,\s*\"([a-z-]+)\"", text))
    found |= set(re.findall(r"\"(template-limit|personalisation)\"", text)) | {"silence"}
    found |= {f"html-{name}" for name in html_rules.RULES}
    found |= {f"{what}-{name}" for what in ("link", "image") for name in ("empty", "relative", "scheme", "slot")}
    found |= {f"link-{state}" for state in ("dead", "unreachable", "loop", "tls")}

    assert found == set(rules())
