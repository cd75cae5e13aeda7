"""What the report says about the time since the last one."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.bridge import bridge_gaps
from synthdeal_assets.report.checks import pipeline_bridge_adds_up
from synthdeal_assets.report.figures import changed_figures, compute_figures
from synthdeal_assets.report.pages import ReportFacts, compose
from synthdeal_assets.report.publish import publish
from synthdeal_assets.report.tables import FIGURES
from synthdeal_assets.report.wording import FigureBook
from synthdeal_assets.world.plan_tables import QUOTAS
from synthdeal_assets_tests.report.small_warehouse import TODAY, Deal, add, fill, open_warehouse, quota

pytestmark = pytest.mark.slow

DAY = dt.timedelta(days=1)
MONDAY_REPORT = dt.datetime(2026, 11, 20, 3, 0)
TUESDAY_SCORES = dt.datetime(2026, 11, 21, 2, 0)
TUESDAY_REPORT = dt.datetime(2026, 11, 21, 3, 0)

STEADY = Deal("D1", name="Steady")
MOVING = Deal("D2", name="Moving", stage="Qualification", level=1)
WINNING = Deal("D3", name="Winning", amount=70_000)
SLIPPING = Deal("D4", name="Slipping", closes=TODAY + 3 * DAY)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return open_warehouse(tmp_path)


def report(warehouse: Warehouse, name: str, written_at: dt.datetime) -> str:
    """The section on changes of a report that is written and published now."""
    with warehouse.connect() as connection:
        figures = compute_figures(connection, name)
    run = ReportFacts(name, RunFacts(name, written_at, {}))
    pages = compose(figures, run)
    publish(warehouse, warehouse.path.parent, figures, pages, run)
    with warehouse.connect() as connection:
        assert changed_figures(connection, figures) == [], "figures must recompute after the report is stored too"
    return (
        pages.markdown.partition("## What changed")[2].partition("## The deals that need you")[0]
        + pages.markdown.partition("## Changes in detail")[2].partition("\n## ")[0]
    )


def tuesday(warehouse: Warehouse) -> None:
    """The world one day on: a deal won, one moved and rescored, one slipped, one new."""
    fill(
        warehouse,
        [
            STEADY,
            replace(
                MOVING,
                stage="Needs Analysis",
                level=3,
                scored_at=TUESDAY_SCORES,
                earlier_score=(33.3, MONDAY_REPORT - dt.timedelta(hours=1)),
                history=[
                    ("Qualification", MOVING.created, MOVING.closes),
                    ("Needs Analysis", TODAY + DAY, MOVING.closes),
                ],
            ),
            replace(
                WINNING,
                stage="Closed Won",
                closes=TODAY + DAY,
                history=[
                    ("Value Proposition", WINNING.created, WINNING.closes),
                    ("Closed Won", TODAY + DAY, TODAY + DAY),
                ],
            ),
            replace(
                SLIPPING,
                closes=TODAY + 30 * DAY,
                history=[
                    ("Value Proposition", SLIPPING.created, SLIPPING.closes),
                    ("Value Proposition", TODAY + DAY, TODAY + 30 * DAY),
                ],
            ),
            Deal("D5", name="Fresh", created=TODAY + DAY, scored_at=TUESDAY_SCORES),
        ],
        as_of=TODAY + DAY,
    )


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, str]:
    """A home with the reports of Monday and Tuesday, made once, and what Tuesday's says of the changes."""
    warehouse = open_warehouse(tmp_path_factory.mktemp("two_days"))
    fill(warehouse, [STEADY, MOVING, WINNING, SLIPPING])
    report(warehouse, "monday", MONDAY_REPORT)
    tuesday(warehouse)
    return warehouse, report(warehouse, "tuesday", TUESDAY_REPORT)


def test_the_first_report_says_that_it_is_the_first(warehouse: Warehouse) -> None:
    fill(warehouse, [STEADY])
    assert "This is the first report of this world" in report(warehouse, "monday", MONDAY_REPORT)


