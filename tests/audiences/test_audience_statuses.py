"""What a table says about being mailed is read on the careful side."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from import_world import EXPORTS, NOW

from pressrun.audiences.normalising import normalise, tags_in
from pressrun.audiences.profiles import all_profiles
from pressrun.audiences.recognising import recognise
from pressrun.audiences.statuses import RANKING
from pressrun.audiences.tables import read_table
from pressrun.errors import InputError

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases/import_statuses.yml").read_text("utf-8"))
KNOWN = [case for case in CASES if "refused" not in case]
REFUSED = [case for case in CASES if "refused" in case]
EXPORTED = {
    "mailchimp_subscribed_members_export_15d17415eb.csv": ["active"] * 4,
    "mailchimp_unsubscribed_members_export_15d17415eb.csv": ["unsubscribed"] * 2,
    "mailchimp_cleaned_members_export_15d17415eb.csv": ["bounced"] * 2,
    "substack_subscribers_dashboard_detailed.csv": ["active", "unknown"],
    "ghost_members.2026-08-01.csv": ["active", "active", "active", "unsubscribed", "active"],
    "buttondown_subscribers.csv": ["active", "unsubscribed", "active", "unconfirmed", "bounced", "complained"],
    "kit_confirmed_subscribers.csv": ["active", "active", "bounced", "unsubscribed"],
    "beehiiv_subscribers.csv": ["active", "active", "inactive", "unconfirmed", "unsubscribed", "active"],
    "listmonk_subscribers.csv": ["active", "blocked", "inactive"],
}


def write(folder: Path, case: dict[str, Any]) -> Path:
    """Write a case's table."""
    path = folder / case["file"]
    path.write_text(case["text"], encoding="utf-8")
    return path


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case["name"])
def test_each_documented_table_is_recognised_with_its_statuses(tmp_path: Path, case: dict[str, Any]) -> None:
    """The cases are the documentation."""
    table = normalise(recognise(read_table(write(tmp_path, case))), NOW)

    assert case["source"] == table.recognised.profile.source
    assert case["statuses"] == table.frame["status"].tolist()
    assert case.get("skipped", {}) == table.skipped


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_a_table_that_does_not_say_enough_is_asked_about(tmp_path: Path, case: dict[str, Any]) -> None:
    """Nobody is subscribed by a guess."""
    with pytest.raises(InputError, match=case["refused"]):
        normalise(recognise(read_table(write(tmp_path, case))), NOW)


@pytest.mark.shared
@pytest.mark.skipif(not EXPORTS.exists(), reason="the exports lie beside the project")
@pytest.mark.parametrize("name", EXPORTED)
def test_exports_of_services_have_the_statuses_that_are_documented(name: str) -> None:
    """Also those that have no profile of their own yet."""
    table = normalise(recognise(read_table(EXPORTS / name)), NOW)

    assert EXPORTED[name] == table.frame["status"].tolist()


@pytest.mark.shared
@pytest.mark.skipif(not EXPORTS.exists(), reason="the exports lie beside the project")
def test_mailchimp_rows_come_with_consent_tags_and_names() -> None:
    """Confirmation outranks opt-in, a quoted tag may hold a comma, and bookkeeping is left out."""
    export = EXPORTS / "mailchimp_subscribed_members_export_15d17415eb.csv"
    table = normalise(recognise(read_table(export)), NOW)

    ada, grace = table.frame.iloc[0], table.frame.iloc[1]
    assert ("Ada Müller-Schultheiß", '["Lorem Editors","VIP"]') == (ada["name"], ada["tags"])
    assert "2018-02-05T19:30:01+00:00" == ada["consented_at"].isoformat()
    assert ('["vip, denver"]', 3) == (grace["tags"], grace["line"])
    assert "LEID" in table.left_out


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('"A","B, C"', ["A", "B, C"]),
        ("a;b, c", ["a", "b, c"]),
        ("a,b", ["a", "b"]),
        ('["x", "y"]', ["x", "y"]),
        ("[draft]", ["[draft]"]),
        ('"open', ["open"]),
    ],
)
def test_tags_are_parted_as_services_write_them(cell: str, expected: list[str]) -> None:
    """Quotes outrank semicolons, and semicolons commas."""
    assert expected == list(tags_in(cell))


def test_a_source_nobody_knows_is_refused_with_those_that_are() -> None:
    """The message lists what can be said."""
    with pytest.raises(InputError, match=r"Known: auto, bandcamp, beehiiv, .* tinyletter"):
        recognise(read_table(Path(__file__).parents[2] / "data/sample/subscribers.csv"), "myspace")


@pytest.mark.parametrize("profile", all_profiles().values(), ids=lambda profile: profile.source)
def test_every_profile_speaks_of_statuses_that_exist(profile: Any) -> None:
    """A typing mistake in a profile cannot invent a status."""
    said = [*profile.words.values(), *profile.file_names.values(), *profile.filled_means.values()]
    said += [*profile.yes_means.values(), *profile.no_means.values()]

    assert set() == set(said) - set(RANKING)
