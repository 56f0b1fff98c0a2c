"""The validation page in a real browser: readable by everyone, wide and narrow, and it asks nobody for anything."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from import_world import NOW
from playwright.sync_api import Browser, sync_playwright

from pressrun.audiences.contract import Clause
from pressrun.audiences.findings import Example, FileFinding, Findings, Flagged, Reason
from pressrun.audiences.history import Earlier, Replaced
from pressrun.audiences.report import page as page_of
from pressrun.audiences.report import write_report
from pressrun.audiences.rules import REASONS

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
LONG = "a-file-with-a-name-that-somebody-must-have-made-by-machine-" * 3 + ".csv"
SUMS = {"inserted": 900, "updated": 40, "unchanged": 20, "duplicate": 10, "quarantined": 30}
FINDINGS = Findings(
    import_id="20261124T090000-abcdef",
    imported_at=NOW,
    outcome="imported",
    files=(
        FileFinding(
            name=LONG, title="own columns", why="nothing else was found", reading="UTF-8", rows=1_000,
            skipped={"blank rows": 2}, notes=("A note.",), left_out=("ip",),
        ),
    ),
    sums={"read": 1_000, **SUMS},
    still_suppressed=3,
    new_suppressions=4,
    statuses={"active": 800, "unsubscribed": 160},
    people=960,
    consented=700,
    domains=[("gmail.com", 600), ("a-domain-of-great-length.example", 2)],
    reasons=tuple(
        Reason(code=code, meaning=meaning, count=3, examples=(
            Example(file=LONG, line=7, address="a…@e….org", hint="status: “x”"),
        ))
        for code, meaning in REASONS.items()
    ),
    clauses=(
        Clause(title="Every row has an address", expectation="expect_x", kept=True, broken_by=3, mostly=0.5),
        Clause(title="Growth", expectation="y", kept=False, figure="growth", found=25.0, unit="times", warn_above=3,
               at_most=20, why="Too good."),
        Clause(title="New domains", expectation="y", kept=True, figure="d", found=0.6, unit="share", warn_above=0.5,
               at_most=0.98, why="Bought?"),
        Clause(title="Shrinking", expectation="y", kept=True, figure="s", unit="times", warn_above=3, why="Cut."),
    ),
    quarantine="../quarantine/20261124T090000-abcdef.csv",
    seconds=1.5,
    accepted_because="The club <b>merged</b>.",
    flags=(Flagged(code="domain_typo", meaning="Mistyped.", count=4, examples=[("gmial.com → gmail.com?", 4)]),),
    consent=[("≤2017", 200), *((str(year), 50 * (year - 2017)) for year in range(2018, 2027))],
    earlier=(Earlier(file=LONG, sums=SUMS, imported_at=NOW),),
    replaced=Replaced(columns={"status": 4, "name": 36}, statuses=[("active", "unsubscribed", 4)]),
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (320, "dark")])
def test_the_page_is_readable_by_everyone(tmp_path: Path, browser: Browser, width: int, scheme: str) -> None:
    """No serious problem for axe-core, no scrolling sideways, no request, no script."""
    write_report(tmp_path / "report.html", FINDINGS)
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto((tmp_path / "report.html").as_uri())
    found = Axe().run(page).response["violations"]

    assert [] == [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [(tmp_path / "report.html").as_uri()] == asked
    page.close()


def test_it_says_what_was_accepted_flagged_replaced_and_how_to_take_it_back() -> None:
    """What a person decided, and what they may want to undo, is in words."""
    page = page_of(FINDINGS)

    for text in (
        "Taken although it breaks its contract:</b> Growth.",
        "The club &lt;b&gt;merged&lt;/b&gt;.",
        "gmial.com → gmail.com?",
        "pressrun import --undo 20261124T090000-abcdef",
        "<b>25.0 times</b> found · worth a look above 3.0 times · refused above 20.0 times",
        "✗ 1 of 4 are broken.",
        "There is nothing to compare it with yet.",
        "Of 260 people the time is not known.",
    ):
        assert text in page


def test_a_refused_table_offers_no_undo_and_says_what_to_do() -> None:
    """Nothing was changed, so there is nothing to take back."""
    page = page_of(replace(FINDINGS, outcome="refused", accepted_because=None, sums={"read": 1, "not taken": 1}))

    assert "--undo" not in page
    assert "Not taken, because the table breaks its contract" in page
    assert "--accept-anyway" in page
