"""Issues are found by path or slug, and their front matter is read whatever tool it was written for."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pressrun.errors import InputError
from pressrun.issues import issue_files, load
from pressrun.issues.written import parse

HERE = Path("issue.md")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\nTitle: A\nlang: en\n---\nBody", 5),
        ('+++\ntitle = "A"\nlang = "en"\n[extra]\nx = 1\n+++\nBody', 7),
        ("Title: A\nLang: en\n\nBody", 4),
        ("---\r\ntitle: A\r\nlang: en\r\n---\r\nBody".replace("\r\n", "\n"), 5),
    ],
)
def test_front_matter_of_each_kind_is_read(text, line):
    """YAML, TOML and MultiMarkdown say the same."""
    written = parse(text, HERE)
    assert ("A", "en", "Body", line) == (written.text("title"), written.text("lang"), written.body, written.body_line)


@pytest.mark.parametrize(
    "text", ["Body", "Remember: this is a sentence.\nAnd one more.", "Note: x\n\nBody", "# Title\n\nBody"]
)
def test_text_without_front_matter_is_all_body(text):
    """A first sentence with a colon is a sentence."""
    assert (text, 1, {}) == (parse(text, HERE).body, parse(text, HERE).body_line, parse(text, HERE).meta)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("---\ntitle: A\n", r"issue\.md:1: .*never closed"),
        ("---\ntitle: A\nsubject: {{ x }}, hi\n---\n", r"issue\.md:3: .*not YAML.*quotes"),
        ('---\ntitle: "Big" news\n---\n', r"issue\.md:2: .*not YAML.*behind the closing quote"),
        ("---\na: b: c\n---\n", r"issue\.md:2: .*not YAML"),
        ("---\n- a\n- b\n---\n", r"issue\.md:2: .*key: value"),
        ("+++\ntitle = A\n+++\n", r"issue\.md:2: .*not TOML"),
        ("---\ntitle: A\npublish_at: soon\n---\n", r"issue\.md:3: publish_at"),
        ("---\ntitle: A\nlang: en\nTitle: B\n---\n", r"issue\.md:4: .*`Title` stands here a second time"),
        ("Title: A\nLang: en\nTitle: B\n\nBody", r"issue\.md:3: .*`Title` stands here a second time"),
        ("---\na: &x 1\nb: *x\n---\n", r"issue\.md:3: .*write the value out"),
        ("---\nslug: '???'\n---\n", r"issue\.md:1: .*slug"),
        ("---\ntitle: A\npublish_at: 2026-02-30\n---\n", r"issue\.md:3: .*day"),
        ("---\ntitle: A\nweight: " + 5000 * "9" + "\n---\n", r"issue\.md:3: "),
        ("---\nweight: 99999999999999999999\n---\n", r"issue\.md:1: .*too large"),
        ('---\ntitle: "\\ud800"\n---\n', r"issue\.md:1: .*half of a character"),
        ("+++\ntitle = " + 3000 * "[" + 3000 * "]" + "\n+++\n", r"issue\.md:2: .*nested too deeply"),
        ("+++\ntitle = 'A'\ntitle = 'B'\n+++\n", r"issue\.md:3: .*not TOML"),
        ("---\ntitle: A\nlook:\tletter\n---\n", r"issue\.md:3: .*blanks in place of tabs"),
        ("---\ntitle: `A`\n---\n", r"issue\.md:2: .*between quotes"),
        ("---\ntitle: A\n----\nText", r"issue\.md:1: .*never closed"),
        ("\n---\ntitle: A\n---\nText", r"issue\.md:2: front matter begins on the first line"),
        ("---\ntitle: A\n---\n---\nfrom: A <a@b.example>\n---\nText", r"issue\.md:4: front matter begins"),
        ("--\nsubject: A\n--\nText", r"issue\.md:1: front matter begins"),
        ("\u2014\nsubject: A\n\u2014\nText", r"issue\.md:1: front matter begins"),
        ('{"subject": "A"}\n\nText', r"issue\.md:1: front matter begins"),
        ("---\npublish_at: 24.11.2026\n---\n", r"issue\.md:2: publish_at must be a time like"),
        ("---\npublish_at: 2026-11-24 09:00 CET\n---\n", r"issue\.md:2: publish_at must be a time like"),
    ],
)
def test_wrong_front_matter_is_named_with_its_line(text, message):
    """The writer learns the file, the line and what to do."""
    with pytest.raises(InputError, match=message):
        parse(text, HERE)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("2026-11-24T09:00:00Z", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("2026-11-24T10:00:00+01:00", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("2026-11-24 09:00", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_utc(told, meant):
    """A schedule does not depend on the machine it is read on."""
    assert meant == parse(f"---\npublish_at: {told}\n---\n", HERE).publish_at


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Ümläut & Co.md", "umlaut-co"), ("A" * 90 + ".md", "a" * 64), ("2026-05-spring.md", "2026-05-spring")],
)
def test_the_issue_id_is_made_of_plain_letters(name, slug):
    """It goes into paths, addresses and custom arguments."""
    assert slug == parse("x", Path(name)).issue_id


def test_an_issue_is_found_by_path_by_file_name_and_by_slug(tmp_path: Path):
    """All three name the same file."""
    path = tmp_path / "2026-05.md"
    path.write_text("---\nslug: spring\n---\nBody", encoding="utf-8")
    assert {"spring"} == {load(one, tmp_path).issue_id for one in (path, str(path), "2026-05", "spring")}


def test_no_is_a_language_and_true_is_not_a_word():
    """YAML's other words for true and false are words in an issue."""
    written = parse("---\nlang: no\ntrack: true\n---\n", HERE)
    assert ("no", True) == (written.text("lang"), written.meta["track"])


