"""What preflight finds beyond the text: earlier issues, everybody who would get it, the sender's domain, spam."""

import shutil
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dns.message
import dns.rrset
import orjson
import pytest
from sqlalchemy import text

from pressrun import audiences, delivery
from pressrun.checks import Wanted, spam
from pressrun.checks.earlier_issues import judge_audience, judge_repeat
from pressrun.checks.sender_domain import judge_domain
from pressrun.delivery import Reach
from pressrun.delivery.check_page import page_of
from pressrun.issues import limits
from pressrun.issues.rule_book import rules
from pressrun.ledger import Ledger, open_ledger
from pressrun.settings import Settings

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
FRONT = """---
subject: The machine that taught Europe to read
preheader: Why a wine press, a goldsmith and a bad debt gave us the page.
from: The Pressroom <hello@newsletter.example>
---
"""
LOCAL = Reach(wanted=Wanted(), everyone=True)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give stores with three subscribers, of whom one has told a city."""
    folder = tmp_path_factory.mktemp("stores")
    table = folder / "people.csv"
    table.write_text(
        "email,name,status,city\nada@reader.example,Ada A,active,Zürich\n"
        "bo@reader.example,Bo B,active,\ncy@reader.example,Cy C,unsubscribed,\n"
    )
    settings = _settings(folder)
    ledger = open_ledger(settings)
    audiences.import_tables([table], settings, ledger, source="own", dry_run=False, now=NOW)
    ledger.close()
    return settings.home


@pytest.fixture
def home(tmp_path: Path, stores: Path) -> Iterator[tuple[Settings, Ledger]]:
    """Give a copy of the stores, open."""
    settings = _settings(tmp_path)
    shutil.copytree(stores, settings.home)
    ledger = open_ledger(settings)
    yield settings, ledger
    ledger.close()


def _settings(folder: Path, **more: object) -> Settings:
    return Settings(
        home=folder / "home",
        issues=folder,
        templates=ROOT / "templates",
        segments=ROOT / "segments",
        public_url="https://letters.example",
        _env_file=None,
        **more,
    )


def _check(home: tuple[Settings, Ledger], body: str, front: str = FRONT, reach: Reach = LOCAL) -> delivery.Checked:
    settings, ledger = home
    (settings.issues / "hello.md").write_text(front + body)
    return delivery.check(settings, ledger, "hello", NOW, reach_out=reach)


def test_a_clean_issue_has_no_findings(home: tuple[Settings, Ledger]) -> None:
    """Two would get it, and nothing is wrong with it."""
    checked = _check(home, "# Hello\n\nA letter for {{ subscriber.first_name or 'you' }}.")
    assert (True, (), 2) == (checked.ok, checked.rendered.findings, checked.recipients)


def test_a_slot_that_fails_for_anybody_is_found_before_a_send(home: tuple[Settings, Ledger]) -> None:
    """Every slot is rendered for every recipient; the finding names the line, one subscriber and how many."""
    checked = _check(home, "One.\n\nIn {{ subscriber.town }} and {{ subscriber.first_name }}.")
    (found,) = checked.rendered.findings
    assert ("personalisation", "error", "hello.md:8") == (found.rule, found.severity, found.where)
    assert "and 1 more of the first 2 recipients" in found.message
    assert "reader.example" not in found.message


def test_a_slot_that_takes_too_long_is_told_once(
    home: tuple[Settings, Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What made-up people show already is not tried on all readers again."""
    monkeypatch.setattr(limits, "USUAL", limits.Limits(cpu_seconds=0.1))
    greedy = "{% for i in range(99999) %}{% for j in range(99999) %}{{ subscriber.name[9:] }}{% endfor %}{% endfor %}"
    checked = _check(home, greedy)
    assert [("template-limit", "hello.md:6")] == [(one.rule, one.where) for one in checked.rendered.findings]


