"""Matrix factorisation: it fits better from round to round, finds what was planted, and says when it cannot."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.whitespace.features.affinity import (
    CONFIDENCE_OF_A_PURCHASE,
    REGULARISATION,
    Factors,
    factorise,
    read_affinities,
)
from synthdeal_assets_tests.whitespace.shop import FIRST_DAY, fill_shop

CUSTOMERS, PRODUCTS, TASTES = 300, 24, 3


def planted() -> tuple[sparse.csr_array, np.ndarray]:
    """Customers of three tastes who buy half of the products of theirs and few others, and which products those are."""
    random = np.random.default_rng(7)
    is_own = (np.arange(CUSTOMERS) % TASTES)[:, None] == (np.arange(PRODUCTS) % TASTES)[None, :]
    bought = random.random((CUSTOMERS, PRODUCTS)) < np.where(is_own, 0.5, 0.05)
    return sparse.csr_array(bought * random.integers(1, 6, bought.shape).astype(float)), is_own


@pytest.fixture(scope="module")
def factors() -> Factors:
    return factorise(planted()[0], TASTES)


def loss(factors: Factors) -> float:
    """What the paper minimises, written down cell by cell."""
    purchases = planted()[0].toarray()
    confidence = 1 + CONFIDENCE_OF_A_PURCHASE * np.log1p(purchases)
    missed = (purchases > 0) - factors.customers @ factors.products.T
    size = np.sum(factors.customers**2) + np.sum(factors.products**2)
    return float(np.sum(confidence * missed**2) + REGULARISATION * size)


def test_the_loss_falls_with_every_round(factors: Factors) -> None:
    losses = [loss(factorise(planted()[0], TASTES, rounds)) for rounds in (1, 2, 3, 6)] + [loss(factors)]
    assert all(later < earlier for earlier, later in itertools.pairwise(losses))


def test_a_solution_leaves_no_better_place_for_any_product(factors: Factors) -> None:
    """The gradient of the loss, written down cell by cell, is nil for the side that was solved for last."""
    purchases = planted()[0].toarray()
    confidence = 1 + CONFIDENCE_OF_A_PURCHASE * np.log1p(purchases)
    missed = (purchases > 0) - factors.customers @ factors.products.T
    gradient = -2 * (confidence * missed).T @ factors.customers + 2 * REGULARISATION * factors.products
    assert np.abs(gradient).max() < 1e-8 * loss(factors)


def test_products_of_ones_own_taste_that_were_not_bought_come_first(factors: Factors) -> None:
    purchases, is_own = planted()
    fits = factors.customers @ factors.products.T
    absent = purchases.toarray() == 0
    own, others = fits[absent & is_own], fits[absent & ~is_own]
    assert np.mean(own[:, None] > others[None, :]) > 0.95


def test_the_same_purchases_give_the_same_affinities_in_one_or_more_pieces(
    factors: Factors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthdeal_assets.whitespace.features.affinity.CUSTOMERS_AT_ONCE", 17)
    again = factorise(planted()[0], TASTES)
    np.testing.assert_allclose(again.customers @ again.products.T, factors.customers @ factors.products.T, atol=1e-9)


def test_a_division_has_the_affinity_of_its_best_product_and_one_product_alone_has_none(tmp_path: Path) -> None:
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    transactions = fill_shop(warehouse, customers=80, divisions=3)
    last = FIRST_DAY.replace(year=2024)
    with warehouse.connect() as connection:
        affinities, caveat = read_affinities(connection, last)
        connection.execute("DELETE FROM sales.fact_transactions WHERE product <> 'Backup Pro'")
        alone, alone_caveat = read_affinities(connection, last)
    known = transactions.filter((pl.col("order_date") <= last) & ~pl.col("is_return"))
    assert caveat is None
    assert affinities.height == known["customer_id"].n_unique() * 3
    owned = known.select("customer_id", "division").unique().with_columns(owned=True)
    means = (
        affinities.join(owned, on=["customer_id", "division"], how="left")
        .group_by(pl.col("owned").fill_null(value=False))
        .agg(pl.col("affinity").mean())
    )
    assert dict(means.iter_rows())[True] > dict(means.iter_rows())[False] + 0.1
    assert alone["affinity"].unique().to_list() == [0]
    assert alone_caveat is not None
    assert "fewer than two products" in alone_caveat
