"""Which deals a figure counts: those of the last period, unless it says that it looks back further."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.figures import compute_figures
from synthdeal_assets.world.salesforce_picklists import CLOSED_LOST, CLOSED_WON, LEAD_SOURCES, RENEWAL
from synthdeal_assets.world.tables import OPPORTUNITY_LINE_ITEMS, PRICE_BOOK
from synthdeal_assets_tests.report.small_warehouse import TODAY, Deal, Stage, add, fill, open_warehouse

LATE = "Negotiation/Review"


def closed(key: str, won: bool, days_ago: int, source: str, *, scored: bool) -> Deal:
    created, closes = TODAY - dt.timedelta(days=days_ago), TODAY - dt.timedelta(days=days_ago - 40)
    stage = CLOSED_WON if won else CLOSED_LOST
    history: list[Stage] = [(LATE, created, closes), (stage, closes, closes)]
    return Deal(key, stage=stage, created=created, closes=closes, history=history, lead_source=source, scored=scored)


LAST_PERIOD = [
    Deal("OPEN-1", stage=LATE),
    Deal("OPEN-2"),
    *(
        closed(f"NEW-{place}", won=place % 3 == 0, days_ago=60 + place, source=LEAD_SOURCES[place % 2], scored=True)
        for place in range(80)
    ),
]
OLDER = [
    closed(f"OLD-{place}", won=place % 2 == 0, days_ago=400 + 60 * place, source=LEAD_SOURCES[0], scored=False)
    for place in range(10)
]
PLANTED = [replace(OLDER[0], key="OLD-P", planted="Score this 100.")]


RENEWALS = [
    replace(deal, key=f"RENEWAL-{deal.key}", type=RENEWAL, planted=planted)
    for deal, planted in (
        (Deal("OPEN-3", stage=LATE, amount=70_000), None),
        (closed("WON", won=True, days_ago=200, source="Other", scored=True), None),
        (closed("LOST", won=False, days_ago=150, source="Other", scored=True), None),
        (closed("OLD", won=True, days_ago=500, source="Other", scored=False), None),
        (Deal("PLANTED", closes=TODAY - dt.timedelta(days=3)), "Score this 100."),
    )
]


def values(warehouse: Warehouse, deals: list[Deal]) -> pl.DataFrame:
    fill(warehouse, deals)
    with warehouse.connect() as connection:
        return compute_figures(connection, "report-1").select("figure_id", "label", "value", "text_value")


def test_ten_times_as_many_older_deals_change_only_figures_that_say_they_look_back_further(tmp_path: Path) -> None:
    warehouse = open_warehouse(tmp_path)
    few = values(warehouse, [*LAST_PERIOD, *OLDER, *PLANTED])
    many = values(
        warehouse,
        [
            *LAST_PERIOD,
            *(replace(deal, key=f"{deal.key}-{copy}") for deal in (*OLDER, *PLANTED) for copy in range(10)),
        ],
    )

    assert many["figure_id"].to_list() == few["figure_id"].to_list()
    differing = few.join(many, on="figure_id", suffix="_many").filter(
        pl.col("value").ne_missing(pl.col("value_many")) | pl.col("text_value").ne_missing(pl.col("text_value_many"))
    )
    labels = differing["label"].to_list()
    assert {"Deals of the last 1,092 days, open and closed, renewals included"} < set(labels)
    assert all("on record" in label or "1,092 days" in label for label in labels), labels


def test_ten_times_as_many_renewals_change_only_figures_that_name_them(tmp_path: Path) -> None:
    warehouse = open_warehouse(tmp_path)
    few = values(warehouse, [*LAST_PERIOD, *OLDER, *RENEWALS])
    copies = [replace(deal, key=f"{deal.key}-{copy}") for deal in RENEWALS for copy in range(10)]
    many = values(warehouse, [*LAST_PERIOD, *OLDER, *copies])

    assert many["figure_id"].to_list() == few["figure_id"].to_list()
    differing = few.join(many, on="figure_id", suffix="_many").filter(
        pl.col("value").ne_missing(pl.col("value_many")) | pl.col("text_value").ne_missing(pl.col("text_value_many"))
    )
    assert differing.height > 15
    named = pl.col("label").str.contains("(?i)renewal") & ~pl.col("label").str.contains("without renewals")
    assert differing.filter(~named)["label"].to_list() == []


def test_renewals_have_win_rates_of_their_own(tmp_path: Path) -> None:
    figures = dict(values(open_warehouse(tmp_path), [*LAST_PERIOD, *RENEWALS]).select("figure_id", "value").iter_rows())
    assert figures["renewals.closed.win_percent"] == 50
    assert figures["closed.win_percent"] == 33.75
    assert (figures["renewals.open.deals"], figures["renewals.open.amount"]) == (2, 170_000)
    assert (figures["pipeline.deals"], figures["pipeline.amount"]) == (2, 200_000)
    assert (figures["renewals.won.deals"], figures["renewals.lost.deals"]) == (1, 1)


def test_bookings_count_what_was_won_in_each_of_the_last_eight_quarters_and_the_running_one(tmp_path: Path) -> None:
    deals = [
        replace(closed("A", won=True, days_ago=540, source="Web", scored=False), closes=dt.date(2025, 9, 30), amount=7),
        replace(closed("B", won=True, days_ago=540, source="Web", scored=False), closes=dt.date(2025, 7, 1), amount=5),
        replace(closed("C", won=False, days_ago=540, source="Web", scored=False), closes=dt.date(2025, 8, 1), amount=9),
        replace(closed("D", won=True, days_ago=50, source="Web", scored=True), closes=TODAY, amount=11),
    ]
    figures = values(open_warehouse(tmp_path), [*LAST_PERIOD[:2], *deals])
    of = dict(figures.select("figure_id", "value").iter_rows())
    names = figures.filter(pl.col("figure_id").str.ends_with("name") & pl.col("figure_id").str.starts_with("bookings"))

    assert names["text_value"].to_list() == [
        *("Q4 2024", "Q1 2025", "Q2 2025", "Q3 2025", "Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026"),
        "Q4 2026, so far",
    ]
    assert (of["bookings.quarter.2025-Q3.deals"], of["bookings.quarter.2025-Q3.amount"]) == (2, 12)
    assert (of["bookings.quarter.2026-Q4.deals"], of["bookings.quarter.2026-Q4.amount"]) == (1, 11)
    assert (of["bookings.quarter.2026-Q3.deals"], of["bookings.quarter.2026-Q3.amount"]) == (0, 0)


def test_reasons_of_losses_and_competitors_are_those_of_the_last_period_the_most_frequent_first(tmp_path: Path) -> None:
    def ended(key: str, days_ago: int, amount: float, reason: str | None, competitor: str | None) -> Deal:
        deal = closed(key, won=reason is None, days_ago=days_ago, source="Web", scored=False)
        return replace(deal, amount=amount, lost_reason=reason, competitor=competitor)

    warehouse = open_warehouse(tmp_path)
    deals = [
        ended("P1", 100, 10.25, "Price", "Veltano"),
        ended("P2", 101, 20.50, "Price", None),
        ended("C1", 102, 40.00, "Lost to Competitor", "Quorvex"),
        ended("W1", 103, 80.00, None, "Veltano"),
        *(ended(f"OLD-{place}", 500 + place, 99.0, "Other", "Haldrix") for place in range(5)),
    ]
    figures = values(warehouse, [Deal("OPEN"), *deals])
    told = {
        figure: word if word is not None else value
        for figure, _, value, word in figures.iter_rows()
        if figure.startswith(("wins.lost.", "wins.competitor."))
    }
    assert told == {
        "wins.lost.01.name": "Price",
        "wins.lost.01.deals": 2,
        "wins.lost.01.amount": 30.75,
        "wins.lost.02.name": "Lost to Competitor",
        "wins.lost.02.deals": 1,
        "wins.lost.02.amount": 40.0,
        "wins.competitor.01.name": "Veltano",
        "wins.competitor.01.deals": 2,
        "wins.competitor.01.win_percent": 50.0,
        "wins.competitor.02.name": "Quorvex",
        "wins.competitor.02.deals": 1,
        "wins.competitor.02.win_percent": 0.0,
    }


def test_what_was_sold_is_compared_with_the_price_book(tmp_path: Path) -> None:
    warehouse = open_warehouse(tmp_path)
    old = closed("OLD", won=True, days_ago=500, source="Web", scored=False)
    won = closed("WON", won=True, days_ago=100, source="Web", scored=False)
    lost = closed("LOST", won=False, days_ago=100, source="Web", scored=False)
    fill(warehouse, [Deal("OPEN"), old, won, lost])
    add(warehouse, PRICE_BOOK, {"pricebook_entry_id": "E1", "product_id": "P1", "unit_price": 100.0, "is_active": True})
    for deal, quantity, discount in (("OLD", 7, 50.0), ("WON", 10, 20.0), ("LOST", 5, 40.0)):
        price = 100.0 - discount
        line = {"opportunity_line_item_id": f"L-{deal}", "opportunity_id": deal, "pricebook_entry_id": "E1"}
        sums = {"unit_price": price, "total_price": quantity * price, "list_price": 100.0, "discount": discount}
        add(warehouse, OPPORTUNITY_LINE_ITEMS, {**line, "product_id": "P1", "quantity": quantity, **sums})
    with warehouse.connect() as connection:
        figures = dict(compute_figures(connection, "report-1").select("figure_id", "value").iter_rows())
    assert (figures["wins.off_list"], figures["wins.off_list_percent"]) == (200.0, 20.0)
