# ruff: noqa: S608 -- these texts are attacks on purpose
"""A segment is shut in: open tables only, no files, no network, no writes, bounded in time and memory."""

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from import_world import World
from lake_people import put_people

from pressrun.audiences import candidates
from pressrun.audiences.selection import about_segment, every_segment, segment_named
from pressrun.errors import InputError
from pressrun.warehouse.segments import Segment, look_at_segment

SHIPPED = Path(__file__).resolve().parents[2] / "segments"
PEOPLE = {"ana": ["news"], "bo": ["art"], "ci": ["art", "news"]}
SELECT = "select subscriber_id from subscribers"
#: Each text reaches for something that is not open.
ATTEMPTS = [
    "copy subscribers to 'x.csv'",
    "attach 'x.db'",
    "detach lake",
    "install httpfs",
    "load httpfs",
    "pragma database_list",
    "set memory_limit = '10GB'",
    "reset memory_limit",
    "use memory",
    "create table x (a int)",
    "create temp table x as select 1",
    "insert into raw_subscribers select * from raw_subscribers",
    "update raw_subscribers set status = 'active'",
    "delete from subscribers",
    "truncate raw_subscribers",
    "drop view subscribers",
    "alter table suppressions drop column reason",
    "export database 'x'",
    "call ducklake_snapshots('lake')",
    "checkpoint",
    "explain analyze select subscriber_id from subscribers",
    "prepare x as select 1",
    "execute x",
    "vacuum",
    "comment on table suppressions is 'x'",
    "summarize subscribers",
    "pivot subscribers on status using count(*)",
    f"{SELECT}; delete from suppressions",
    "select * from raw_subscribers",
    "select * from suppressions",
    "select * from raw_events",
    "select * from lake.main.raw_subscribers",
    "select * from main.suppressions",
    "select * from information_schema.tables",
    "select * from duckdb_settings()",
    "select * from duckdb_secrets()",
    "select * from pragma_table_info('subscribers')",
    "select * from ducklake_snapshots('lake')",
    "select * from ducklake_table_changes('lake', 'main', 'raw_subscribers', 1, 2)",
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/hostname')",
    "select * from read_blob('data/ledger.sqlite')",
    "select * from read_parquet('data/lake/files/**/*.parquet')",
    "select * from read_json('x.json')",
    "select * from parquet_scan('x.parquet')",
    "select * from parquet_metadata('x.parquet')",
    "select * from sqlite_scan('data/ledger.sqlite', 'suppressions')",
    "select * from postgres_scan('', 'public', 'x')",
    "select * from glob('/**')",
    "select * from sniff_csv('x.csv')",
    "select * from query('select 1')",
    "select * from query_table('raw_subscribers')",
    "select * from json_execute_serialized_sql('{}')",
    "select * from 'x.csv'",
    "select * from '/etc/passwd'",
    "select * from 'https://example.org/x.parquet'",
    "select * from subscribers at (version => 1)",
    "select * from (show tables)",
    "select * from (describe suppressions)",
    "select getenv('HOME') as subscriber_id",
    "select current_setting('allowed_directories') as subscriber_id",
    "select write_log('x') as subscriber_id",
    "select nextval('x') as subscriber_id",
    "select repeat('x', 1000000000) as subscriber_id",
    "select printf('%1000000000d', 1) as subscriber_id",
    "select format('{:>1000000000}', 'x') as subscriber_id",
    "select bitstring('0', 1000000000)::varchar as subscriber_id",
    f"{SELECT} where len(range(1000000000)) > 1",
    f"{SELECT} where subscriber_id in (select subscriber_id from raw_subscribers)",
    f"{SELECT} where exists (select 1 from suppressions as x where x.address_key = subscribers.address_key)",
    f"{SELECT} where email = (select max(content) from read_text('/etc/hostname'))",
    f"{SELECT} union all select content from read_text('/etc/hostname')",
    f"{SELECT} order by (select count(*) from raw_events)",
    "with a as (select * from raw_subscribers) select subscriber_id from a",
    # a name given to one part of a question does not open the table of that name to another part
    "with raw_subscribers as (select * from raw_subscribers) select subscriber_id from raw_subscribers",
    "with recursive suppressions as (select address_key as subscriber_id from suppressions "
    "union all select subscriber_id from suppressions where false) select subscriber_id from suppressions",
    f"{SELECT} where subscriber_id in (with raw_events as (select '1' as n) select n from raw_events) "
    "and subscriber_id in (select recipient_id from raw_events)",
    "from pandas",
    "from settings",
]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give stores with three people, for tests that only ask."""
    made = World.make(tmp_path_factory.mktemp("locked"))
    put_people(made.settings, *({"email": f"{name}@example.org", "tags": tags} for name, tags in PEOPLE.items()))
    yield made
    made.close()


def select(world: World, text: str, reference: str = "mine", **settings: object) -> list[str]:
    """Give the addresses that a segment written for one test selects."""
    (world.settings.segments / "mine.sql").write_text(text)
    changed = world.settings.model_copy(update=settings)
    return [key for piece in candidates(changed, reference) for key in piece["address_key"].to_pylist()]


@pytest.mark.parametrize("text", ATTEMPTS)
def test_what_reaches_beyond_the_open_tables_is_refused_before_it_runs(people: World, text: str) -> None:
    """Both where it would run and where it is only looked at, and nothing has changed after it."""
    (people.settings.segments / "mine.sql").write_text(text)
    before = people.newest_snapshot()

    with pytest.raises(InputError, match=r"(?s)Segment mine (holds|asks for|must be|cannot be run: (Parser|Syntax))"):
        select(people, text)
    with pytest.raises(InputError, match="Segment mine"):
        look_at_segment(Segment(reference="mine", text=text))
    assert before == people.newest_snapshot()


@pytest.mark.parametrize(
    "text",
    [
        "with recursive n as (select 1 as i union all select i + 1 from n where i < 3), "
        "raw_events as (select subscriber_id from subscribers) select subscriber_id from raw_events, n",
        f"{SELECT} where list_contains(list_transform(tags, lambda tag: upper(tag)), 'NEWS') or email in "
        "(select email from (select unnest(['bo@example.org']) as email))",
        "from subscribers select subscriber_id, email where status in (select unnest(['active']))",
        f"{SELECT} where length(email) in (select range from range(100))",
        f"{SELECT} union {SELECT} order by subscriber_id limit 10",
        "select s.subscriber_id from subscribers as s left join subscriber_engagement as e using (subscriber_id) "
        "left join exclusions as x on s.subscriber_id = x.subscriber_id where e.count_opened is null",
    ],
)
def test_everything_that_only_computes_is_welcome(people: World, text: str) -> None:
    """Named parts, recursion, lambdas, unnest and all open tables."""
    assert ["ana@example.org", "bo@example.org", "ci@example.org"] == select(people, text)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("mine(news, x)", ["ana@example.org", "ci@example.org"]),
        ('mine( "art" ,  "a, (b)")', ["bo@example.org", "ci@example.org"]),
        ("mine(' or true --, x)", []),
    ],
)
def test_values_are_data_and_never_part_of_the_question(people: World, reference: str, expected: list[str]) -> None:
    """They stand behind the segment's name, in the order in which the question first reads them."""
    text = f"{SELECT} where list_contains(tags, $tag) and $other <> '' and $tag <> 'none'"

    assert expected == select(people, text, reference)