def test_a_default_is_all_that_is_asked_for(home: tuple[Settings, Ledger]) -> None:
    """A missing attribute with a default is no mistake."""
    assert _check(home, "In {{ subscriber.town | default('your town') }}.").ok


def test_a_segment_that_is_not_there_is_a_finding(home: tuple[Settings, Ledger]) -> None:
    """It is told on its line, not as a crash at the send."""
    checked = _check(home, "Text.", FRONT.replace("---\n", "---\nsegment: nobody-knows\n", 1))
    assert [("segment", "hello.md:2")] == [(one.rule, one.where) for one in checked.rendered.findings]


def test_the_record_keeps_what_was_silenced_and_why(home: tuple[Settings, Ledger]) -> None:
    """A silenced finding stops nothing and is not lost."""
    front = FRONT.replace("---\n", "---\nsilence:\n  left-over: TK is a printer\n", 1)
    checked = _check(home, "Printed by TK.", front)
    with home[1].read() as connection:
        kept, errors = connection.execute(text("select findings, count_errors from preflights")).one()
    assert (True, 0) == (checked.ok, errors)
    assert [("left-over", "TK is a printer")] == [(one["rule"], one["silenced"]) for one in orjson.loads(kept)]


def test_a_real_send_needs_a_link_that_readers_can_use(tmp_path: Path, stores: Path) -> None:
    """With a key of SendGrid and an unsubscribe link to this machine, nothing goes out."""
    settings = _settings(tmp_path, sendgrid_api_key="SG.test").model_copy(
        update={"public_url": "http://127.0.0.1:8000"}
    )
    shutil.copytree(stores, settings.home)
    ledger = open_ledger(settings)
    checked = _check((settings, ledger), "Text.")
    ledger.close()
    assert ["one-click"] == [one.rule for one in checked.rendered.findings]
    assert not checked.ok


def test_the_page_runs_nothing_and_shows_texts_as_texts(home: tuple[Settings, Ledger]) -> None:
    """What an author writes cannot leave its frame."""
    front = FRONT.replace("The machine that taught Europe to read", "'<script>alert(1)</script>'")
    page = page_of(_check(home, 'A "letter" <b>x</b> TK', front), NOW)
    assert ("<script" in page, 'sandbox=""' in page, "left-over" in page) == (False, True, True)


def test_a_subject_that_readers_had_before_is_found() -> None:
    """Signs and capitals make no new subject."""
    earlier = {"one": "News from the press!", "hello": "The press"}
    assert ["subject-repeat"] == [one.rule for one in judge_repeat("two", "NEWS from the Press", earlier, "x.md:2")]
    assert [] == list(judge_repeat("hello", "The press", earlier, "x.md:2"))
    assert [] == list(judge_repeat("two", "News from the other press", earlier, "x.md:2"))


@pytest.mark.parametrize(
    ("recipients", "last", "rules"),
    [
        (0, None, ["audience-empty"]),
        (100, None, []),
        (100, ("one", 110), []),
        (1000, ("one", 1500), ["audience-drift"]),
        (1500, ("one", 1000), ["audience-drift"]),
        (10, ("one", 2), []),
        (1100, ("one", 1000), []),
    ],
)
def test_an_audience_nobody_expects_is_found(recipients: int, last: tuple[str, int] | None, rules: list[str]) -> None:
    """A fifth more or fewer than last time deserves a look; a handful does not."""
    assert rules == [one.rule for one in judge_audience(recipients, last, "x.md:5")]


class _Zone(socketserver.BaseRequestHandler):
    """A DNS server with a few records; what it does not know does not exist."""

    records: dict[tuple[str, str], str] = {}  # noqa: RUF012  # set by the test

    def handle(self) -> None:
        data, connection = self.request
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        question = asked.question[0]
        kind = dns.rdatatype.to_text(question.rdtype)
        name = question.name.to_text().rstrip(".")
        if value := self.records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, value))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        connection.sendto(answer.to_wire(), self.client_address)


