"""Whatever is tried out before a send mails nobody of the audience and stores nothing of it."""

from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from sendable import NOW, make_home

from pressrun.delivery import sendgrid_provider
from pressrun.delivery.provider import Answer
from pressrun.errors import InputError, RefusedError
from pressrun.ledger import issues, suppressions
from pressrun.ledger.suppressions import Suppression
from pressrun.operations import trying

PEOPLE = [f"reader{at}@{'gmail.com' if at % 2 else 'gamma.example'}" for at in range(20)]


class _Posted:
    """Take the place of SendGrid, and keep what was posted."""

    def __init__(self, status: int) -> None:
        self.bodies: list[dict] = []
        #: What SendGrid says of its event webhooks.
        self.webhooks: list[dict] | str = "status 403"
        self._status = status

    def post(self, request: bytes, before_first_byte: object) -> Answer:
        self.bodies.append(orjson.loads(request))
        body = b'{"errors": [{"field": null, "message": "bad ann@gamma.example"}]}'
        return Answer(left=True, status=self._status, headers_complete=True, body=body if self._status == 400 else b"")


@pytest.fixture
def home(tmp_path: Path) -> tuple:
    """Give settings and ledger of a home with 20 people."""
    return make_home(tmp_path, PEOPLE, sendgrid_api_key="SG.test", batch_size=5)


def _answering(monkeypatch: pytest.MonkeyPatch, status: int) -> _Posted:
    posted = _Posted(status)
    monkeypatch.setattr(sendgrid_provider.SendGridProvider, "webhooks", lambda _: posted.webhooks)
    monkeypatch.setattr(sendgrid_provider.SendGridProvider, "post", lambda _, *given: posted.post(*given))
    return posted


