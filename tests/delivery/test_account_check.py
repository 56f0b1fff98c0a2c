"""Nothing goes out while SendGrid's events could not find us: its webhook is asked, and the last canary."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from delivery_world import MakeWorld
from pydantic import SecretStr
from scripted_server import ScriptedServer, serving
from starlette.applications import Starlette

from pressrun.delivery import account_check
from pressrun.delivery.account_check import NEEDED, WANTED, judge_webhooks, look_at_account
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.ledger import canaries
from pressrun.sandbox.config import SandboxConfig
from pressrun.sandbox.service import build_app
from pressrun.settings import Settings
from pressrun.warehouse import open_lake

GOOD = {
    "enabled": True,
    "url": "https://letters.example/webhooks/sendgrid",
    "public_key": "KEY",
    **dict.fromkeys((*NEEDED, *WANTED), True),
}
_EVENT = (
    "insert into raw_events (event_key, event, attempt_id, raw, load_id, is_machine_open, occurred_at) "
    "values ($attempt, 'processed', $attempt, '{}', 1, false, $at)"
)


def _settings(**more: Any) -> Settings:
    known = {"public_url": "https://letters.example", "SENDGRID_WEBHOOK_PUBLIC_KEY": "OLD, KEY"}
    return Settings(_env_file=None, **{**known, **more})


def _found(*webhooks: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one.severity, one.message) for one in judge_webhooks(webhooks, _settings())]


def test_a_webhook_as_it_should_be_is_no_finding() -> None:
    """Others may be there beside it, on or off."""
    other = {"enabled": True, "url": "https://crm.example/x"}
    assert [] == _found({"enabled": False}, other, GOOD)


def test_one_that_reaches_us_is_enough() -> None:
    """Another program at the same host may have a webhook of its own, signed otherwise or not at all."""
    other = {**GOOD, "url": "https://letters.example/crm", "public_key": ""}
    assert [] == _found(other, GOOD)
    assert [("warning", True)] == [(severity, "open" in said) for severity, said in _found(other, {**GOOD, "open": 0})]


def test_a_key_may_be_broken_into_lines() -> None:
    """The receiver takes it as well, and so it is known."""
    settings = _settings(SENDGRID_WEBHOOK_PUBLIC_KEY="AB CD\nEF,\n,")
    assert ("ABCDEF",) == settings.webhook_public_keys
    assert [] == list(judge_webhooks([{**GOOD, "public_key": "ABC\nDEF\n"}], settings))


def test_a_key_that_was_never_set_is_said_to_be_missing() -> None:
    """It is not one that differs."""
    (found,) = judge_webhooks([GOOD], _settings(SENDGRID_WEBHOOK_PUBLIC_KEY=""))
    assert ("error", True) == (found.severity, "is not set here" in found.message)


@pytest.mark.parametrize(
    ("webhook", "severity", "said"),
    [
        ({**GOOD, "enabled": False}, "error", "switched off"),
        ({**GOOD, "public_key": ""}, "error", "not signed"),
        ({**GOOD, "public_key": None}, "error", "not signed"),
        ({**GOOD, "public_key": "OTHER"}, "error", "not in SENDGRID_WEBHOOK_PUBLIC_KEY"),
        *[({**GOOD, kind: False}, "error", f"leaves out {kind}.") for kind in NEEDED],
        ({name: value for name, value in GOOD.items() if name != "bounce"}, "error", "leaves out bounce."),
        *[({**GOOD, kind: False}, "warning", f"leaves out {kind}.") for kind in WANTED],
        ({**GOOD, "url": "https://crm.example/x"}, "warning", "to crm.example and not to letters.example"),
    ],
)
def test_what_keeps_events_away_is_said(webhook: Mapping[str, Any], severity: str, said: str) -> None:
    """An error where no doubt could be settled, a warning where less is lost."""
    ((found, message),) = _found(webhook)
    assert (severity, True) == (found, said in message)


def test_no_webhook_at_all_is_an_error() -> None:
    """A new account has none."""
    assert [("error", True)] == [(severity, "switched off" in said) for severity, said in _found()]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}", "user.webhooks.event.settings.read"),
        (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "status 503"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "cannot be read"),
        (b"", "RemoteDisconnected"),
    ],
)
def test_who_may_not_know_is_warned_and_goes_on(answer: bytes, said: str) -> None:
    """A key that may only send mail, or an answer that says nothing, stops nobody."""
    with serving(ScriptedServer(answer=answer)) as server:
        listed = SendGridProvider(SecretStr("SG.test"), server.url).webhooks()
    (found,) = judge_webhooks(listed, _settings())
    assert ("webhook", "warning", True) == (found.rule, found.severity, said in found.message)


def test_the_list_is_read_where_sendgrid_gives_it(tmp_path: Path) -> None:
    """The sandbox answers at the same place, and its webhook is as it should be."""
    config = SandboxConfig(port=1, data_dir=tmp_path, webhook_url="https://letters.example/webhooks/sendgrid")
    body = asyncio.run(_asked(build_app(config), "/v3/user/webhooks/event/settings/all"))
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with serving(ScriptedServer(answer=answer)) as server:
        listed = SendGridProvider(SecretStr("SG.test"), server.url).webhooks()
        assert server.requests[0].startswith(b"GET /v3/user/webhooks/event/settings/all ")
    key = orjson.loads(body)["webhooks"][0]["public_key"]
    assert [] == list(judge_webhooks(listed, _settings(SENDGRID_WEBHOOK_PUBLIC_KEY=key)))


async def _asked(app: Starlette, path: str) -> bytes:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as client:
        return (await client.get(path)).content


def test_a_sandbox_on_this_machine_is_not_asked(world_of: MakeWorld) -> None:
    """Nor is anybody without a key; both are said."""
    ledger = world_of().ledger
    here = look_at_account(_settings(SENDGRID_API_KEY="SG.x", SENDGRID_API_HOST="http://127.0.0.1:1"), ledger)
    without = look_at_account(_settings(), ledger)
    assert [(), ()] == [here.findings, without.findings]
    assert ("sandbox" in here.skipped, "SENDGRID_API_KEY" in without.skipped) == (True, True)


@pytest.mark.parametrize(("attempt", "after"), [("bird", 0), ("another", 60)])
def test_a_canary_that_is_not_heard_keeps_the_next_issue_back(
    world_of: MakeWorld, monkeypatch: pytest.MonkeyPatch, now: datetime, attempt: str, after: int
) -> None:
    """One that was never accepted says nothing; one that was must show an event, or something after it."""
    world = world_of(1)
    settings = _settings(SENDGRID_API_KEY="SG.x", home=world.settings.home)
    monkeypatch.setattr(account_check.SendGridProvider, "webhooks", lambda _: [GOOD])
    canaries.begin(world.ledger, "lost", "hello", now)
    assert () == look_at_account(settings, world.ledger).findings

    canaries.begin(world.ledger, "bird", "hello", now)
    canaries.accept(world.ledger, "bird", now + timedelta(seconds=1))
    assert ["canary"] == [one.rule for one in look_at_account(settings, world.ledger).findings]

    with open_lake(settings) as lake:
        lake._db.execute(_EVENT, {"attempt": "other", "at": now - timedelta(hours=1)})
    assert ["canary"] == [one.rule for one in look_at_account(settings, world.ledger).findings]

    with open_lake(settings) as lake:
        lake._db.execute(_EVENT, {"attempt": attempt, "at": now + timedelta(seconds=after)})
    assert () == look_at_account(settings, world.ledger).findings
