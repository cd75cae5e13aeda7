"""Affinity of customers and divisions by matrix factorisation of who bought which product.

Purchases say who likes what, and their absence says little: implicit feedback. The method is that of Hu, Koren and
Volinsky (2008), "Collaborative filtering for implicit feedback datasets". What divisions have in common in the baskets
belongs in `basket.py`; which pairs are listed in `listing.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import polars as pl
from scipy import sparse

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame

MAX_FACTORS: Final = 16
PRODUCTS_PER_FACTOR: Final = 4
"""With as many factors as products every absence would be learnt by heart, and nothing be left to recommend."""
ROUNDS: Final = 10
CONFIDENCE_OF_A_PURCHASE: Final = 10.0
"""How much more a purchase counts than an absence, times log(1 + purchases): the tenth says less than the first."""
REGULARISATION: Final = 20.0
"""With these two and one factor for four products the synthetic log was best served, by a little: 20 were tried."""
SEED: Final = 20_080_101
CUSTOMERS_AT_ONCE: Final = 20_000
"""Customers whose normal equations are in memory at the same time, 40 MB with 16 factors."""
DECIMALS: Final = 6
"""Linear algebra differs in the last bits between machines; places in the list must not."""


@dataclass(frozen=True, slots=True)
class Factors:
    """Customers and products in one space.

    Attributes:
        customers: Shape (customers, factors).
        products: Shape (products, factors).
    """

    customers: FloatArray
    products: FloatArray


def read_affinities(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> tuple[pl.DataFrame, str | None]:
    """The affinity of every customer with a purchase by the cutoff to every division.

    The affinity to a division is the greatest one to a product of it: one product that fits is enough to sell.

    Returns:
        Rows customer_id, division, affinity; about 0 to 1, and 0 for everybody when there are not two products to
        compare. And a caveat in that case, else None.
    """
    rows = query_frame(connection, statement(__package__, "list_purchases.sql"), {"cutoff": cutoff})
    customers = rows["customer_id"].unique().sort()
    catalogue = rows.select("product", "division").unique().sort("division", "product")
    products = catalogue["product"].to_list()
    place = {product: number for number, product in enumerate(products)}
    matrix = sparse.csr_array(
        (
            rows["purchases"].to_numpy().astype(np.float64),
            (
                customers.search_sorted(rows["customer_id"]).to_numpy(),
                rows["product"].replace_strict(place, return_dtype=pl.Int64).to_numpy(),
            ),
        ),
        shape=(customers.len(), len(products)),
    )
    divisions = catalogue["division"].unique(maintain_order=True)
    caveat = None
    if len(products) < 2:
        affinities: FloatArray = np.zeros((customers.len(), divisions.len()))
        caveat = "There are fewer than two products to compare, so the affinity is 0 for everybody."
    else:
        factors = factorise(matrix, min(MAX_FACTORS, max(1, len(products) // PRODUCTS_PER_FACTOR)))
        starts = catalogue["division"].search_sorted(divisions).to_numpy()
        fits = factors.customers @ factors.products.T
        affinities = np.asarray(np.maximum.reduceat(fits, starts, axis=1).round(DECIMALS), dtype=np.float64)
    return (
        pl.DataFrame(
            {
                "customer_id": customers.gather(np.repeat(np.arange(customers.len()), divisions.len())),
                "division": divisions.gather(np.tile(np.arange(divisions.len()), customers.len())),
                "affinity": affinities.ravel(),
            }
        ),
        caveat,
    )


def factorise(purchases: sparse.csr_array, factors: int, rounds: int = ROUNDS, seed: int = SEED) -> Factors:
    """Weighted alternating least squares (Hu, Koren and Volinsky 2008).

    Minimises the sum over all customers u and products i of c_ui (p_ui - x_u y_i)^2 + regularisation (|x|^2 + |y|^2),
    where p_ui is 1 when u bought i, else 0, and the confidence c_ui is 1 + `CONFIDENCE_OF_A_PURCHASE` log(1 + r_ui).

    Args:
        purchases: r, how often each customer bought each product, shape (customers, products).
        factors: Dimensions of the common space.
        rounds: How often customers and products are solved for in turn.
        seed: Of the products' places at the start.
    """
    confidence = purchases.copy()
    confidence.data = CONFIDENCE_OF_A_PURCHASE * np.log1p(purchases.data)
    transposed = sparse.csr_array(confidence.T)
    random = np.random.Generator(np.random.Philox(key=seed))
    of_products = random.normal(scale=0.1, size=(purchases.shape[1], factors))
    of_customers = np.zeros((purchases.shape[0], factors))
    for _ in range(rounds):
        of_customers = _solved(confidence, of_products)
        of_products = _solved(transposed, of_customers)
    return Factors(of_customers, of_products)


def _solved(extra: sparse.csr_array, others: FloatArray) -> FloatArray:
    """The best place of each row, given those of the columns: a ridge regression a row, all of them at once.

    Row u solves (Y'Y + Y'(C_u - 1)Y + regularisation) x = Y'C_u p_u. The middle term is a sum over the few columns
    that u bought, and so a product of the sparse matrix with the columns' outer products.
    """
    factors = others.shape[1]
    everywhere = others.T @ others + REGULARISATION * np.eye(factors)
    outer = (others[:, :, None] * others[:, None, :]).reshape(-1, factors * factors)
    bought = extra.copy()
    bought.data = extra.data + 1
    solved = np.empty((extra.shape[0], factors))
    for start in range(0, extra.shape[0], CUSTOMERS_AT_ONCE):
        rows = slice(start, start + CUSTOMERS_AT_ONCE)
        left = everywhere + (extra[rows] @ outer).reshape(-1, factors, factors)
        solved[rows] = np.linalg.solve(left, (bought[rows] @ others)[:, :, None])[:, :, 0]
    return solved
