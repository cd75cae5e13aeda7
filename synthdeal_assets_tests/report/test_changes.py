"""What the report says about the time since the last one."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.figures import changed_figures, compute_figures
from synthdeal_assets.report.pages import ReportFacts, compose
from synthdeal_assets.report.publish import publish
from synthdeal_assets_tests.report.small_warehouse import TODAY, Deal, fill, open_warehouse

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
    return pages.markdown.partition("## What changed since the last report")[2].partition("## What to keep in mind")[0]


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
        "| New | 1 | $100k |",
        "| Moved to a later stage | 1 | $100k |",
        "| Moved back | 0 | $0 |",
        "| Won | 1 | $70k |",
        "| Lost | 0 | $0 |",
        "| Close date moved out | 1 | $100k |",
        "| Open deals | 4 | 4 |",
        "| Amount of all open deals | $370k | $400k |",
    ):
        assert line in changes
    assert "The score of 1 open deal went up, that of 0 went down." in changes
    assert "**Up most:** Moving (from 33 to" in changes


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