@pytest.mark.parametrize("reference", ["mine", "mine()", "mine(a)", "mine(a, b, c)"])
def test_a_value_too_few_or_too_many_is_answered_with_what_is_needed(people: World, reference: str) -> None:
    """It never selects nobody in silence."""
    with pytest.raises(InputError, match=r"mine takes 2 value\(s\).* Name it as mine\(tag, other\)"):
        select(people, f"{SELECT} where list_contains(tags, $tag) or email = $other", reference)


@pytest.mark.parametrize("reference", ["mine(a", f"mine({'a' * 60})", "../mine(a)", "(a)"])
def test_a_reference_that_cannot_be_read_is_refused(people: World, reference: str) -> None:
    """The ledger keeps at most 64 characters of it."""
    with pytest.raises(InputError, match=r"cannot be read|There is no segment"):
        select(people, SELECT, reference)


def test_a_segment_that_takes_too_long_is_stopped(people: World) -> None:
    """The connection is interrupted, and the message says what to do."""
    began = time.monotonic()

    with pytest.raises(InputError, match=r"took longer than 1 s.*PRESSRUN_SEGMENT_SECONDS"):
        select(people, f"{SELECT}, range(100000000000) as n where n.range % 7 = length(email)", segment_seconds=1)
    assert time.monotonic() - began < 20


def test_a_segment_that_wants_too_much_memory_is_stopped(people: World) -> None:
    """What cannot be put down on disk is bounded."""
    text = f"{SELECT}, (select list(range::varchar || '{'x' * 200}') as big from range(1000000000)) where len(big) > 1"

    with pytest.raises(InputError, match="needs more than 300MB of memory"):
        select(people, text)


def test_one_value_of_any_size_is_bounded_too(people: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB does not count what one function builds; the kernel does, and the process goes on as before."""
    monkeypatch.setattr("pressrun.warehouse.segments._OF_ALL", 50 << 20)
    long = f"'{'a' * 20_000}'"

    with pytest.raises(InputError, match="needs more than 300MB of memory"):
        select(people, f"select replace({long}, 'a', {long}) as subscriber_id")

    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY
    assert ["ana@example.org", "bo@example.org", "ci@example.org"] == select(people, SELECT)


def test_errors_do_not_quote_peoples_data(people: World) -> None:
    """A failed conversion names the value; the message does not."""
    with pytest.raises(InputError, match="try_cast") as raised:
        select(people, f"{SELECT} where email::integer > 3")

    assert "example.org" not in str(raised.value)


@pytest.mark.parametrize("name", every_segment(SHIPPED))
def test_the_shipped_segments_pass_their_check_and_say_what_they_are(name: str) -> None:
    """Without any lake: over our tables, with nothing in them."""
    (SHIPPED / f"{name}.sql").read_text()
    reference = {"by_tag": "by_tag(longreads)"}.get(name, name)

    question = look_at_segment(segment_named(reference, SHIPPED))

    assert (("tag",) if name == "by_tag" else ()) == question.parameters
    assert about_segment(segment_named(reference, SHIPPED)).startswith("one row per subscriber")


def test_what_nests_too_deeply_to_be_checked_is_refused() -> None:
    """It is told, not shown as a crash."""
    with pytest.raises(InputError, match="too deeply"):
        look_at_segment(Segment(reference="mine", text=f"select {'+'.join('1' * 700)} as subscriber_id"))


@pytest.mark.parametrize(("reference", "told"), [("odd", "UTF-8"), ("folder", "UTF-8"), ("odd(a\nb)", "printable")])
def test_what_cannot_be_read_is_told(tmp_path: Path, reference: str, told: str) -> None:
    """A file in another encoding, a folder, a value over two lines."""
    (tmp_path / "odd.sql").write_bytes(b"\xff\xfe")
    (tmp_path / "folder.sql").mkdir()

    with pytest.raises(InputError, match=told):
        segment_named(reference, tmp_path)
