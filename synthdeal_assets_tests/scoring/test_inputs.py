"""What a scorer is shown of a deal, and when that counts as changed."""

from __future__ import annotations

import datetime as dt

import polars as pl

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.inputs import build_inputs
from synthdeal_assets_tests.scoring.small_org import EXPECTED_CLOSE, MODIFIED, Deal, deal, organisation

CLOSED_ON = dt.date(2026, 6, 18)


def inputs(warehouse: Warehouse, *deals: Deal) -> pl.DataFrame:
    warehouse.replace(organisation(deals))
    with warehouse.connect() as connection:
        return build_inputs(connection)


def test_a_closed_deal_is_scored_on_what_was_known_the_day_before_it_closed(warehouse: Warehouse) -> None:
    won = deal(1, outcome="Closed Won", closed_on=CLOSED_ON, stage="Negotiation/Review", amount=50_000.0)
    row = inputs(warehouse, won).row(0, named=True)
    assert row["snapshot_date"] == CLOSED_ON - dt.timedelta(days=1)
    assert (row["stage_name"], row["amount"], row["close_date"]) == ("Negotiation/Review", 50_000.0, EXPECTED_CLOSE)
    assert not any("Closed" in str(value) for value in row.values())


def test_an_open_deal_is_scored_as_it_is(warehouse: Warehouse) -> None:
    row = inputs(warehouse, deal(1)).row(0, named=True)
    assert (row["snapshot_date"], row["stage_name"], row["amount"]) == (MODIFIED, "Value Proposition", 120_000.0)


def test_closing_a_deal_changes_the_snapshot_date_but_not_the_hash(warehouse: Warehouse) -> None:
    before = inputs(warehouse, deal(1)).row(0, named=True)
    for outcome in ("Closed Won", "Closed Lost"):
        after = inputs(warehouse, deal(1, outcome=outcome, closed_on=CLOSED_ON)).row(0, named=True)
        assert after["input_hash"] == before["input_hash"]
        assert after["snapshot_date"] != before["snapshot_date"]


def test_whatever_a_scorer_sees_changes_the_hash(warehouse: Warehouse) -> None:
    variants = [
        deal(1),
        deal(1, notes="They buy because rework shrinks."),
        deal(1, amount=120_000.01),
        deal(1, stage="Needs Analysis"),
        deal(1, evidence={**deal(1).evidence, "champion": None}),
        deal(1, evidence={**deal(1).evidence, "champion": ""}),
    ]
    hashes = [inputs(warehouse, variant)["input_hash"][0] for variant in variants]
    assert len(set(hashes)) == len(variants)
    assert all(len(each) == 64 for each in hashes)


def test_the_people_are_listed_one_a_line_the_main_contact_first(warehouse: Warehouse) -> None:
    assert inputs(warehouse, deal(1))["contacts"][0].splitlines() == [
        "Dana Roe, CFO, Economic Buyer",
        "Nora Quist, COO, Influencer",
    ]
