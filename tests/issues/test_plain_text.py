"""The text part reads as a person would have written it."""

import pytest
from issue_desk import filled, rendered

CASES = {
    "headings": ("# One\n\n## Two\n\nText.", "One\n===\n\nTwo\n---\n\nText.\n"),
    "links": ("See [the page](https://example.org/a).", "See the page (https://example.org/a)."),
    "bare links": ("<https://example.org/" + "long/" * 12 + "end>", "https://example.org/" + "long/" * 12 + "end\n"),
    "addresses": ("[Write](mailto:a@b.example) us.", "Write (a@b.example) us."),
    "lists": ("- a\n- b\n  1. c\n  2. d\n", "* a\n* b\n  1. c\n  2. d\n"),
    "loose lists": ("- a\n\n  more\n\n- b", "* a\n\n  more\n\n* b\n"),
    "quotes": ("> Said.\n>\n> Again.\n\nText.", "> Said.\n>\n> Again.\n\nText.\n"),
    "code": ("```\nx = 1\n  y\n```", "    x = 1\n      y\n"),
    "breaks": ("One\\\nTwo", "One\nTwo\n"),
    "tables": ("| a | bb |\n|---|---|\n| ccc | d |", "a    bb\n---  --\nccc  d\n"),
    "wide letters": ("| 日本 | b |\n|---|---|\n| x | y |", "日本  b\n----  -\nx     y\n"),
    "notes": ("A claim.[^x]\n\n[^x]: The proof.", "A claim.[1]\n\n* * *\n\n[1] The proof.\n"),
    "images": ("![A press](https://example.org/a.png)", "[A press]\n"),
    "html": ("<div>\n<b>Bold</b> &amp; more\n</div>", "Bold & more\n"),
    "html with links": (
        '<p>See <a href="https://example.org/a">the page</a>.</p>',
        "See the page (https://example.org/a).",
    ),
    "html in a sentence": (
        'See <a href="https://example.org/a">the page</a>.',
        "See the page (https://example.org/a).",
    ),
    "html lists": ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "* a\n\n* b\n"),
    "code in html": ("<pre>\n<code>x = 1\n  y  # &lt;b&gt;</code>\n</pre>", "    x = 1\n      y  # <b>\n"),
    "bare hosts": ("[example.org/a](https://example.org/a/)", "https://example.org/a/\n"),
    "definitions": ("Overs\n: Sheets beyond the order.\n", "Overs\n    Sheets beyond the order.\n"),
    "emoji": ("Done :tada: at 10:30:15 in `:tada:`", "Done 🎉 at 10:30:15 in :tada:\n"),
    "rules": ("a\n\n---\n\nb", "a\n\n* * *\n\nb\n"),
}


@pytest.mark.parametrize(("body", "text"), CASES.values(), ids=CASES.keys())
def test_each_construct_is_written_plainly(body, text):
    """No markup is left, and every address is written out."""
    assert text in filled(rendered(body))[2]


def test_text_is_wrapped_and_addresses_are_not():
    """Lines fit a terminal, and a link still leads where it should."""
    url = "https://example.org/" + "a" * 120
    text = filled(rendered(f"{'word ' * 40}[here it is]({url}) {'word ' * 40}"))[2]
    assert f"({url})" in text
    assert all(len(line) <= 72 or url in line for line in text.split("\n"))


def test_a_wide_table_becomes_a_list():
    """What does not fit side by side is written one below the other."""
    text = filled(rendered(f"| a | b |\n|---|---|\n| {'x' * 50} | {'y' * 50} |"))[2]
    assert f"a: {'x' * 50}\nb: {'y' * 50}\n" in text
