"""The synthetic sales log: invoices of four years as an ERP would export them, and the truth behind them.

Who buys from which division and when is decided in `buying.py`; how a log is read belongs in `sources/`
and `etl.py`, which know nothing of this one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names.pools import csv_pool
from synthdeal_assets.foundation.drawing.randomness import (
    BoolArray,
    UInt64Array,
    choose,
    choose_by_share,
    mix,
    normal,
    uniform,
)
from synthdeal_assets.sales.product_map.product_map import MappedProduct, ProductMap
from synthdeal_assets.sales.synthetic.buying import (
    LOG_DAYS,
    Buying,
    Orders,
    SyntheticCustomers,
    buy,
    description,
    divisions,
)
from synthdeal_assets.sales.synthetic.contracted import Contracted
from synthdeal_assets.sales.synthetic.customers import find_customers
from synthdeal_assets.sales.synthetic.reps import Reps
from synthdeal_assets.sales.truth_tables import SALES_AFFINITIES
from synthdeal_assets.world.tables import REGIONS, SEGMENTS

CUSTOMERS_AT_ONCE: Final = 50_000
"""Customers whose orders are made together, so that memory holds for a million of them."""

VENDOR: Final = "Northlight "
"""Left out of the names of columns, as people who set up an export do."""

SEGMENT_EAGERNESS: Final = (0.8, 1.0, 1.3)
"""Factor on entries by segment: the large ones have more departments that may want something."""

USUAL_PRODUCT: Final = 0.75
"""Chance that a customer takes the product of the division it usually takes."""
BUNDLE: Final = 0.12
"""Chance that it takes the division's other product too."""
SIZE_SPREAD: Final = 0.45
ORDER_SPREAD: Final = 0.40
"""Standard deviations of the log of a customer's size within its segment, and of a single quantity."""
GROWTH_A_YEAR: Final = 0.15
"""Seats that are added in each year after the first order, as a share of those at first."""

QUANTITY_STEPS: Final = (10, 50, 200)
QUANTITY_DISCOUNTS: Final = (0, 5, 10, 16)
"""Discount in percent below and from each step on; up to nine points more are negotiated, and five at quarter end."""

RETURNED: Final = 0.045
EARLIEST_RETURN_DAYS: Final = 7
RETURN_DAYS: Final = 42
"""Share of lines that come back, and when: from one to seven weeks later."""
RETURNED_WHOLE: Final = 0.4

STAND_IN: Final = 0.10
"""Chance that the rep of another account of the region looks after a customer for a year."""
OTHER_BRANCH: Final = 0.03
"""Chance that an invoice is written by another branch."""

PLAIN_SPELLINGS: Final = (0.70, 0.12, 0.12, 0.06)
RETURN_SPELLINGS: Final = (0.40, 0.25, 0.25, 0.10)
"""How often money is spelled in each way, if it is not negative and if it is (see `_spelled`)."""

_WHO: Final = ("customer", "day", "is_return")


@dataclass(frozen=True)
class SyntheticLog:
    """A sales log and what is true of it.

    Attributes:
        frame: One row an invoice or credit note, oldest first: Customer ID, Customer Name, Invoice Date (text,
            YYYY-MM-DD), Invoice No, Branch, Rep, and for each product its money (text in mixed spellings, USD) and
            quantity (integer); NULL where a product is not on the invoice.
        product_map: What the columns hold.
        affinities: The rows of truth.sales_affinities.
    """

    frame: pl.DataFrame
    product_map: ProductMap
    affinities: pl.DataFrame


