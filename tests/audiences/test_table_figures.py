"""Figures about a table as a whole are told only where there is enough to compare with."""

import pandas as pd
import pytest

from pressrun.audiences.table_figures import ENOUGH, Known, figures_of, stem_of


def _people(*domains: str) -> pd.DataFrame:
    keys = [f"p{number}@{domain}" for number, domain in enumerate(domains)]
    return pd.DataFrame({"address_key": keys, "domain": domains, "consented_at": pd.Series([None] * len(domains))})


def _figures(people: pd.DataFrame, known: Known, **given: object) -> dict[str, float | None]:
    facts = {"quarantined": 0, "good": len(people), "files": [("own", "members-2026-11-24.csv", len(people))], **given}
    return figures_of(people=people, known=known, **facts)  # type: ignore[arg-type]


def test_rows_and_people_give_shares() -> None:
    """Bad rows of all, repeated rows of the good."""
    found = _figures(_people("a.example", "b.example", "c.example"), Known(), quarantined=2, good=4)

    assert (2 / 6, 1 / 4, 1.0) == (found["share_quarantined"], found["share_repeated"], found["share_undated"])


def test_new_domains_are_told_of_full_tables_only() -> None:
    """Few people tell nothing about where people have their mail."""
    many = _people(*["a.example", "b.example", "c.example", "d.example"] * (ENOUGH // 4))
    known = frozenset({"a.example"})

    assert None is _figures(many, Known(people=ENOUGH - 1, domains=known))["share_new_domains"]
    assert None is _figures(many[:-1], Known(people=ENOUGH, domains=known))["share_new_domains"]
    assert 0.75 == _figures(many, Known(people=ENOUGH, domains=known))["share_new_domains"]


@pytest.mark.parametrize(("before", "growth"), [(ENOUGH - 1, None), (ENOUGH, 2.0), (4 * ENOUGH, 0.5)])
def test_a_file_is_compared_with_its_last_import(before: int, growth: float | None) -> None:
    """The date in its name is no part of which file it is."""
    known = Known(last_rows={("own", stem_of("members-2026-11-23.csv")): before})

    found = _figures(_people(*["a.example"] * 2 * ENOUGH), known)

    assert growth == found["growth"]
    assert (None if growth is None else 1 / growth) == found["shrinking"]


def test_another_file_is_not_compared() -> None:
    """What came under another name is another table."""
    known = Known(last_rows={("own", stem_of("events.csv")): 10 * ENOUGH})

    assert None is _figures(_people(*["a.example"] * ENOUGH), known)["growth"]
