"""Association between divisions: counted by hand, and never made much of by few customers."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.whitespace.features.basket import (
    MIN_TOGETHER,
    PRIOR_CUSTOMERS,
    Basket,
    Ownership,
    associate,
    pair_lifts,
    read_ownership,
)
from synthdeal_assets_tests.whitespace.shop import FIRST_DAY, fill_shop

CUTOFF = FIRST_DAY + dt.timedelta(days=700)


@pytest.fixture(scope="module")
def transactions_and_ownership(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, Ownership]:
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("basket") / "warehouse.duckdb"))
    transactions = fill_shop(warehouse, customers=120, divisions=4)
    with warehouse.connect() as connection:
        return transactions, read_ownership(connection, CUTOFF)


def owners_by_hand(transactions: pl.DataFrame) -> dict[str, set[str]]:
    owners: dict[str, set[str]] = {}
    for row in transactions.iter_rows(named=True):
        if row["order_date"] <= CUTOFF:
            owners.setdefault(row["division"], set()).add(row["customer_id"])
    return owners


def test_lift_and_confidence_are_those_counted_by_hand(
    transactions_and_ownership: tuple[pl.DataFrame, Ownership],
) -> None:
    transactions, ownership = transactions_and_ownership
    basket = associate(ownership)
    owners = owners_by_hand(transactions)
    count = transactions.filter(pl.col("order_date") <= CUTOFF)["customer_id"].n_unique()
    assert basket.customers == count
    for (row, left), (column, right) in itertools.product(enumerate(basket.divisions), repeat=2):
        both = len(owners[left] & owners[right])
        by_chance = len(owners[left]) * len(owners[right]) / count
        assert basket.together[row, column] == both
        assert basket.confidence[row, column] == pytest.approx(both / len(owners[left]))
        assert both >= MIN_TOGETHER
        assert basket.lift[row, column] == pytest.approx((both + PRIOR_CUSTOMERS) / (by_chance + PRIOR_CUSTOMERS))


def test_a_pair_has_the_greatest_lift_from_what_its_customer_owns(
    transactions_and_ownership: tuple[pl.DataFrame, Ownership],
) -> None:
    transactions, ownership = transactions_and_ownership
    basket = associate(ownership)
    owners = owners_by_hand(transactions)
    rows = pair_lifts(ownership, basket)
    assert set(rows.select("customer_id", "division").iter_rows()) == {
        (customer, division)
        for customer in ownership.customers
        for division in ownership.divisions
        if customer not in owners[division]
    }
    for customer, division, lift, source in rows.iter_rows():
        column = basket.divisions.index(division)
        owned = [place for place, name in enumerate(basket.divisions) if customer in owners[name]]
        assert lift == max((basket.lift[place, column] for place in owned), default=0)
        assert (source is None) == (not owned)
        assert source is None or basket.lift[basket.divisions.index(source), column] == lift


def basket_of(rare: int, customers: int = 10_000) -> Basket:
    """Two divisions that always go together, owned by a few of many customers."""
    owns = np.zeros((customers, 2), dtype=bool)
    owns[:rare] = True
    return associate(Ownership(tuple(f"C{number}" for number in range(customers)), ("Rare", "Scarce"), owns))


def test_a_few_customers_make_no_great_lift() -> None:
    assert basket_of(MIN_TOGETHER - 1).lift[0, 1] == 1
    assert 1 < basket_of(MIN_TOGETHER).lift[0, 1] < 3
    assert basket_of(200).lift[0, 1] > 20


def test_nothing_after_the_cutoff_and_nothing_from_a_holdout_is_owned(tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    day = dt.date(2024, 5, 31)
    line = {"source_file": "log.csv", "product": "P", "amount": 10, "is_return": False, "is_holdout": False}
    rows = [
        {**line, "source_row": 1, "customer_id": "a", "division": "D", "order_date": day},
        {**line, "source_row": 2, "customer_id": "b", "division": "E", "order_date": day + dt.timedelta(days=1)},
        {**line, "source_row": 3, "customer_id": "a", "division": "F", "order_date": day, "is_holdout": True},
        {**line, "source_row": 4, "customer_id": "c", "division": "D", "order_date": day, "is_return": True},
        {**line, "source_row": 5, "customer_id": "c", "division": "G", "order_date": day},
        {**line, "source_row": 6, "customer_id": "d", "division": "G", "order_date": day},
    ]
    missing = dict.fromkeys(("invoice", "branch", "rep"), pl.lit(None, pl.String))
    frame = pl.DataFrame(rows).with_columns(quantity=pl.lit(None, pl.Decimal(18, 4)), **missing)
    warehouse.replace({FACT_TRANSACTIONS: FACT_TRANSACTIONS.conform(frame)})
    with warehouse.connect() as connection:
        ownership = read_ownership(connection, day)
    assert (ownership.customers, ownership.divisions) == (("a", "c", "d"), ("D", "G"))
    # Whoever returned something has bought it, be it before the log begins.
    assert ownership.owns.tolist() == [[True, False], [True, True], [False, True]]
    assert pair_lifts(ownership, associate(ownership)).select("customer_id", "division").rows() == [
        ("a", "G"),
        ("d", "D"),
    ]
