"""The page keeps the rules of a good mail, and the rules find what breaks them."""

import re

import pytest
from issue_desk import FRONT, LINK, NOW, ROOT, filled, rendered, values_for
from lxml import html as lxml_html

from pressrun import issues
from pressrun.issues.html_rules import violations

BODY = (ROOT / "issues" / "welcome.md").read_text(encoding="utf-8").partition("---\n\n")[2]
PAGE = filled(rendered(BODY))[1]
MISTAKES = {
    "document": [('lang="en" dir="ltr" xmlns', "xmlns"), (r"<title>.*?</title>", "<title></title>")],
    "wrapper": [('role="article" ', "")],
    "preheader": [("display: none;", "")],
    "outlook": [("<!--[if mso]></td></tr></table><![endif]-->", ""), ("PixelsPerInch", "Pixels")],
    "links": [('href="https://example.org/press"', 'href="/press"'), ("example.org/press", "example.org/o'press")],
    "tables": [('role="presentation" width="100%"', 'width="100%"'), ('scope="col"', "")],
    "headings": [("h1", "h2"), (r"<h2 [^>]*>To look at</h2>", "<h4>To look at</h4><h2></h2>")],
    "active": [("<h2", '<p onclick="x()">a</p><h2'), ("<h2", "<script>a</script><h2")],
    "styles": [("margin: 0 0 20px", "margin: 0 0 -8px"), ("margin: 0 0 20px", "background: url(a.png)")],
    "dark": [(r"\[data-ogsc\]", "[data-x]")],
    "text": [("font-size: 13px", "font-size: 10px"), ("color: #26221d", "color: #b0a99f")],
    "must-be-there": [('clicktracking="off" ', "")],
    "images": [("<h2", '<img src="https://example.org/a.png" alt="A"><h2')],
}


def test_the_demo_issue_breaks_no_rule():
    """What Pressrun ships keeps every rule, with nothing to warn about."""
    assert (
        ()
        == issues.check(
            issues.load("welcome", ROOT / "issues"),
            issues.load_brand(ROOT / "templates"),
            ROOT / "templates",
            now=NOW,
            nonce="0123456789abcdef",
        ).findings
    )


@pytest.mark.parametrize(("rule", "old", "new"), [(rule, *one) for rule, pairs in MISTAKES.items() for one in pairs])
def test_each_rule_finds_what_breaks_it(rule, old, new):
    """A rule that nothing can break guards nothing."""
    pattern = old if old.startswith(("<title>.", "<h2 [", r"\[")) else re.escape(old)
    broken = re.sub(pattern, lambda _: new, PAGE)
    assert broken != PAGE
    assert f"html-{rule}" in {finding.rule for finding in violations(broken)}


def test_unsubscribing_is_not_tracked_and_in_both_parts():
    """The link is the recipient's own, in HTML and in text."""
    issue = rendered("Text.")
    _, html, text = filled(issue)
    assert (1, 1) == (html.count(f'clicktracking="off" href="{LINK}"'), text.count(f"Unsubscribe: {LINK}"))


def test_the_browser_link_is_there_only_if_there_is_a_page():
    """No link leads nowhere."""
    with_page = rendered("Text.", web_url="https://letters.example/1")
    assert ("letters.example/1" in with_page.html, "browser" in rendered("Text.").html) == (True, False)


@pytest.mark.parametrize(
    ("lang", "direction"), [("ar", "rtl"), ("he-IL", "rtl"), ("fa", "rtl"), ("ja", "ltr"), ("de", "ltr")]
)
def test_the_direction_follows_the_language(lang, direction):
    """lang and dir stand on the page and on the wrapper that webmails keep."""
    page = lxml_html.document_fromstring(
        rendered("Text.", front=FRONT.replace("---\n", f"---\nlang: {lang}\n", 1)).html
    )
    wrapper = page.find(".//div[@role='article']")
    assert [(lang, direction)] * 2 == [(node.get("lang"), node.get("dir")) for node in (page, wrapper)]


def test_a_paragraph_that_runs_the_other_way_says_so():
    """Punctuation stays where it belongs."""
    html = rendered("English first.\n\nنشرة أسبوعية: ثلاثة روابط.").html
    assert '<p dir="rtl" style="margin: 0 0 20px;text-align: right;">' in html