def synthetic_log(
    *,
    seed: int,
    as_of: dt.date,
    accounts: pl.DataFrame,
    users: pl.DataFrame,
    contracts: pl.DataFrame,
    products: pl.DataFrame,
    customers: int,
) -> SyntheticLog:
    """Sales of the four years up to a day. All of it is synthetic.

    The same arguments give the same bytes. A later day gives the same invoices, less those that are then older than
    four years, and the new ones; more customers give the same ones and others besides.

    Args:
        seed: Seed of the world.
        as_of: Last day of the log, from 2020-01-01 on.
        accounts: crm.accounts. Those with a contract are the first customers.
        users: crm.users, with the owners of the accounts in the years of the log among them.
        contracts: crm.contracts: what accounts buy of the products, and on which days they are customers, who buy of
            the other divisions too.
        products: crm.products, whose families are divisions besides those of `names/further_products.csv`.
        customers: Customers in the log, about, each with an invoice at least.

    Raises:
        ValueError: A family or unit of a product is not described in `divisions.yaml`.
    """
    catalogue = _catalogue(products)
    reps = Reps(users)
    book = find_customers(seed, as_of, accounts, reps, customers)
    contracted = Contracted(contracts, book["customer_id"], products["product_id"])
    last_day = (as_of - dt.date(1970, 1, 1)).days
    is_further = ~np.isin(np.arange(len(divisions().names)), catalogue["division"][: products.height].to_numpy())
    lines, buyings = [contracted.lines(last_day - LOG_DAYS + 1, last_day)], []
    for start in range(0, book.height, CUSTOMERS_AT_ONCE):
        rows = book[start : start + CUSTOMERS_AT_ONCE]
        buying = buy(
            SyntheticCustomers(
                key=rows["key"].to_numpy(),
                begins=rows["begins"].to_numpy(),
                ends=rows["ends"].to_numpy(),
                industry=rows["industry"].to_numpy(),
                eagerness=np.array(SEGMENT_EAGERNESS)[rows["segment"].to_numpy()],
            ),
            as_of,
            LOG_DAYS + EARLIEST_RETURN_DAYS + RETURN_DAYS,
        )
        orders = buying.orders
        of_customer = contracted.runs(orders.customer + start, orders.day) & is_further[orders.division]
        orders = orders.where(~rows["is_account"].to_numpy()[orders.customer] | of_customer)
        lines.append(_lines(orders, rows, catalogue, as_of).with_columns(pl.col("customer") + start))
        buyings.append(buying)
    sold = pl.concat(lines)
    invoices = _invoices(sold, book, reps)
    is_customer = contracted.runs(np.arange(book.height), np.full(book.height, last_day))
    return SyntheticLog(
        _wide(invoices, sold, book["key"].to_numpy(), catalogue),
        _product_map(catalogue),
        _affinities(book, buyings, sold["customer"].unique(), is_further, is_customer),
    )


def _catalogue(products: pl.DataFrame) -> pl.DataFrame:
    """name, family, column, cents (list price), division and one usual quantity a segment, by product."""
    further = csv_pool("synthdeal_assets.sales.synthetic", "names/further_products.csv").with_columns(
        pl.col("list_price_usd").cast(pl.Float64)
    )
    columns = ["name", "family", "unit", "list_price_usd"]
    catalogue = pl.concat([products.select(columns), further.select(columns)])
    usual = description()["usual_quantity"]
    unknown = [*set(catalogue["family"]) - set(divisions().names), *set(catalogue["unit"]) - set(usual)]
    if unknown:
        raise ValueError(f"divisions.yaml does not describe {', '.join(sorted(unknown))}")
    return catalogue.select(
        "name",
        "family",
        column=pl.col("name").str.strip_prefix(VENDOR),
        cents=(pl.col("list_price_usd") * 100).round().cast(pl.Int64),
        division=pl.col("family").replace_strict(
            divisions().names, range(len(divisions().names)), return_dtype=pl.Int64
        ),
        **{
            segment: pl.col("unit").replace_strict(
                {unit: by[segment] for unit, by in usual.items()}, return_dtype=pl.Int64
            )
            for segment in SEGMENTS
        },
    )


def _product_map(catalogue: pl.DataFrame) -> ProductMap:
    return ProductMap(
        customer_id=("Customer ID",),
        customer_name=("Customer Name",),
        order_date=("Invoice Date",),
        invoice=("Invoice No",),
        branch=("Branch",),
        rep=("Rep",),
        products=tuple(
            MappedProduct(product=name, division=family, money=(column,), quantity=(f"{column}_Qty",))
            for name, family, column in catalogue.select("name", "family", "column").iter_rows()
        ),
    )


