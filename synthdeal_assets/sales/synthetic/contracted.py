"""What the accounts of the world have bought by contract, and on which days they were customers at all.

A contract is invoiced on its first day, and what it has instead of another one is not given back. Who the customers of
a log are belongs in `customers.py`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray
from synthdeal_assets.foundation.drawing.row_days import last_begun, row_days
from synthdeal_assets.world.contract_tables import CANCELLED


class Contracted:
    """The contracts of the first customers of a log.

    Args:
        contracts: crm.contracts, those that ran in the years of the log and the weeks before it among them.
        customer_id: Ids of the customers of the log, those of accounts among them.
        product_id: Ids of the first products of the log, in order.
    """

    def __init__(self, contracts: pl.DataFrame, customer_id: pl.Series, product_id: pl.Series) -> None:
        customers = customer_id.to_frame("account_id").with_row_index("customer")
        products = product_id.to_frame("product_id").with_row_index("product")
        self._frame = (
            contracts.filter(pl.col("status") != CANCELLED)
            .join(customers, on="account_id")
            .join(products, on="product_id")
            .select(
                pl.col("customer", "product").cast(pl.Int64),
                day=pl.col("start_date").to_physical().cast(pl.Int64),
                last_day=pl.col("end_date").to_physical().cast(pl.Int64),
                cents=(pl.col("annual_amount") * 100).round().cast(pl.Int64),
                quantity="quantity",
            )
            .sort("customer", "day", "product")
        )
        customer = self._frame["customer"].to_numpy()
        self._begins = row_days(customer, self._frame["day"].to_numpy())
        # Whoever comes later in the order has greater numbers, so that the greatest so far is the customer's own.
        self._ends = np.maximum.accumulate(row_days(customer, self._frame["last_day"].to_numpy()))

    def runs(self, customer: IntArray, day: IntArray) -> BoolArray:
        """Whether a contract of each customer (a position) runs on the day that stands beside it."""
        begun = last_begun(self._begins, customer, day)
        # The last end is nobody's, so that a search before all others finds that.
        runs: BoolArray = np.append(self._ends, -1)[begun] >= row_days(customer, day)
        return runs

    def lines(self, first_day: int, last_day: int) -> pl.DataFrame:
        """customer, day, is_return, product, cents and quantity of each contract that begins on one of the days."""
        return self._frame.filter(pl.col("day").is_between(first_day, last_day)).select(
            "customer", "day", pl.lit(value=False).alias("is_return"), "product", "cents", "quantity"
        )
