"""Real newsletters keep their title, language and direction, whatever their front matter is written in."""

import pytest
from issue_desk import NONCE, NOW, SHARED, TEMPLATES
from lxml import html as lxml_html

from pressrun import issues
from pressrun.issues import RenderedIssue
from pressrun.issues.html_rules import violations
from pressrun.issues.written import parse

FOLDER = SHARED / "newsletters"
pytestmark = [pytest.mark.shared, pytest.mark.skipif(not FOLDER.exists(), reason="the real newsletters are not here")]
EDGE = 'Edge: quotes "inside", a colon, an emoji 👩🏽‍💻 and <tags> & ampersands'
TITLES = {
    "newsletters/lwkd/2026-08-02-update.md": "Week Ending August 02, 2026",
    "newsletters/swift-weekly-brief/2016-05-26-issue-24.md": "Issue #24",
    "newsletters/optech-multilang/ja_2024-12-20-newsletter.md": "Bitcoin Optech Newsletter #334: 2024年振り返り特別号",
    "newsletters/rust-blog-rich/project-goals-2025h2.md": "Project goals for 2025H2",
    "newsletters/twir/2013-06-07-this-week-in-rust.markdown": "This Week In Rust 1",
    "newsletters/twir/2026-08-19-this-week-in-rust.md": "This Week in Rust 665",
    "newsletters/rtl-arabic/welcome.md": "مرحبا بك!",
    "edge/edge-sample.md": EDGE,
}
LANGUAGES = {"de_2025-06-06": "de", "en_2026-08-21": "en", "hi_2022-11-02": "hi", "ja_2024": "ja", "zh_2025": "zh"}


def _checked(name: str, front: str = "") -> RenderedIssue:
    path = SHARED / name
    written = parse(front + path.read_text(encoding="utf-8"), path)
    return issues.check(written, issues.load_brand(TEMPLATES), TEMPLATES, now=NOW, nonce=NONCE)


@pytest.mark.parametrize(("name", "title"), TITLES.items(), ids=TITLES.keys())
def test_the_title_is_the_subject(name, title):
    """YAML, TOML, MultiMarkdown, or the first heading where there is none of them."""
    issue = _checked(name)

    assert title == issue.subject
    assert title == lxml_html.document_fromstring(issue.html).findtext(".//title")


@pytest.mark.parametrize(("start", "lang"), LANGUAGES.items())
def test_the_language_of_the_front_matter_stands_on_the_page(start, lang):
    """Screen readers and translators go by it."""
    (path,) = (FOLDER / "optech-multilang").glob(f"{start}*")
    page = lxml_html.document_fromstring(_checked(str(path.relative_to(SHARED))).html)

    assert (lang, "ltr") == (page.get("lang"), page.get("dir"))


@pytest.mark.parametrize("front", ["lang: ar", "lang: ar-EG", "dir: rtl", "lang: en\ndir: rtl"])
def test_arabic_runs_from_right_to_left(front):
    """Told by the language or the direction; the page keeps all rules."""
    issue = _checked("newsletters/rtl-arabic/welcome.md", f"---\n{front}\n---\n")
    page = lxml_html.document_fromstring(issue.html)

    assert ["rtl", "rtl"] == [page.get("dir"), page.find(".//div[@role='article']").get("dir")]
    assert [] == violations(issue.html)


def test_a_whole_newsletter_keeps_its_links():
    """Every absolute link of a long issue is in the HTML and, written out, in the text."""
    path = FOLDER / "twir" / "2026-08-19-this-week-in-rust.md"
    issue = _checked(str(path.relative_to(SHARED)))
    links = lxml_html.document_fromstring(issue.html).xpath("//a[starts-with(@href, 'http')]/@href")

    assert len(links) > 100
    assert [] == [link for link in links if link not in issue.text]