def test_the_second_report_tells_the_story_of_its_own_day(two_days: tuple[Warehouse, str]) -> None:
    _, changes = two_days
    assert "Compared with the report of 20 November 2026, 1 day earlier." in changes
    for line in (
        "| Then | 4 | $370k |",
        "| + New | 1 | $100k |",
        "| \N{MINUS SIGN} Won | 1 | $70k |",
        "| Now | 4 | $400k |",
        "**Won:** Winning (U1; Closed Won; $70k; 21 November 2026).",
        "| Moved to a later stage | 1 | $100k |",
        "| Close date moved out | 1 | $100k |",
        "| Open deals | 4 | 4 |",
        "| Amount of all open deals | $370k | $400k |",
    ):
        assert line in changes
    for nothing in ("Moved back", "Lost", "Amount raised", " 0 | $0 |"):
        assert nothing not in changes
    assert "The score of 1 open deal went up, that of 0 went down." in changes
    assert "**Up most:** Moving (U1; Needs Analysis; $100k; 4 January 2027) from 33 to" in changes


def changed_amount(deal: Deal, then: float, now: float) -> Deal:
    """The deal with another amount than it had when the last report was written."""
    history = [(deal.stage, deal.created, deal.closes), (deal.stage, TODAY + DAY, deal.closes)]
    return replace(deal, amount=now, amounts=(then, now), history=history)


def test_every_cent_between_two_reports_is_accounted_for(warehouse: Warehouse) -> None:
    kept, up, down = Deal("K"), Deal("U", amount=100_000.10), Deal("D", amount=90_000.90)
    losing = Deal("L", amount=50_000)
    fill(warehouse, [kept, up, down, losing])
    report(warehouse, "monday", MONDAY_REPORT)
    ended = TODAY + DAY
    history = [(losing.stage, losing.created, losing.closes), ("Closed Lost", ended, ended)]
    changed = [
        changed_amount(up, 100_000.10, 120_000.35),
        changed_amount(down, 90_000.90, 80_000.15),
        replace(losing, amount=60_000, amounts=(50_000, 60_000), stage="Closed Lost", closes=ended, history=history),
        Deal("N", created=ended, closes=ended, stage="Closed Won", amount=1_000.01),
    ]
    fill(warehouse, [kept, *changed], as_of=ended)
    with warehouse.connect() as connection:
        figures = compute_figures(connection, "tuesday")
    book = FigureBook(figures)
    expected = {
        "then": 340_001.00,
        "created": 1_000.01,
        "raised": 30_000.25,
        "lowered": 10_000.75,
        "won": 1_000.01,
        "lost": 60_000.00,
        "now": 300_000.50,
    }
    assert {step: book.number(f"bridge.{step}.amount") for step in expected} == expected
    assert bridge_gaps(book) == []
    short = pl.when(pl.col("figure_id") == "bridge.raised.amount").then(pl.col("value") - 0.01).otherwise("value")
    warehouse.replace({FIGURES: figures.with_columns(value=short)})
    found = pipeline_bridge_adds_up(warehouse)
    assert isinstance(found, dg.AssetCheckResult)
    assert not found.passed
    assert "The steps lead to 300,000.49 USD while the open deals are worth 300,000.50 USD." in str(found.description)


def test_a_deal_that_leaves_the_quarter_is_told_and_changes_no_amount(warehouse: Warehouse) -> None:
    leaving = Deal("Q", name="Leaving", closes=dt.date(2026, 12, 20))
    fill(warehouse, [STEADY, leaving])
    report(warehouse, "monday", MONDAY_REPORT)
    later = dt.date(2027, 1, 20)
    history = [(leaving.stage, leaving.created, leaving.closes), (leaving.stage, TODAY + DAY, later)]
    fill(warehouse, [STEADY, replace(leaving, closes=later, history=history)], as_of=TODAY + DAY)
    changes = report(warehouse, "tuesday", TUESDAY_REPORT)
    assert (
        "**Moved out of the quarter (1 deal, $100k):** Leaving (U1; Value Proposition; $100k; 20 January 2027)."
        in changes
    )