READY = {
    ("news.example", "MX"): "10 mx.news.example.",
    ("news.example", "TXT"): '"v=spf1 include:sendgrid.net ~all"',
    ("s1._domainkey.news.example", "TXT"): '"k=rsa; p=MIGf"',
    ("_dmarc.news.example", "TXT"): '"v=DMARC1; p=reject"',
    ("letters.example", "A"): "192.0.2.1",
}


@pytest.fixture
def resolver() -> Iterator[str]:
    """Run the DNS server."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Zone) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        ({}, []),
        ({("news.example", "TXT"): None}, ["domain-spf"]),
        ({("news.example", "TXT"): '"v=spf1 +all"'}, ["domain-spf"]),
        ({("s1._domainkey.news.example", "TXT"): None}, ["domain-dkim"]),
        ({("s1._domainkey.news.example", "TXT"): '"k=rsa; p="'}, ["domain-dkim"]),
        ({("_dmarc.news.example", "TXT"): None}, ["domain-dmarc"]),
        ({("_dmarc.news.example", "TXT"): '"v=DMARC1; rua=mailto:a@news.example"'}, ["domain-dmarc"]),
        ({("news.example", "MX"): None}, ["domain-missing"]),
        ({("letters.example", "A"): None}, ["one-click"]),
    ],
)
def test_what_is_missing_in_dns_is_found(
    resolver: str, monkeypatch: pytest.MonkeyPatch, changed: dict, rules: list[str]
) -> None:
    """Each record that large mailbox providers ask for is looked at by itself."""
    records = {key: value for key, value in (READY | changed).items() if value}
    monkeypatch.setattr(_Zone, "records", records)
    found = judge_domain("hello@news.example", "https://letters.example", "x.md:4", resolver=resolver)
    assert rules == [one.rule for one in found]


def test_without_an_answer_nothing_is_said_of_the_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline is no fault of the domain."""
    monkeypatch.setattr("pressrun.checks.sender_domain._SECONDS", 0.2)
    found = judge_domain("hello@news.example", "https://letters.example", "x.md:4", resolver="127.0.0.1:9")
    assert ["domain-unchecked"] == [one.rule for one in found]


@pytest.mark.skipif(not spam.is_installed(), reason="Debian's spamassassin is not installed")
def test_spamassassin_scores_an_issue(home: tuple[Settings, Ledger]) -> None:
    """A letter of ours scores next to nothing, and the score is part of the answer."""
    checked = _check(
        home, "# Hello\n\nA letter about presses, and how they were built.", reach=Reach(wanted=Wanted(spam=True))
    )
    assert checked.spam is not None
    assert checked.spam < 1


def test_a_program_that_hangs_or_babbles_gives_no_score(tmp_path: Path) -> None:
    """Then preflight says so and goes on."""
    slow, odd = tmp_path / "slow", tmp_path / "odd"
    slow.write_text("#!/bin/sh\nsleep 5\n")
    odd.write_text("#!/bin/sh\necho hello\n")
    for program in (slow, odd):
        program.chmod(0o700)
    assert [None, None] == [spam.score_of(b"x", program=str(one), seconds=0.3) for one in (slow, odd)]
    assert ["spam-unchecked"] == [one.rule for one in spam.judge_score(None)]
    assert ["spam-score"] == [one.rule for one in spam.judge_score(spam.Score(points=7.5, tests=("A", "B")))]


def test_the_document_lists_every_rule_as_the_book_has_it() -> None:
    """docs/preflight.md says of each rule how bad it is, what it means and how to mend it."""
    document = (ROOT / "docs" / "preflight.md").read_text(encoding="utf-8")
    rows = {
        f"| `{name}` | {rule.severity}{' 🔒' if rule.guards else ''} | {rule.means} | {rule.fix} |"
        for name, rule in rules().items()
    }
    plain = document.replace("\\|", "|")
    assert [] == [row for row in rows if row not in plain]
