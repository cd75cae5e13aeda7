"""What the figures say about a few deals, and that each is what its query gives."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame
from synthdeal_assets.report.figures import changed_figures, compute_figures
from synthdeal_assets.report.wording import FigureBook
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.report.small_warehouse import TODAY, Deal, fill, open_warehouse

pytestmark = pytest.mark.slow

LATE = "Negotiation/Review"
GOOD = Deal("D1", stage="Qualification", amount=100_000, level=2, win_probability=0.5)
RISKY = Deal("D2", stage=LATE, amount=400_000, levels={"champion": 0}, level=1, win_probability=0.25)
SOUND = Deal("S", stage="Perception Analysis", level=3, win_probability=0.8)


def figured(warehouse: Warehouse) -> FigureBook:
    return FigureBook(figure_rows(warehouse))


def figure_rows(warehouse: Warehouse) -> pl.DataFrame:
    with warehouse.connect() as connection:
        return compute_figures(connection, "report-1")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return open_warehouse(tmp_path)


@pytest.fixture(scope="module")
def good_and_risky(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, pl.DataFrame]:
    """A warehouse of two deals and its figures, made once: what a test changes it rolls back."""
    warehouse = open_warehouse(tmp_path_factory.mktemp("good_and_risky"))
    fill(warehouse, [GOOD, RISKY])
    return warehouse, figure_rows(warehouse)


def test_the_two_forecasts_weigh_the_same_deals_by_stage_and_by_score(
    good_and_risky: tuple[Warehouse, pl.DataFrame],
) -> None:
    book = FigureBook(good_and_risky[1])
    assert book.number("pipeline.amount") == 500_000
    assert book.number("pipeline.weighted") == 100_000 * 0.10 + 400_000 * 0.90
    assert book.number("pipeline.adjusted") == 100_000 * 0.5 + 400_000 * 0.25
    assert book.number("forecast.stage.negotiation_review.weighted") == 360_000


def test_a_deal_without_a_score_is_counted_and_stays_out_of_the_comparison(warehouse: Warehouse) -> None:
    fill(warehouse, [GOOD, RISKY, Deal("D3", amount=50_000, scored=False, failed=True)])
    book = figured(warehouse)
    assert book.number("pipeline.not_scored") == 1
    assert book.number("pipeline.without_score") == 1
    assert book.number("pipeline.weighted") == 370_000 + 25_000
    assert book.number("pending.failed") == 1


def test_a_changed_deal_that_keeps_its_old_score_counts_as_not_scored(warehouse: Warehouse) -> None:
    fill(warehouse, [GOOD, Deal("D3", stale=True)])
    book = figured(warehouse)
    assert book.number("pipeline.not_scored") == 1
    assert book.number("pipeline.outdated_score") == 1
    assert book.number("pipeline.without_score") == 0


def test_a_deal_is_overdue_the_day_after_its_close_date_and_not_on_it(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D1", closes=TODAY), Deal("D2", closes=TODAY - dt.timedelta(days=1))])
    book = figured(warehouse)
    assert book.number("recommendation.overdue.deals") == 1
    assert book["recommendation.overdue.1.deal"].word == "D2"
    reasons = {book[f"need_you.{place}.deal"].word: book[f"need_you.{place}.reason"].word for place in (1, 2)}
    assert reasons == {"D1": "early", "D2": "overdue"}


def test_the_deals_that_need_you_are_ordered_by_the_money_that_is_counted_on(warehouse: Warehouse) -> None:
    overdue = [
        Deal("D1", stage="Prospecting", amount=900_000, closes=TODAY - dt.timedelta(days=1)),
        Deal("D2", stage=LATE, amount=400_000, closes=TODAY - dt.timedelta(days=1)),
    ]
    unsuspected = Deal("D3", stage=LATE, amount=5_000_000, win_probability=0.95)
    fill(warehouse, [*overdue, unsuspected])
    book = figured(warehouse)
    assert [book[f"need_you.{place}.deal"].word for place in (1, 2, 3)] == ["D2", "D1", "D3"]
    assert [book[f"need_you.{place}.reason"].word for place in (1, 2, 3)] == ["overdue", "overdue", "large"]
    assert book.number("need_you.1.counted") == 360_000


def test_the_next_question_is_that_of_the_least_known_and_heaviest_element(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D1", levels={"paper_process": 0, "champion": 0, "metrics": 1}, level=3)])
    with warehouse.connect() as connection:
        connection.execute("UPDATE scoring.score_elements SET question = 'About ' || element")
        book = FigureBook(compute_figures(connection, "report-1"))
    assert book["need_you.1.question"].word == "About champion"
    assert "top_deals.1.question" not in book


def test_the_bands_hold_every_scored_open_deal_once(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal(f"D{level}", level=level) for level in range(4)] + [Deal("D9", levels={"need": 4}, level=4)])
    book = figured(warehouse)
    assert sum(book.number(f"scores.band.{low}.deals") for low in (0, 20, 40, 60, 80)) == 5
    assert book.number("scores.band.80.deals") >= 1


def test_every_figure_is_what_its_query_gives_when_pasted_into_duckdb(warehouse: Warehouse) -> None:
    fill(warehouse, [GOOD, RISKY, Deal("D3", stage="Closed Won"), Deal("D4", scored=False)])
    rows = figure_rows(warehouse)
    assert rows["figure_id"].is_unique().all()
    with warehouse.connect() as connection:
        for sql, value, word in rows.select("sql", "value", "text_value").iter_rows():
            answer = query_frame(connection, sql)
            assert answer.width == 1
            given = answer.item() if answer.height else None
            assert (str(given) if word is not None else given) == (word if word is not None else value)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE crm.opportunities SET amount = amount + 1 WHERE opportunity_id = 'D2'",
        "UPDATE scoring.opportunity_scores SET win_probability = 0.9 WHERE opportunity_id = 'D2'",
        "UPDATE crm.world SET as_of = as_of + 60",
    ],
)
def test_figures_no_longer_recompute_when_what_they_rest_on_has_changed(
    good_and_risky: tuple[Warehouse, pl.DataFrame], tampering: str
) -> None:
    warehouse, rows = good_and_risky
    with warehouse.connect() as connection:
        connection.begin()
        connection.execute(tampering)
        assert changed_figures(connection, rows)
        connection.rollback()


def test_a_figure_whose_stored_value_was_tampered_with_is_found(
    good_and_risky: tuple[Warehouse, pl.DataFrame],
) -> None:
    warehouse, rows = good_and_risky
    value = pl.when(pl.col("figure_id") == "pipeline.amount").then(1.0).otherwise("value").alias("value")
    word = (
        pl.when(pl.col("figure_id") == "top_deals.1.name").then(pl.lit("X")).otherwise("text_value").alias("text_value")
    )
    with warehouse.connect() as connection:
        assert changed_figures(connection, rows.with_columns(value, word)) == ["pipeline.amount", "top_deals.1.name"]


def test_nothing_scored_is_refused_in_one_sentence(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D1", scored=False)])
    with failing_with("report.no-scores"):
        figure_rows(warehouse)


def test_secrets_in_the_crm_do_not_reach_a_figure(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D1", name="Renewal sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD")])
    rows = figure_rows(warehouse)
    assert "abcdefghijklmnopqrstuvwxyz0123456789" not in "".join(rows["text_value"].drop_nulls())
    with warehouse.connect() as connection:
        assert changed_figures(connection, rows) == []