def test_the_first_report_of_a_quarter_says_how_the_last_one_ended(warehouse: Warehouse) -> None:
    sold = Deal("W", stage="Closed Won", amount=250_000, closes=dt.date(2026, 12, 30))
    fill(warehouse, [STEADY, sold], as_of=dt.date(2026, 12, 31))
    assert "ended at" not in report(warehouse, "december", dt.datetime(2026, 12, 31, 3, 0))
    deals = [STEADY, sold, Deal("N", name="Fresh", created=dt.date(2027, 1, 3))]
    fill(warehouse, deals, as_of=dt.date(2027, 1, 4))
    # A manager's quota is the sum of those below.
    add(warehouse, QUOTAS, quota("M", 300_000, None), quota("U1", 200_000, "M"), quota("U2", 100_000, "M"))
    changes = report(warehouse, "january", dt.datetime(2027, 1, 4, 3, 0))
    assert "Q4 2026 ended at $250k against a target of $300k." in changes
    fill(warehouse, deals, as_of=dt.date(2027, 4, 1))
    quiet = report(warehouse, "april", dt.datetime(2027, 4, 1, 3, 0))
    assert "Q1 2027 ended at $0." in quiet
    assert "Nothing else: the same 2 deals are open" in quiet


def test_a_quiet_day_is_told_in_a_sentence_and_prints_no_table(warehouse: Warehouse) -> None:
    fill(warehouse, [STEADY])
    report(warehouse, "monday", MONDAY_REPORT)
    fill(warehouse, [STEADY], as_of=TODAY + DAY)
    changes = report(warehouse, "tuesday", TUESDAY_REPORT)
    assert "Nothing: the same 1 deal is open for the same $100k." in changes
    assert "Nothing happened to any deal." in changes
    assert "| 0 |" not in changes


def test_a_second_report_of_the_same_day_says_so_and_keeps_comparing_with_the_day_before(
    two_days: tuple[Warehouse, str], tmp_path: Path
) -> None:
    home = shutil.copytree(two_days[0].path.parent, tmp_path / "third_report")
    again = report(open_warehouse(home), "tuesday-again", TUESDAY_REPORT + dt.timedelta(hours=1))
    assert "The last report told of the same day, 21 November 2026" in again
    assert "0 scores have changed" in again
    assert "| Won | 1 | $70k |" in again


def test_a_report_of_an_earlier_day_than_the_last_does_not_tell_a_story_backwards(warehouse: Warehouse) -> None:
    tuesday(warehouse)
    report(warehouse, "tuesday", TUESDAY_REPORT)
    fill(warehouse, [STEADY, MOVING, WINNING, SLIPPING])
    changes = report(warehouse, "monday", TUESDAY_REPORT + dt.timedelta(hours=1))
    assert "The last report told of 21 November 2026, which is later" in changes
    assert "Compared with" not in changes


def test_another_world_starts_its_own_story(warehouse: Warehouse) -> None:
    fill(warehouse, [STEADY], seed=1)
    report(warehouse, "monday", MONDAY_REPORT)
    fill(warehouse, [STEADY], seed=2, as_of=TODAY + DAY)
    changes = report(warehouse, "tuesday", TUESDAY_REPORT)
    assert "This is the first report of this world" in changes
    assert "1 earlier report tells of another world" in changes


def test_the_same_world_without_planted_instructions_starts_its_own_story(warehouse: Warehouse) -> None:
    fill(warehouse, [STEADY])
    report(warehouse, "monday", MONDAY_REPORT)
    fill(warehouse, [STEADY], as_of=TODAY + DAY)
    with warehouse.connect() as connection:
        connection.execute("UPDATE crm.world SET planted_instructions = false")
    changes = report(warehouse, "tuesday", TUESDAY_REPORT)
    assert "This is the first report of this world" in changes
    assert "1 earlier report tells of another world" in changes
    with warehouse.connect() as connection:
        written = connection.execute("SELECT planted_instructions FROM report.executive_reports ORDER BY created_at")
        assert written.fetchall() == [(True,), (False,)]