def test_dry_run_renders_all_and_posts_nothing(home: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sums of a send, without an audience and without a POST."""
    settings, ledger = home
    posted = _answering(monkeypatch, 202)

    found = trying.dry_run(settings, ledger, "hello", segment=None, ask_sendgrid=False, now=NOW)

    assert (20, 20, 4) == (found.candidates, found.recipients, found.batches)
    assert posted.bodies == []
    assert issues.find(ledger, "hello") is None


def test_dry_run_counts_exclusions(home: tuple) -> None:
    """Candidates are recipients and exclusions, here as in a send."""
    settings, ledger = home
    suppressions.add(ledger, [Suppression(address_key=PEOPLE[0], reason="bounced", source="test", suppressed_at=NOW)])

    found = trying.dry_run(settings, ledger, "hello", segment=None, ask_sendgrid=False, now=NOW)

    assert (19, {"bounced": 1}) == (found.recipients, found.excluded)


def test_dry_run_finds_what_would_fail_for_one(home: tuple) -> None:
    """An error for one recipient is found without a send."""
    settings, ledger = home
    (settings.issues / "hello.md").write_text("---\nsubject: Hi\nfrom: A <a@b.example>\n---\n\n{{ subscriber.nope }}\n")

    with pytest.raises(RefusedError, match="nope"):
        trying.dry_run(settings, ledger, "hello", segment=None, ask_sendgrid=False, now=NOW)


def test_an_account_that_posts_no_events_keeps_only_a_rehearsal_back(
    home: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test mail is often the first of all; a rehearsal says what a send would."""
    settings, ledger = home
    posted = _answering(monkeypatch, 202)
    posted.webhooks = []

    assert "accepted" == trying.trial_mails(settings, ledger, "hello", ["owner@example.org"], NOW)[0].state
    assert 20 == trying.dry_run(settings, ledger, "hello", segment=None, ask_sendgrid=False, now=NOW).recipients
    assert trying.timetable(settings, ledger, "hello", segment=None, now=NOW)
    with pytest.raises(RefusedError, match="switched off"):
        trying.dry_run(settings, ledger, "hello", segment=None, ask_sendgrid=True, now=NOW)
    assert 1 == len(posted.bodies)


def test_rehearsal_asks_in_sandbox_mode_only(home: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request says that it is a rehearsal, so SendGrid checks it and mails nobody."""
    settings, ledger = home
    posted = _answering(monkeypatch, 200)

    found = trying.dry_run(settings, ledger, "hello", segment=None, ask_sendgrid=True, now=NOW)

    assert (4, ()) == (found.checked, found.problems)
    assert all(one["mail_settings"]["sandbox_mode"]["enable"] for one in posted.bodies)
    assert 20 == sum(len(one["personalizations"]) for one in posted.bodies)
    assert issues.find(ledger, "hello") is None


def test_rehearsal_shows_what_sendgrid_said_without_addresses(home: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is told in SendGrid's words, its address masked."""
    settings, ledger = home
    _answering(monkeypatch, 400)

    found = trying.dry_run(settings, ledger, "hello", segment=None, ask_sendgrid=True, now=NOW)

    assert len(found.problems) == 4
    assert all("400: bad" in one and "ann@gamma" not in one for one in found.problems)


def test_trial_mail_is_marked_and_personal(home: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subscriber's address shows that subscriber's mail; it belongs to no issue, batch or attempt."""
    settings, ledger = home
    posted = _answering(monkeypatch, 202)

    done = trying.trial_mails(settings, ledger, "hello", [PEOPLE[1], "Owner@Example.org"], NOW)

    assert ["accepted", "accepted"] == [one.state for one in done]
    assert ["[Test] Ann, hello", "[Test] Reader, hello"] == [body["subject"] for body in posted.bodies]
    assert "Ann Reader" in posted.bodies[0]["content"][1]["value"]
    assert all(set(p["custom_args"]) == {"pr_test"} for body in posted.bodies for p in body["personalizations"])
    assert issues.find(ledger, "hello") is None


def test_trial_mail_to_a_suppressed_address_is_refused(home: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody unsubscribed is mailed, not even as a test; the others are not either."""
    settings, ledger = home
    posted = _answering(monkeypatch, 202)
    gone = Suppression(address_key=PEOPLE[0], reason="unsubscribed", source="test", suppressed_at=NOW)
    suppressions.add(ledger, [gone])

    with pytest.raises(RefusedError, match="suppressed"):
        trying.trial_mails(settings, ledger, "hello", [PEOPLE[1], PEOPLE[0]], NOW)
    assert posted.bodies == []


def test_trial_mail_to_no_address_is_wrong_input(home: tuple) -> None:
    """A typing mistake posts nothing."""
    settings, ledger = home

    with pytest.raises(InputError, match="nothing was posted"):
        trying.trial_mails(settings, ledger, "hello", ["nobody"], NOW)


def test_timetable_of_a_pace(tmp_path: Path) -> None:
    """A pace is shown as what goes out when, by provider, before anything does."""
    settings, ledger = make_home(
        tmp_path, PEOPLE, sendgrid_api_key="SG.test", batch_size=5, pace="gmail.com 5/h, 100/h"
    )

    rows = trying.timetable(settings, ledger, "hello", segment=None, now=NOW)

    assert 20 == sum(row["recipients"] for row in rows) == rows[-1]["in_all"]
    assert (NOW, {"others": 10, "gmail.com": 5}) == (rows[0]["from"], rows[0]["by_lane"])
    assert (NOW + timedelta(hours=1), {"gmail.com": 5}) == (rows[1]["from"], rows[1]["by_lane"])
    assert issues.find(ledger, "hello") is None


def test_looking_at_a_plan_begins_no_warm_up(tmp_path: Path) -> None:
    """The ramp begins with the first batch that keeps to it, not with a look at what it would be."""
    settings, ledger = make_home(tmp_path, PEOPLE, sendgrid_api_key="SG.test", batch_size=5, warm_up="5 x 2 for 3 days")
    days = [
        [row["from"].date() for row in trying.timetable(settings, ledger, "hello", segment=None, now=when)]
        for when in (NOW, NOW + timedelta(days=9))
    ]

    assert [[at - days[0][0] for at in days[0]], days[1]] == [
        [at - days[1][0] for at in days[1]],
        [at + timedelta(days=9) for at in days[0]],
    ]
