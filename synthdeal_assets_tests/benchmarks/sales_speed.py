"""How long a sales log takes from a wide CSV to features, against the same features in pandas on a sample.

    python -m synthdeal_assets_tests.benchmarks.sales_speed [--transactions 10000000] [--sample 1 5]

A CSV of 100,000 customers and 10 divisions with money as text is made first, which is not counted. Then each part runs
in a process of its own, so that its peak memory is its own. Aim, on two cores: transactions and the features of one
cutoff within 60 s and 4 GB for 10 million transactions. On the sample both ways must give the same numbers.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import tempfile
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, in_transaction, limit_memory, query_frame
from synthdeal_assets.sales.etl.etl import refill_sales
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.features import build_features, put_in_place, worked_out
from synthdeal_assets.whitespace.tables import FEATURES
from synthdeal_assets_tests.benchmarks.measuring import Measurement, alone, now
from synthdeal_assets_tests.whitespace.pandas_features import pandas_features

CUSTOMERS = 100_000
DIVISIONS = 10
PRODUCTS = 25
FIRST_DAY = dt.date(2021, 1, 1)
DAYS = 1_460
CUTOFF = dt.date(2024, 12, 30)
LINES_OF_AN_INVOICE = 2.5
"""Mean number of products on an invoice, so that so many transactions stand in one row of the CSV."""

PRODUCT_MAP = "product_map.yaml"
LOG = "sales.csv"


def write_log(folder: Path, transactions: int) -> None:
    """A wide CSV, one row an invoice, with money as people write it; and its product map."""
    cells = ", ".join(
        f"""
        CASE WHEN hash(i, {product}) % 10000 >= {round(1e4 * LINES_OF_AN_INVOICE / PRODUCTS)} THEN NULL
            WHEN hash(i, {product}, 'r') % 25 = 0 THEN '(' || format('${{:,.2f}}', {_money(product)}) || ')'
            ELSE format('${{:,.2f}}', {_money(product)})
        END AS "Product {product:02}",
        CASE WHEN hash(i, {product}) % 10000 >= {round(1e4 * LINES_OF_AN_INVOICE / PRODUCTS)} THEN NULL
            WHEN hash(i, {product}, 'r') % 25 = 0 THEN -1 ELSE 1
        END * (1 + hash(i, {product}, 'q') % 20)::INTEGER AS "Product {product:02}_Qty"
        """
        for product in range(PRODUCTS)
    )
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(
            f"""
            COPY (
                SELECT
                    format('CUST-{{:06d}}', (power(hash(i, 'c') / 18446744073709551616.0, 1.5) * {CUSTOMERS})::INTEGER)
                        AS "Customer ID",
                    DATE '{FIRST_DAY}' + (hash(i, 'd') % {DAYS})::INTEGER AS "Invoice Date",
                    format('INV-{{:09d}}', i) AS "Invoice",
                    'Branch ' || (hash(i, 'b') % 12) AS "Branch",
                    'Rep ' || (hash(i, 's') % 60) AS "Rep",
                    {cells}
                FROM range({round(transactions / LINES_OF_AN_INVOICE)}) AS invoices(i)
            ) TO '{folder / LOG}' (HEADER)
            """
        )
    write_product_map(folder)


def write_product_map(folder: Path) -> None:
    """The product map of a log with these products and divisions."""
    products = "".join(
        f"  - product: Product {product:02}\n    division: Division {product % DIVISIONS}\n"
        f"    money: Product {product:02}\n    quantity: Product {product:02}_Qty\n"
        for product in range(PRODUCTS)
    )
    (folder / PRODUCT_MAP).write_text(
        "customer_id: Customer ID\norder_date: Invoice Date\ninvoice: Invoice\nbranch: Branch\nrep: Rep\n"
        f"products:\n{products}",
        encoding="utf-8",
    )


def transactions_from_csv(folder: Path) -> Measurement:
    """From the CSV to sales.fact_transactions, with every check of the totals."""
    settings = _settings(folder)
    warehouse = Warehouse.of(settings)
    started = now()
    refill_sales(warehouse, settings)
    return Measurement.since(started, warehouse.read(f"SELECT count(*) FROM {FACT_TRANSACTIONS.qualified_name}").item())


def features_of_one_cutoff(folder: Path) -> Measurement:
    """From sales.fact_transactions to whitespace.features at one cutoff."""
    settings = _settings(folder)
    started = now()
    with Warehouse.of(settings).connect() as connection:
        limit_memory(connection, settings)
        with worked_out(connection, CUTOFF), in_transaction(connection):
            rows = put_in_place(connection, CUTOFF)
    return Measurement.since(started, rows)


def pandas_on_a_sample(folder: Path, percent: int) -> tuple[Measurement, Measurement, int]:
    """The features of a sample of the customers in DuckDB and in pandas.

    Returns:
        How long each took, and in how many cells they differ.
    """
    with Warehouse.of(_settings(folder)).connect() as connection:
        sample = query_frame(
            connection,
            f"SELECT * FROM {FACT_TRANSACTIONS.qualified_name} WHERE hash(customer_id) % 100 < ?",
            [percent],
        )
    with duckdb.connect() as connection:
        for statement in (*FACT_TRANSACTIONS.create_statements(), *FEATURES.create_statements()):
            connection.execute(statement)
        connection.register("sample", sample)
        connection.execute(f"INSERT INTO {FACT_TRANSACTIONS.qualified_name} BY NAME FROM sample")
        started = now()
        rows = build_features(connection, CUTOFF)
        in_duckdb = Measurement.since(started, rows)
        found = connection.sql(f"FROM {FEATURES.qualified_name} ORDER BY customer_id, division").df()
    log = sample.with_columns(pl.col("amount", "quantity").cast(pl.Float64)).to_pandas()
    log["order_date"] = pd.to_datetime(log.order_date)
    started = now()
    expected = pandas_features(log, CUTOFF)
    in_pandas = Measurement.since(started, len(expected))
    found = found.set_index(["customer_id", "division"])[expected.columns]
    numbers = expected.columns.drop("population")
    apart = (found[numbers] - expected[numbers]).abs() > 1e-2 + 1e-6 * expected[numbers].abs()
    missing = found[numbers].isna() != expected[numbers].isna()
    return in_duckdb, in_pandas, int((apart | missing).to_numpy().sum())


def _money(product: int) -> str:
    return f"(100 + hash(i, {product}, 'm') % 500000) / 100.0"


def _settings(folder: Path) -> Settings:
    return Settings(home=folder / "home", sales_log=str(folder / LOG), product_map=folder / PRODUCT_MAP)


def _line(name: str, measured: Measurement) -> None:
    print(
        f"{name:<44}{measured.rows:>14,}{measured.wall:>10.1f}{measured.cpu:>10.1f}{measured.peak_gb:>10.2f}",
        flush=True,
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, default=10_000_000)
    parser.add_argument("--sample", type=int, nargs="*", default=[1, 5], help="per cent of the customers, for pandas")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_log(folder, arguments.transactions)
        print(f"A CSV of {(folder / LOG).stat().st_size / 1e9:.1f} GB, load {os.getloadavg()[0]:.1f} before.")
        print(f"{'part':<44}{'rows':>14}{'wall s':>10}{'CPU s':>10}{'peak GB':>10}")
        etl = alone(transactions_from_csv, folder)
        _line("CSV to transactions", etl)
        features = alone(features_of_one_cutoff, folder)
        _line("transactions to features of one cutoff", features)
        _line(
            "both",
            Measurement(
                etl.wall + features.wall, etl.cpu + features.cpu, max(etl.peak_gb, features.peak_gb), features.rows
            ),
        )
        for percent in arguments.sample:
            in_duckdb, in_pandas, apart = alone(pandas_on_a_sample, folder, percent)
            _line(f"features of {percent} % of the customers, DuckDB", in_duckdb)
            _line(f"features of {percent} % of the customers, pandas", in_pandas)
            print(
                f"{'':>4}pandas took {in_pandas.wall / in_duckdb.wall:.1f} times as long; cells that differ: {apart:,}"
            )


if __name__ == "__main__":
    main()
