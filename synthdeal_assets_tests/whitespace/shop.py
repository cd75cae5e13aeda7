"""A small shop for the tests of this room: transactions put straight into the warehouse, without a log or an ETL.

Customers like some divisions more than others, come back, leave, and go from one division to the next; sizes are
parameters so that a test makes no more than it looks at. What a real log looks like belongs in the tests of `sales`.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.tables import CUSTOMERS, FACT_TRANSACTIONS, LOG_FILES, PRODUCT_MAP
from synthdeal_assets.sales.truth_tables import SALES_AFFINITIES

FIRST_DAY = dt.date(2022, 11, 21)
DIVISIONS = ("Analytics", "Backup", "Collaboration", "Design", "Edge", "Fleet", "Gateway", "Hosting")


def fill_shop(
    warehouse: Warehouse,
    *,
    customers: int = 300,
    divisions: int = 3,
    days: int = 1_200,
    orders_a_year: float = 2.0,
    holdout_days: int = 0,
    seed: int = 1,
) -> pl.DataFrame:
    """Put transactions, customers, product map and truth into the warehouse.

    Args:
        warehouse: Where to.
        customers: Customers, named C0000 and so on.
        divisions: Divisions, two products each.
        days: Days of the log from `FIRST_DAY` on.
        orders_a_year: Orders of an average customer in an average division it likes.
        holdout_days: Days after the log whose rows are marked as holdout.
        seed: Seed.

    Returns:
        The transactions.
    """
    random = np.random.default_rng(seed)
    names = DIVISIONS[:divisions]
    liking = random.normal(size=(customers, divisions))
    liking[:, 1:] += 0.8 * liking[:, :-1]
    rate = orders_a_year / 365 * np.exp(0.9 * liking - 0.6) * (random.random((customers, divisions)) < 0.75)
    starts = random.integers(0, days // 2, customers)
    ends = np.where(random.random(customers) < 0.25, random.integers(days // 3, days, customers), days + holdout_days)
    rows = []
    for customer in range(customers):
        length = max(int(ends[customer] - starts[customer]), 1)
        for division in range(divisions):
            begins = 0 if division == 0 else int(random.integers(0, length))
            bought_on = np.sort(random.integers(begins, length, random.poisson(rate[customer, division] * length)))
            rows += [(customer, division, int(starts[customer] + day), int(random.integers(2))) for day in bought_on]
    who, what, when, which = (np.array(column) for column in zip(*rows, strict=True))
    amounts = np.round(np.exp(random.normal(6, 0.7, len(rows))), 2)
    returned = random.random(len(rows)) < 0.04
    order = np.lexsort((which, what, who, when))
    transactions = FACT_TRANSACTIONS.conform(
        pl.DataFrame(
            {
                "source_file": "shop.csv",
                "source_row": np.arange(1, len(rows) + 1),
                "customer_id": [f"C{customer:04d}" for customer in who[order]],
                "order_date": [FIRST_DAY + dt.timedelta(days=int(day)) for day in when[order]],
                "invoice": [f"INV-{customer:04d}-{day}" for customer, day in zip(who[order], when[order], strict=True)],
                "product": [
                    f"{names[division]} {'Pro' if pro else 'Basic'}"
                    for division, pro in zip(what[order], which[order], strict=True)
                ],
                "division": [names[division] for division in what[order]],
                "amount": np.where(returned, -amounts, amounts)[order],
                "quantity": np.where(returned, -1.0, 1.0)[order] * random.integers(1, 20, len(rows)),
                "is_return": returned[order],
                "branch": [f"Branch {customer % 4}" for customer in who[order]],
                "rep": [f"Rep {customer % 7}" for customer in who[order]],
                "is_holdout": when[order] >= days,
            }
        )
    )
    known = transactions.filter(~pl.col("is_holdout"))
    warehouse.replace(
        {
            LOG_FILES: LOG_FILES.conform(
                pl.DataFrame(
                    {
                        "source_file": "shop.csv",
                        "source_role": "log",
                        "source_kind": "csv",
                        "encoding": "utf-8",
                        "row_count": transactions.height,
                        "column_count": 10,
                        "date_formats": "%Y-%m-%d",
                        "first_order_date": known["order_date"].min(),
                        "last_order_date": known["order_date"].max(),
                        "fingerprint": f"shop {customers} {divisions} {days} {seed}",
                        "caveats": None,
                    },
                    schema_overrides={"caveats": pl.String()},
                )
            ),
            PRODUCT_MAP: pl.DataFrame(
                [
                    (f"{name} {kind}", name, f"{name} {kind}", f"{name} {kind}_Qty", False)
                    for name in names
                    for kind in ("Basic", "Pro")
                ],
                schema=list(PRODUCT_MAP.polars_schema),
                orient="row",
            ),
            FACT_TRANSACTIONS: transactions,
            CUSTOMERS: known.group_by("customer_id")
            .agg(
                pl.col("order_date").min().alias("first_order_date"),
                pl.col("order_date").max().alias("last_order_date"),
                pl.col("invoice").n_unique().alias("orders"),
                pl.col("amount").sum().alias("net_amount"),
                pl.col("division").n_unique().alias("divisions"),
                pl.col("rep").last(),
                pl.col("branch").last(),
            )
            .with_columns(name=pl.lit(None, pl.String), account_id=pl.lit(None, pl.String)),
            SALES_AFFINITIES: pl.DataFrame(
                {
                    "customer_id": np.repeat([f"C{customer:04d}" for customer in range(customers)], divisions),
                    "division": list(names) * customers,
                    "affinity": liking.ravel(),
                    "monthly_rate": (rate * 30 * (ends >= days)[:, None]).ravel(),
                    "churned": np.repeat(ends < days, divisions),
                }
            ),
        }
    )
    return transactions
