"""An import flags what stands out in addresses, and finds people under other spellings."""

import json
from pathlib import Path

import pytest
from import_world import World, quarantined, sums
from name_server import NameServer

from pressrun.audiences.flagging import resolver_of
from pressrun.errors import InputError
from pressrun.ledger import open_ledger

TABLE = "email\nana@gmial.com\ninfo@example.org\nbo@mailinator.com\nci@nowhere.example\ndee@mail.example\n"


def at(world: World, folder: Path, **settings: object) -> World:
    """Give the world under other settings."""
    changed = world.settings.model_copy(update=settings)
    return World(folder=folder, settings=changed, ledger=open_ledger(changed), readers=world.readers)


def flags(world: World) -> dict[str, int]:
    """Give how many people of the last import have which flag."""
    ((found,),) = world.ask("select counts_by_flag from imports order by imported_at desc, import_id desc limit 1")
    return dict(json.loads(found))


def test_flagged_people_are_taken_and_counted(world: World) -> None:
    """A flag is a hint, not a verdict."""
    summary = world.take(TABLE)

    assert {"inserted": 5} == sums(summary)
    assert {"domain_typo": 1, "role_account": 1, "disposable_domain": 1} == flags(world)


@pytest.mark.prove
def test_flags_that_the_settings_name_go_to_quarantine(world: World, tmp_path: Path) -> None:
    """With the flag as the reason; the others are still taken, and the sums hold."""
    strict = at(world, tmp_path, refuse="domain_typo, disposable_domain")

    summary = strict.take(TABLE)

    assert [(2, "domain_typo"), (4, "disposable_domain")] == quarantined(summary)
    assert ({"inserted": 3, "quarantined": 2}, {"role_account": 1}) == (sums(summary), flags(strict))


def test_a_setting_that_names_no_flag_changes_nothing(world: World, tmp_path: Path) -> None:
    """The message lists the flags."""
    with pytest.raises(InputError, match=r"domain_tpyo.*look_alike, domain_typo"):
        at(world, tmp_path, refuse="domain_tpyo").take(TABLE)


@pytest.mark.prove
def test_the_dns_is_asked_if_so_set_and_answers_are_kept(world: World, tmp_path: Path) -> None:
    """Domains that do not exist are flagged; the made-up server knows one of these."""
    with NameServer() as server:
        asking = at(world, tmp_path, check_mx=True, resolver="{}:{}".format(*server.address))
        asking.take("email\nci@nowhere.example\ndee@mail.example\n")
        asking.take("email\neve@nowhere.example\n")

    assert ({"domain_without_mail": 1}, 1) == (flags(asking), server.asked["nowhere.example"])
    assert (tmp_path / "home/mail_exchange.json").exists()


@pytest.mark.prove
def test_spellings_of_one_mailbox_are_one_person_if_so_set(world: World, tmp_path: Path) -> None:
    """Within a table the first spelling counts; against the lake the one that is known."""
    merging = at(world, tmp_path, gmail_merge=True)
    first = merging.take("email,tags\nA.na@gmail.com,x\nana+b@googlemail.com,y\nana@example.org,\n")
    second = merging.take("email,tags\nanA@gmail.com,z\n")

    assert ({"inserted": 2, "duplicate": 1}, {"updated": 1}) == (sums(first), sums(second))
    found = merging.ask("select email, tags from subscribers where domain = 'gmail.com'")
    assert [("A.na@gmail.com", ["x", "y", "z"])] == found


@pytest.mark.prove
def test_spellings_are_people_of_their_own_otherwise(world: World) -> None:
    """It is a rule of one provider, and the owner's choice."""
    assert {"inserted": 2} == sums(world.take("email\na.na@gmail.com\nana@gmail.com\n"))


def test_nobody_comes_back_under_another_spelling(world: World, tmp_path: Path) -> None:
    """Who left stays gone, and is counted as still suppressed."""
    merging = at(world, tmp_path, gmail_merge=True)
    merging.take("email,status\na.na@gmail.com,unsubscribed\n")

    summary = merging.take("email,status\nana+again@gmail.com,active\n")

    assert ({"unchanged": 1}, 1) == (sums(summary), summary.still_suppressed)
    assert {"a.na@gmail.com": "unsubscribed"} == merging.statuses()


@pytest.mark.prove
def test_two_spellings_that_are_known_already_stay_two_people(world: World, tmp_path: Path) -> None:
    """Setting the rule later rewrites nobody; the freeze mails the mailbox once all the same."""
    world.take("email\na.na@gmail.com\nana@gmail.com\n")

    again = at(world, tmp_path, gmail_merge=True).take("email\na.na@gmail.com\nana@gmail.com\n")

    assert {"unchanged": 2} == sums(again)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("192.0.2.1", ("192.0.2.1", 53)), ("192.0.2.1:5353", ("192.0.2.1", 5353)), ("::1", ("::1", 53))],
)
def test_a_name_server_may_have_a_port(setting: str, expected: tuple[str, int]) -> None:
    """IPv6 has no room for one."""
    assert expected == resolver_of(setting)


@pytest.mark.parametrize("setting", ["dns.example.org", "192.0.2.1:abc", "x"])
def test_what_is_no_name_server_is_told(setting: str) -> None:
    """Names would have to be asked for by another server first."""
    with pytest.raises(InputError, match="PRESSRUN_RESOLVER"):
        resolver_of(setting)
