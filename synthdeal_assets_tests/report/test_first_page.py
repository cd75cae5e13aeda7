"""The first page: whether we make the quarter, what needs its reader, where we lose, and how sure all that is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import fisher_exact

from synthdeal_assets.evaluation.tables import LANDMARK_RANKING
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame
from synthdeal_assets.report.audit import loose_numbers, misprinted_figures
from synthdeal_assets.report.context import NEW_BUSINESS
from synthdeal_assets.report.figures import compute_figures
from synthdeal_assets.report.pages import Pages, compose
from synthdeal_assets.report.vocabulary import FEWEST_IN_A_GROUP, LOSS_DIMENSIONS, UNACTIONABLE
from synthdeal_assets.report.wording import FigureBook
from synthdeal_assets.scoring.forecast.tables import FORECAST_TOTALS
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS, QUOTAS
from synthdeal_assets.world.tables import USERS
from synthdeal_assets_tests.report.small_warehouse import (
    TODAY,
    Deal,
    add,
    fill,
    member,
    open_warehouse,
    quota,
    ranked,
    total,
)
from synthdeal_assets_tests.report.test_pages import RUN

pytestmark = pytest.mark.slow

LATE = "Negotiation/Review"
DUE = dt.date(2026, 12, 20)
WON = Deal("W", stage="Closed Won", amount=400_000, closes=dt.date(2026, 10, 5))
COMMITTED = Deal("C", stage=LATE, amount=300_000, closes=DUE)
PROPOSED = Deal("B", stage="Proposal/Price Quote", amount=200_000, closes=DUE)
LATER = Deal("X", stage=LATE, amount=900_000, closes=dt.date(2027, 1, 5))
QUARTER = (WON, COMMITTED, PROPOSED, LATER, replace(WON, key="OLD", closes=dt.date(2026, 9, 30)))
TEAM = (
    quota("HEAD", 1_000_000, None),
    quota("M", 1_000_000, "HEAD"),
    quota("U1", 600_000, "M"),
    quota("U2", 400_000, "M"),
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return open_warehouse(tmp_path)


def composed(warehouse: Warehouse) -> tuple[Pages, FigureBook]:
    with warehouse.connect() as connection:
        figures = compute_figures(connection, RUN.report_id)
    pages, book = compose(figures, RUN), FigureBook(figures)
    assert loose_numbers(pages.html) == []
    assert misprinted_figures(pages.html, book) == []
    return pages, book


def test_the_quarter_counts_what_is_won_and_due_in_it_and_each_quota_once(warehouse: Warehouse) -> None:
    fill(warehouse, QUARTER)
    add(warehouse, QUOTAS, *TEAM)
    pages, book = composed(warehouse)
    assert book.number("quarter.won.amount") == 400_000
    assert (book.number("quarter.commit.amount"), book.number("quarter.best_case.amount")) == (300_000, 200_000)
    assert (book.number("quarter.target"), book.number("quarter.sellers")) == (1_000_000, 2)
    assert book.number("quarter.days_left") == 41
    assert book.number("quarter.likely") == 400_000 + 270_000 + 150_000
    assert "By deal stages Q4 2026 ends at $820k against a target of $1.00M" in pages.headline
    assert "No forecast is learnt yet" in pages.first_page["quarter"]
    assert "| Short of the target | **$180k** |" in pages.first_page["quarter"]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (650_000, 900_000, "Q4 2026 will likely make its target of $1.00M: $1.10M ($1.05M to $1.30M) is expected."),
        (
            400_000,
            800_000,
            "Q4 2026 can still go either way: $1.10M ($800k to $1.20M) is expected against a target of $1.00M.",
        ),
        (
            100_000,
            300_000,
            "Q4 2026 will likely miss its target of $1.00M by $400k: $600k ($500k to $700k) is expected.",
        ),
    ],
)
def test_the_headline_says_whether_the_target_lies_within_the_range(
    warehouse: Warehouse, low: float, high: float, said: str
) -> None:
    fill(warehouse, QUARTER)
    add(warehouse, QUOTAS, *TEAM)
    amount = 200_000 if high < 400_000 else 700_000
    add(warehouse, FORECAST_TOTALS, total("learnt", amount, low=low, high=high, leads=True), total("win rate", 9e9))
    pages, _ = composed(warehouse)
    assert pages.headline == said
    assert "in four quarters of five the end should lie within the range" in pages.first_page["quarter"]


def test_a_range_whose_ends_are_printed_alike_is_left_out(warehouse: Warehouse) -> None:
    fill(warehouse, QUARTER)
    add(warehouse, QUOTAS, quota("U1", 300_000, None))
    add(warehouse, FORECAST_TOTALS, total("learnt", 100.0, low=90.0, high=110.0, leads=True))
    pages, _ = composed(warehouse)
    said = "Q4 2026 has made its target of $300k: $400k is won, and it will likely end at $400k."
    assert pages.headline == said
    assert "| Likely end | **$400k** |  |" in pages.first_page["quarter"]


def test_without_quotas_there_is_no_target_and_no_gap(warehouse: Warehouse) -> None:
    fill(warehouse, QUARTER)
    pages, book = composed(warehouse)
    assert not book.known("quarter.target")
    assert "no target is set" in pages.headline
    assert "No quotas are set for the quarter" in pages.first_page["quarter"]
    assert "Target" not in pages.first_page["quarter"]


def test_commit_and_best_case_stand_beside_what_they_were_four_weeks_ago(warehouse: Warehouse) -> None:
    fill(warehouse, QUARTER)
    for friday, amount in ((dt.date(2026, 10, 16), 111_000.0), (dt.date(2026, 10, 23), 222_000.0)):
        for user in ("U1", "U2"):
            add(
                warehouse,
                FORECAST_SNAPSHOTS,
                {
                    "snapshot_date": friday,
                    "user_id": user,
                    "quarter_start": dt.date(2026, 10, 1),
                    "commit_amount": amount,
                    "best_case_amount": amount / 2,
                    "pipeline_amount": 0.0,
                    "closed_amount": 50_000.0,
                },
            )
    pages, _ = composed(warehouse)
    said = "On 23 October 2026, $100k was won, commit stood at $444k and best case at $222k."
    assert said in pages.first_page["quarter"]


def test_a_deal_that_needs_you_comes_with_owner_manager_region_reason_and_action(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D", name="Late one", owner="S", closes=TODAY - dt.timedelta(days=9), region="APAC")])
    hired = dt.date(2020, 1, 1)
    add(warehouse, USERS, member("S", hired, manager="M"), member("M", hired))
    pages, _ = composed(warehouse)
    block = pages.first_page["need_you"]
    assert "**Late one**\n\n- S, reports to M, APAC; Value Proposition; $100k; was to close 11 November 2026" in block
    assert "- Why: Its close date passed 9 days ago." in block
    assert "- Do: Have M get a date from the customer this week, or close it." in block


def test_every_deal_that_is_named_shows_owner_stage_amount_and_close_date(warehouse: Warehouse) -> None:
    overdue = [
        Deal(f"D{n}", name=f"Deal {chr(65 + n)}", closes=TODAY - dt.timedelta(days=n + 1), scored=n % 3 > 0)
        for n in range(9)
    ]
    fill(warehouse, overdue)
    pages, _ = composed(warehouse)
    named = re.findall(r"Deal [A-I](.{0,40})", pages.markdown.replace("\n\n- ", " "))
    assert len(named) > 12
    for after in named:
        assert re.match(r"(\*\*)? ?\(?U1[;,].*(Value|reports|head)", after), after


def closed(key: str, *, lost: bool, **facts: object) -> Deal:
    day = TODAY - dt.timedelta(days=30)
    ended = "Closed Lost" if lost else "Closed Won"
    created = day - dt.timedelta(days=40)
    return Deal(
        key,
        stage=ended,
        created=created,
        closes=day,
        scored=False,
        lost_reason="Price" if lost else None,
        history=[("Prospecting", created, day), (LATE, day - dt.timedelta(days=9), day), (ended, day, day)],
        **facts,  # type: ignore[arg-type]
    )


def losses(counts: dict[str, tuple[int, int]]) -> Sequence[Deal]:
    """Closed deals by region: how many of how many were lost."""
    return [
        closed(f"{region}{n}", lost=n < lost, region=region, account=f"Company {region}")
        for region, (lost, deals) in counts.items()
        for n in range(deals)
    ]


def test_what_is_lost_is_tested_exactly_and_corrected_after_holm(warehouse: Warehouse) -> None:
    counts = {"EMEA": (10, 60), "APAC": (25, 40), "LATAM": (4, 15), "North America": (30, 80)}
    fill(warehouse, losses(counts))
    keys = tuple(dimension.key for dimension in LOSS_DIMENSIONS)
    sql = statement(
        "synthdeal_assets.report",
        "shared/tested_losses.sql",
        new_business=NEW_BUSINESS,
        dimensions=keys,
        unactionable=UNACTIONABLE,
        fewest_in_a_group=FEWEST_IN_A_GROUP,
    )
    with warehouse.connect() as connection:
        tested = query_frame(connection, f"{sql} SELECT dimension, name, p_value, corrected FROM tested_losses")
    rows = {name: (p, corrected) for dimension, name, p, corrected in tested.iter_rows() if dimension == "region"}
    all_lost, all_deals = (sum(pair[n] for pair in counts.values()) for n in (0, 1))
    expected = {
        region: fisher_exact([[lost, deals - lost], [all_lost - lost, all_deals - deals - all_lost + lost]]).pvalue
        for region, (lost, deals) in counts.items()
    }
    assert {region: p for region, (p, _) in rows.items()} == pytest.approx(expected, rel=1e-6)
    running, groups = 0.0, tested.height
    for place, p in enumerate(sorted(tested["p_value"])):
        running = max(running, min(1.0, p * (groups - place)))
        assert running == pytest.approx(sorted(tested["corrected"])[place])


def test_a_group_that_loses_more_than_chance_explains_is_marked_and_one_that_nobody_can_act_on_is_not_named(
    warehouse: Warehouse,
) -> None:
    fill(
        warehouse,
        [
            Deal("OPEN"),
            *losses({"EMEA": (12, 90), "APAC": (70, 80)}),
            *(closed(f"O{n}", lost=True, competitor="Other") for n in range(30)),
        ],
    )
    pages, _ = composed(warehouse)
    block = pages.first_page["losses"]
    assert "APAC (88% against" in block
    assert re.search(r"\| Region \| APAC \| \$7.00M \| 88% \| \d+% \| MORE, beyond chance \|", block)
    assert "Other" not in block
    assert "**Find out what is different in the region APAC.**" in pages.markdown
    assert "exact (Fisher), corrected for" in pages.markdown


def test_losses_within_chance_are_shown_and_named_as_such(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("OPEN"), *losses({"EMEA": (30, 60), "APAC": (32, 60)})])
    pages, _ = composed(warehouse)
    assert "none loses more than chance explains." in pages.first_page["losses"]
    assert "| Region | APAC | $3.20M | 53% | 50% | within chance |" in pages.first_page["losses"]
    assert "MORE" not in pages.markdown
    assert "Find out" not in pages.markdown


def test_the_forecasts_record_stands_beside_simpler_ways(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D")])
    days = [TODAY - dt.timedelta(days=100 + 30 * n) for n in range(2)]
    add(warehouse, FORECAST_TOTALS, total("learnt", 9.0, horizon="end", leads=True))
    for day, actual in zip(days, (100.0, 300.0), strict=True):
        rows = [
            total("learnt", 150.0, low=90.0, high=250.0, horizon="90 days", day=day, actual=actual, leads=True),
            total("commit", 40.0, horizon="90 days", day=day, actual=actual),
        ]
        add(warehouse, FORECAST_TOTALS, *rows)
    pages, _ = composed(warehouse)
    block = pages.first_page["certainty"]
    assert (
        "On 2 earlier days it missed what the next 90 days brought by 50% on average, and was 25% too low overall."
        in block
    )
    assert re.search("Simpler ways missed it too: the sellers.{1} commit by 80%.", block)
    assert "What was won lay within the range on 1 of 2 days; it is meant to do so on four in five." in block


def test_a_score_that_beats_a_coin_within_the_stages_adds_to_them(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D")])
    add(
        warehouse,
        LANDMARK_RANKING,
        ranked("score", "auc", 0.66, 0.64, 0.68),
        ranked("score", "auc_within_a_stage", 0.6, 0.56, 0.64),
        ranked("stage", "auc", 0.64, 0.62, 0.66),
        ranked("exact chance", "auc", 0.87, 0.85, 0.89),
    )
    block = composed(warehouse)[0].first_page["certainty"]
    assert (
        "a model has not seen any) put 66 in the right order (64 to 68), the stage alone 64 (62 to 66), a coin 50"
        in block
    )
    assert "nobody can put more than 87. Of pairs in the same stage it put 60 (56 to 64)." in block
    assert "So it adds to what the stage says, by more than chance." in block


def test_before_the_appendix_stand_at_most_1200_words_and_no_jargon(warehouse: Warehouse) -> None:
    fill(
        warehouse,
        [
            *QUARTER,
            *(Deal(f"D{n}", closes=TODAY - dt.timedelta(days=n)) for n in range(9)),
            *losses({"EMEA": (30, 60)}),
        ],
    )
    add(warehouse, QUOTAS, *TEAM)
    first = composed(warehouse)[0].markdown.partition("# Appendix")[0]
    assert len(re.findall(r"\S*\w\S*", first)) <= 1200
    for jargon in ("AUC", "p-value", "Brier", "Holm", "MEDDPICC", "landmark"):
        assert jargon not in first
