"""Whoever left is put on SendGrid's own list as well, once, where the owner named a group."""

import orjson
from delivery_world import MakeWorld, World
from fake_provider import FakeProvider
from pydantic import SecretStr
from scripted_server import ScriptedServer, serving

from pressrun.delivery.second_line import tell
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.ledger import suppressions
from pressrun.ledger.suppressions import Suppression


def _suppress(world: World, *names: str) -> None:
    rows = [
        Suppression(address_key=f"{name}@example.org", reason="unsubscribed", source="test", suppressed_at=world.now)
        for name in names
    ]
    suppressions.add(world.ledger, rows)


def test_each_address_is_told_once(world_of: MakeWorld) -> None:
    """What SendGrid knows is not told again; what is new is."""
    world = world_of()
    _suppress(world, "ann", "bob")
    assert 2 == tell(world.ledger, world.provider, 7, world.clock())
    _suppress(world, "cid")

    assert 1 == tell(world.ledger, world.provider, 7, world.clock())
    assert sorted(world.provider.suppressed) == [(7, f"{name}@example.org") for name in ("ann", "bob", "cid")]


def test_what_fails_is_tried_again(world_of: MakeWorld) -> None:
    """A refusal loses no address: the next ingest tells it."""
    world = world_of()
    _suppress(world, "ann")
    world.provider.takes_suppressions = False
    assert 0 == tell(world.ledger, world.provider, 7, world.clock())
    world.provider.takes_suppressions = True

    assert 1 == tell(world.ledger, world.provider, 7, world.clock())


def test_a_bad_address_costs_only_itself(world_of: MakeWorld) -> None:
    """One that SendGrid refuses keeps nobody else off its list, and is not tried for ever."""
    world = world_of(provider=FakeProvider(bad={"bad"}))
    _suppress(world, "ann", "bad", "bob", "cid")

    assert 3 == tell(world.ledger, world.provider, 7, world.clock())
    assert 0 == tell(world.ledger, world.provider, 7, world.clock())
    assert {"ann", "bob", "cid"} == {address.partition("@")[0] for _, address in world.provider.suppressed}


def test_it_goes_to_the_group_and_never_to_all_mail() -> None:
    """The address names the group: without one the same call would stop every mail of the account."""
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
    with serving(ScriptedServer(answer=answer)) as server:
        taken = SendGridProvider(SecretStr("SG.test"), server.url).suppress(7, ["ann@example.org"])
        sent = server.requests[0]

    assert taken == 201
    assert sent.startswith(b"POST /v3/asm/groups/7/suppressions ")
    assert {"recipient_emails": ["ann@example.org"]} == orjson.loads(sent.partition(b"\r\n\r\n")[2])


def test_mails_carry_the_group(world_of: MakeWorld) -> None:
    """Only mails of the group are dropped by its list."""
    world = world_of(2)
    bodies: list[bytes] = []
    post = world.provider.post
    world.provider.post = lambda request, before: (bodies.append(request), post(request, before))[1]
    world.group = 7

    world.send()

    assert [{"group_id": 7}] == [orjson.loads(body)["asm"] for body in bodies]
