"""Real newsletters, in all their languages and kinds of front matter, become mails that keep the rules."""

import pytest
from issue_desk import NOW, SHARED, TEMPLATES

from pressrun import issues
from pressrun.issues.written import parse

FILES = sorted(path for path in SHARED.rglob("*") if path.suffix in (".md", ".markdown")) if SHARED.exists() else []
pytestmark = [pytest.mark.shared, pytest.mark.skipif(not FILES, reason="the real newsletters are not here")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_real_newsletter_breaks_no_rule_of_ours(path):
    """What is wrong with the author's own content is a finding on its line; the page keeps the rules."""
    written = parse(path.read_text(encoding="utf-8"), path)
    issue = issues.check(written, issues.load_brand(TEMPLATES), TEMPLATES, now=NOW, nonce="0123456789abcdef")
    assert [] == [one for one in issue.findings if one.rule.startswith("html-") and one.rule != "html-unsafe"]
    assert all(one.where.startswith(path.name) for one in issue.findings if one.severity == "error")
    assert len(issue.text) > len(written.body) / 4


def test_links_survive_the_includes_of_another_tool():
    """The 15 absolute reference definitions that stand below a Liquid include still define."""
    path = next(path for path in FILES if path.name.startswith("en_2026-08-21"))
    issue = issues.check(
        issues.load(path, path.parent), issues.load_brand(TEMPLATES), TEMPLATES, now=NOW, nonce="0123456789abcdef"
    )
    assert 15 == issue.html.count('<a href="https://')