def test_a_text_stays_as_it_was_written():
    """YAML would read a number, a time of day in sixtieths, and a word of Python."""
    written = parse("---\nsubject: 1.10\nnumber: 010\nfrom: 12:30\npreheader: true\n---\n", HERE)
    assert ["1.10", "010", "12:30", "true"] == [written.text(key) for key in ("subject", "number", "from", "preheader")]


def test_an_issue_may_have_a_folder_of_its_own(tmp_path: Path):
    """It is called as the folder is, and found by the folder, by its file and by its slug."""
    path = tmp_path / "2026-05" / "index.md"
    path.parent.mkdir()
    path.write_text("---\nlang: en\n---\nBody", encoding="utf-8")
    found = [load(one, tmp_path) for one in (path, path.parent, "2026-05")]
    assert {("2026-05", path, "2026-05/index.md:4")} == {(one.issue_id, one.path, one.where(0)) for one in found}
    assert [path] == issue_files(tmp_path)


def test_a_slug_of_two_issues_is_not_guessed(tmp_path: Path):
    """Which of them is meant decides who gets what."""
    (tmp_path / "a.md").write_text("---\nslug: spring\n---\nA")
    (tmp_path / "b.md").write_text("---\nslug: spring\n---\nB")
    with pytest.raises(InputError, match=r"Two issues are called spring: .*a\.md and .*b\.md"):
        load("spring", tmp_path)


def test_an_unreadable_issue_does_not_hide_the_others(tmp_path: Path):
    """A draft with a mistake stops nobody but itself."""
    (tmp_path / "a.md").write_text("---\nslug: [\n---\nA")
    (tmp_path / "b.md").write_text("---\nslug: spring\n---\nB")
    assert "B" == load("spring", tmp_path).body


def test_a_folder_without_an_index_is_named(tmp_path: Path):
    """The writer learns what the file in it must be called."""
    with pytest.raises(InputError, match=r"holds no index\.md"):
        load(tmp_path, tmp_path)


@pytest.mark.parametrize("name", ["gone", "gone.md", "../etc/passwd", ""])
def test_an_issue_that_is_not_there_is_wrong_input(tmp_path: Path, name):
    """Nothing outside the folder is looked for by slug."""
    with pytest.raises(InputError):
        load(name, tmp_path)


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path):
    """Broken letters are not guessed at."""
    path = tmp_path / "latin.md"
    path.write_bytes("# A\n\nZürich".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.md:3"):
        load(path, tmp_path)