def _lines(orders: Orders, book: pl.DataFrame, catalogue: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """customer, day, is_return, product, cents and quantity of each line, what came back by the last day included.

    Args:
        orders: Orders of some customers.
        book: These customers.
        catalogue: The products.
        as_of: Last day of the log.
    """
    by_division = [
        np.flatnonzero(catalogue["division"].to_numpy() == number) for number in range(len(divisions().names))
    ]
    count = np.array([of_division.size for of_division in by_division])[orders.division]
    first = np.cumsum([0, *(of_division.size for of_division in by_division)])[:-1][orders.division]
    products = np.concatenate(by_division)
    customer_key = book["key"].to_numpy()
    pair = mix(customer_key, "usual product")[orders.customer] + orders.division.astype(np.uint64)
    usual = choose(pair, "product", 2**20) % count
    other = (usual + 1 + choose(orders.key, "other product", 2**20) % np.maximum(count - 1, 1)) % count
    takes_usual = uniform(orders.key, "takes the usual one") < USUAL_PRODUCT
    main = np.where(takes_usual, usual, other)
    bundled = np.flatnonzero((uniform(orders.key, "bundle") < BUNDLE) & (count > 1))
    row = np.concatenate([np.arange(main.size), bundled])
    product = products[first[row] + np.concatenate([main, np.where(takes_usual, other, usual)[bundled]])]
    key = mix(orders.key[row] + product.astype(np.uint64), "line")
    usual_quantity = catalogue.select(SEGMENTS).to_numpy()[product, book["segment"].to_numpy()[orders.customer[row]]]
    size = normal(customer_key, "size")[orders.customer[row]]
    spread = np.exp(SIZE_SPREAD * size + ORDER_SPREAD * normal(key, "quantity"))
    quantity = np.maximum(np.rint(np.round(usual_quantity * spread * (1 + GROWTH_A_YEAR * orders.years[row]), 6)), 1)
    quantity = quantity.astype(np.int64)
    day = orders.day[row]
    quarter_end = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 3 == 2
    discount = np.array(QUANTITY_DISCOUNTS)[np.searchsorted(QUANTITY_STEPS, quantity, side="right")]
    discount += choose(key, "discount", 10) + 5 * quarter_end
    price = catalogue["cents"].to_numpy()[product] * (100 - discount) // 100
    bought = pl.DataFrame(
        {
            "customer": orders.customer[row],
            "day": day,
            "is_return": np.zeros(row.size, dtype=bool),
            "product": product,
            "cents": price * quantity,
            "quantity": quantity,
        }
    )
    part = np.where(uniform(key, "returned whole") < RETURNED_WHOLE, quantity, np.maximum(quantity // 3, 1))
    back_on = day + EARLIEST_RETURN_DAYS + choose(key, "back on", RETURN_DAYS)
    as_of_day = (as_of - dt.date(1970, 1, 1)).days
    last_day = np.minimum(book["ends"].to_numpy()[orders.customer[row]], as_of_day)
    comes_back = (uniform(key, "returned") < RETURNED) & (back_on <= last_day)
    returned = bought.with_columns(
        day=pl.Series(back_on), is_return=True, cents=pl.Series(-price * part), quantity=pl.Series(-part)
    ).filter(pl.Series(comes_back))
    # What was bought in the weeks before the log is not in it, but what came back of that is.
    return pl.concat([bought, returned]).filter(pl.col("day") > as_of_day - LOG_DAYS)


def _invoices(lines: pl.DataFrame, book: pl.DataFrame, reps: Reps) -> pl.DataFrame:
    """The first columns of the log for each invoice, and `_WHO` to find its lines by; oldest first."""
    invoices = lines.select(_WHO).unique()
    customer = book.select("customer_id", "name", "key", "region", "seat")[invoices["customer"]]
    day = invoices["day"].to_numpy()
    key = mix(customer["key"].to_numpy() + day.astype(np.uint64), "invoice")
    region = customer["region"].to_numpy()
    year = day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.uint64)
    of_year = mix(customer["key"].to_numpy() + year, "year")
    stand_in = reps.some_seat(region, of_year, "stand-in")
    seat = np.where(uniform(of_year, "stand-in comes") < STAND_IN, stand_in, customer["seat"].to_numpy())
    branches = description()["branches"]
    first = np.cumsum([0, *(len(branches[name]) for name in REGIONS)])[:-1][region]
    count = np.array([len(branches[name]) for name in REGIONS])[region]
    home = choose(customer["key"].to_numpy(), "branch", 2**20) % count
    branch = first + np.where(uniform(key, "other branch") < OTHER_BRANCH, home + 1, home) % count
    return (
        invoices.with_columns(
            pl.col("day").cast(pl.Int32).cast(pl.Date).alias("date"),
            pl.Series("key", key),
            customer["customer_id"],
            customer["name"],
            pl.Series("Branch", [city for name in REGIONS for city in branches[name]]).gather(branch),
            reps.names_on(seat, day).alias("Rep"),
        )
        .sort("day", "is_return", "key", "customer")
        .select(
            *_WHO,
            pl.col("customer_id").alias("Customer ID"),
            pl.col("name").alias("Customer Name"),
            pl.col("date").dt.to_string("%Y-%m-%d").alias("Invoice Date"),
            pl.concat_str(
                pl.when("is_return").then(pl.lit("CN-")).otherwise(pl.lit("INV-")),
                pl.col("date").dt.to_string("%Y%m%d"),
                pl.lit("-"),
                pl.int_range(1, pl.len() + 1).over("day", "is_return").cast(pl.String).str.zfill(4),
            ).alias("Invoice No"),
            "Branch",
            "Rep",
        )
    )


def _wide(
    invoices: pl.DataFrame, lines: pl.DataFrame, customer_key: UInt64Array, catalogue: pl.DataFrame
) -> pl.DataFrame:
    """The log: the invoices with two columns a product."""
    amounts = (
        lines.group_by(*_WHO, "product")
        .agg(pl.col("cents").sum(), pl.col("quantity").sum())
        .join(invoices.select(*_WHO, row=pl.int_range(pl.len())), on=_WHO)
    )
    of_product = amounts.partition_by("product", as_dict=True)
    columns = []
    for product, name in enumerate(catalogue["column"]):
        chosen = of_product.get((product,), amounts.clear())
        key = mix(customer_key[chosen["customer"].to_numpy()], f"spelling {product}")
        with np.errstate(over="ignore"):
            key = key + chosen["day"].to_numpy().astype(np.uint64)
        place = np.full(invoices.height, chosen.height, dtype=np.int64)
        place[chosen["row"].to_numpy()] = np.arange(chosen.height)
        # What stands after the last value is nothing: it goes to the invoices without the product.
        nothing = pl.Series([None], dtype=pl.String), pl.Series([None], dtype=pl.Int64)
        columns += [
            pl.concat([_spelled(chosen["cents"], key), nothing[0]]).gather(place).alias(name),
            pl.concat([chosen["quantity"], nothing[1]]).gather(place).alias(f"{name}_Qty"),
        ]
    return invoices.drop(_WHO).hstack(columns)


def _spelled(cents: pl.Series, key: UInt64Array) -> pl.Series:
    """Money as people and programs write it: "$1,234.50", "1234.50", and "($3.60)", "$(3.60)", "-$3.60" below nil."""
    absolute = pl.col("cents").abs()
    whole, rest = absolute // 100, (absolute % 100).cast(pl.String).str.zfill(2)
    thousands, millions = whole // 1_000, whole // 1_000_000

    def three(number: pl.Expr) -> pl.Expr:
        return (number % 1_000).cast(pl.String).str.zfill(3)

    grouped = (
        pl.when(whole < 1_000)
        .then(whole.cast(pl.String))
        .when(whole < 1_000_000)
        .then(pl.concat_str(thousands.cast(pl.String), three(whole), separator=","))
        .otherwise(pl.concat_str(millions.cast(pl.String), three(thousands), three(whole), separator=","))
    )
    frame = pl.DataFrame(
        {
            "cents": cents,
            "plain": choose_by_share(key, "plain", PLAIN_SPELLINGS),
            "negative": choose_by_share(key, "negative", RETURN_SPELLINGS),
        }
    ).with_columns(grouped=pl.concat_str(grouped, rest, separator="."), bare=pl.concat_str(whole, rest, separator="."))
    spellings = [("plain", form) for form in ("${grouped}", "{bare}", "{grouped}", "${bare}")]
    below_nil = [("negative", form) for form in ("(${grouped})", "$({grouped})", "-${grouped}", "-{bare}")]
    texts = {}
    for kind, forms in (("plain", spellings), ("negative", below_nil)):
        text: pl.Expr = pl.lit(None, dtype=pl.String)
        for number, (_, form) in enumerate(forms):
            name = "grouped" if "grouped" in form else "bare"
            before, after = form.split(f"{{{name}}}")
            text = (
                pl.when(pl.col(kind) == number).then(pl.concat_str(pl.lit(before), name, pl.lit(after))).otherwise(text)
            )
        texts[kind] = text
    return frame.select(text=pl.when(pl.col("cents") < 0).then(texts["negative"]).otherwise(texts["plain"]))["text"]


def _affinities(
    book: pl.DataFrame, buyings: list[Buying], buyers: pl.Series, is_further: BoolArray, is_customer: BoolArray
) -> pl.DataFrame:
    """The rows of truth.sales_affinities, by customer and division.

    Args:
        book: Who may be in the log.
        buyings: What is true of them, in order.
        buyers: Positions of those who are.
        is_further: By division, whether no contract is about it, so that the truth of an account is here too.
        is_customer: By position, whether a contract of an account runs on the last day.
    """
    names = divisions().names
    is_account = book["is_account"].to_numpy()
    liking = np.concatenate([buying.liking for buying in buyings])
    rate = np.concatenate([buying.monthly_rate for buying in buyings])
    gone = np.where(is_account, ~is_customer, np.concatenate([buying.gone for buying in buyings]))
    rate[is_account & ~is_customer] = 0
    is_told = np.isin(np.arange(book.height), buyers.to_numpy())[:, None] & (~is_account[:, None] | is_further)
    customer, division = np.nonzero(is_told)
    return SALES_AFFINITIES.conform(
        pl.DataFrame(
            {
                "customer_id": book["customer_id"].gather(customer),
                "division": pl.Series(names).gather(division),
                "affinity": liking[customer, division],
                "monthly_rate": rate[customer, division],
                "churned": gone[customer],
            }
        )
    )