def test_a_list_that_runs_the_other_way_has_its_marks_on_that_side():
    """Tight items have no paragraph of their own that could say it."""
    html = rendered("- one\n- two\n\n---\n\n- واحد\n  - اثنان\n- ثلاثة\n\nEnd.").html
    assert ['<ul style="', '<ul dir="rtl"', '<ul style="'] == re.findall(r'<ul (?:dir="rtl"|style=")', html)
    assert "padding-left: 0;padding-right: 24px;text-align: right;" in html


def test_a_bold_link_alone_becomes_a_button():
    """It is a table cell with a colour of its own, which Outlook shows too."""
    html = rendered("**[Read on](https://example.org/x)**").html
    cell = re.search(r'<td class="button" style="background-color: #[0-9a-f]{6}[^>]*>(.*?)</td>', html)
    assert cell
    assert re.match(r'<strong><a class="button" href="https://example.org/x" style="[^"]*padding: 12px', cell[1])


def test_details_are_opened_and_scripts_are_gone():
    """What mail clients would hide or strip is shown or left out."""
    html = rendered("<details><summary>More</summary>\n\nHidden.\n\n</details>\n\n<script>alert(1)</script>").html
    assert ("Hidden." in html, "<details" in html, "alert" in html) == (True, False, False)


def test_footnotes_are_notes_at_the_end_with_plain_numbers():
    """Links inside a mail lead nowhere on many clients."""
    html = rendered("A claim.[^x]\n\n[^x]: The proof.").html
    assert (">1</sup>" in html, "#fn" in html, html.index("A claim") < html.index("The proof")) == (True, False, True)


def test_a_task_list_shows_its_boxes():
    """Forms are not for mails; signs are."""
    html = rendered("- [x] done\n- [ ] open").html
    assert ("☑ done" in html, "☐ open" in html) == (True, True)


def test_long_words_can_break_and_names_stay_whole():
    """A phone shows no scroll bar, and a slot is never cut."""
    html = filled(rendered("averyveryveryveryveryveryveryverylongword {{ subscriber.name }}"))[1]
    assert ("<wbr>" in html, "Ada Reader" in html) == (True, True)


def test_the_message_has_short_lines_and_the_text_first(tmp_path):
    """Servers break lines over 998 octets, and clients show the last part they can."""
    issue = rendered(f"# A\n\n{'word ' * 600}")
    raw = issues.preview(issue, values_for(issue), tmp_path, to="ada@reader.example", now=NOW)["eml"].read_bytes()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw.index(b"text/plain") < raw.index(b"text/html")
    for header in (b"List-Id: ", b"Date: ", b"Message-ID: ", b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"):
        assert header in raw


def test_a_wide_table_is_read_row_by_row_on_a_phone():
    """Each cell says which column it is of, and only there; a table that fits says nothing."""
    wide = rendered(
        "| Compositor | Workmanship | Distribution |\n|---|---|---|\n| Bartholomew | outstanding | every quarter |"
    ).html
    narrow = rendered("| Hour | Sheets |\n|---|---|\n| 6 | 240 |").html
    assert '<span class="label" style="display: none;mso-hide: all;">Workmanship: </span>outstanding' in wide
    assert ('table class="data wide"' in wide, 'class="label"' in narrow) == (True, False)


def test_languages_without_blanks_are_not_cut_by_us():
    """Browsers break them where their readers would; a break of ours could stand before a full stop."""
    html = rendered("この段落はとても長いのですが途中に余計な切れ目は入りませんので読みやすいでしょう。").html
    assert "<wbr>" not in html


def test_long_words_in_html_of_the_author_break_and_addresses_do_not():
    """Text between tags is shown; what stands in tags is not."""
    address = "https://example.org/" + "a" * 60
    html = rendered(f'<div><a href="{address}">averyveryveryveryveryveryveryveryverylongword</a></div>').html
    assert (f'href="{address}"' in html, "<wbr>" in html) == (True, True)


def test_japanese_and_arabic_have_no_italics():
    """Slanted, their letters are hard to read; weight says the same."""
    for lang in ("ja", "ar"):
        html = rendered("*Text*", front=FRONT.replace("---\n", f"---\nlang: {lang}\n", 1)).html
        assert '<em style="font-style: normal;font-weight: bold;">' in html
    assert "<em>Text" in rendered("*Text*").html
