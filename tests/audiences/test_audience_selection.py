"""A segment selects candidates, and everyone else in it has a reason."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from import_world import NOW, World

from pressrun.audiences import candidates, exclusion_reason
from pressrun.audiences.selection import every_segment
from pressrun.errors import InputError
from pressrun.settings import Settings

SHIPPED = Path(__file__).resolve().parents[2] / "segments"
PEOPLE = "email,status,tier\nana@example.org,active,paid\nbo@example.org,unsubscribed,free\nci@example.org,,free\n"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give stores with three people, for tests that only ask."""
    made = World.make(tmp_path_factory.mktemp("people"))
    made.take(PEOPLE)
    yield made
    made.close()


def select(world: World, text: str, size: int = 10_000) -> list[dict[str, object]]:
    """Give the candidates of a segment written for one test."""
    (world.settings.segments / "mine.sql").write_text(text)
    return [row for piece in candidates(world.settings, "mine", size=size) for row in piece.to_pylist()]


def test_candidates_come_whole_in_order_and_each_once(people: World) -> None:
    """They carry all that rendering needs; a segment may name somebody twice."""
    rows = select(
        people, "from subscribers select subscriber_id, email union all from subscribers select subscriber_id, email"
    )

    keys = [str(row["address_key"]) for row in rows]
    assert (3, sorted(keys), {3}) == (len(set(keys)), keys, {row["count_candidates"] for row in rows})
    names = "subscriber_id email address_key domain name status tags attributes count_candidates"
    assert names.split() == list(rows[0])


def test_candidates_come_in_pieces_no_larger_than_asked(world: World) -> None:
    """Memory stays bounded however large the audience is."""
    world.take("email\n" + "".join(f"reader{n}@example.org\n" for n in range(5_000)))
    (world.settings.segments / "mine.sql").write_text("select subscriber_id from subscribers")

    sizes = [piece.num_rows for piece in candidates(world.settings, "mine", size=2_048)]

    assert (5_000, True) == (sum(sizes), max(sizes) <= 2_048)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("select 1; select 2", "must be one SELECT"),
        ("delete from raw_subscribers", "must be one SELECT"),
        ("", "must be one SELECT"),
        ("selec", "syntax error"),
        ("select email from subscribers", "no subscriber_id"),
        ("select subscriber_id from nowhere", "the table nowhere, which no segment may"),
        (
            "select content as subscriber_id from read_text('/etc/hostname')",
            "the function read_text, which no segment may",
        ),
        ("copy (select 1) to 'x.csv'", "must be one SELECT"),
    ],
)
def test_a_segment_is_one_select_over_the_lake_and_nothing_more(people: World, text: str, match: str) -> None:
    """It cannot write, nor read files."""
    with pytest.raises(InputError, match=match):
        select(people, text)


@pytest.mark.parametrize("name", ["nobody", "../mine", "mine.sql", ""])
def test_a_segment_that_does_not_exist_is_answered_with_those_that_do(people: World, name: str) -> None:
    """A name never leads out of the folder."""
    (people.settings.segments / "mine.sql").write_text("select subscriber_id from subscribers")

    with pytest.raises(InputError, match="These exist: mine"):
        list(candidates(people.settings, name))


def test_the_shipped_segments_select(world: World) -> None:
    """Everyone is everyone; new is new; nobody has engaged before the first issue."""
    recent = f"{NOW - timedelta(days=1):%Y-%m-%d}"
    world.take(
        f"email,subscribed_at,tier,tags\nana@example.org,2020-01-01,Paid,\nbo@example.org,{recent},free,news;art\n"
    )
    settings = Settings(home=world.settings.home, segments=SHIPPED, _env_file=None)

    names = [f"{name}(News)" if name == "by_tag" else name for name in every_segment(SHIPPED)]
    counts = {name: sum(piece.num_rows for piece in candidates(settings, name)) for name in names}

    assert counts.pop("new_30_days") <= 1
    expected = {"everyone": 2, "engaged_90_days": 0, "never_clicked": 0, "paid": 1, "by_tag(News)": 1}
    assert expected == counts


@pytest.mark.parametrize(
    ("status", "suppression", "expected"),
    [
        ("active", None, None),
        ("active", "unsubscribed", "unsubscribed"),
        ("unsubscribed", None, "unsubscribed"),
        ("unsubscribed", "complained", "complained"),
        ("bounced", None, "bounced"),
        ("blocked", None, "blocked"),
        ("unconfirmed", None, "unconfirmed"),
        ("inactive", None, "inactive"),
        ("paused", None, "paused"),
        ("something new", None, "status_unknown"),
    ],
)
def test_only_the_active_whose_address_is_free_are_recipients(
    status: str, suppression: str | None, expected: str | None
) -> None:
    """Every other candidate is left out for a reason that can be counted."""
    assert expected == exclusion_reason(status, suppression)
