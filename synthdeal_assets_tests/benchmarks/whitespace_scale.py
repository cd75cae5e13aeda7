"""What a large sales log costs the whitespace engine: each step of `synthdeal whitespace run`, and its checks.

    python -m synthdeal_assets_tests.benchmarks.whitespace_scale [--transactions 1000000] [--home FOLDER]

A log of ten divisions is made first, which is not counted: some customers have a division from the start, some take it
up on a day, mostly after the division it goes with, some never, and some leave; so there is something to learn and
something to list. Then the assets of the job `whitespace_refresh` run, and their checks, each step in a process of its
own, so that its peak memory is its own. In the end the product's learners are fitted beside plain peers (scikit-learn's
elastic net with saga, LightGBM with its defaults) on the same pairs, all judged on a later window. What the first two
steps take from a CSV is measured in `sales_speed.py`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import dagster as dg
import duckdb
import lightgbm
import numpy as np
import polars as pl
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, logistic
from synthdeal_assets.foundation.statistics.linear_algebra import on_one_thread
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, limit_memory
from synthdeal_assets.sales.checks import SALES_CHECKS
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.checks import WHITESPACE_TABLE_CHECKS
from synthdeal_assets.whitespace.features.cutoffs import read_plan
from synthdeal_assets.whitespace.holdout.checks import HOLDOUT_CHECKS
from synthdeal_assets.whitespace.leakage.checks import FEATURE_CHECKS, LEAK_CHECKS
from synthdeal_assets.whitespace.models.learners import Regression, Trees, values_of
from synthdeal_assets.whitespace.models.matrix import features_in, read_learning
from synthdeal_assets.whitespace.models.model_selection import ScoredSample
from synthdeal_assets.whitespace.models.samples import TrainingSample
from synthdeal_assets.whitespace.tables import FEATURES, HOLDOUT_METRICS, PAGES, PREDICTIONS, PROFILES, WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import EXISTING
from synthdeal_assets_tests.benchmarks.measuring import Measurement, alone, now
from synthdeal_assets_tests.benchmarks.sales_speed import (
    DAYS,
    DIVISIONS,
    FIRST_DAY,
    LINES_OF_AN_INVOICE,
    PRODUCT_MAP,
    PRODUCTS,
    write_product_map,
)

TRANSACTIONS_OF_A_CUSTOMER: Final = 100
LOG: Final = "sales.parquet"
SAGA_ROUNDS: Final = 100
"""What scikit-learn does unless asked for more; saga mostly has not converged by then."""
QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

ASSETS: Final[dict[str, Table]] = {
    "log to transactions": FACT_TRANSACTIONS,
    "features and labels of all cutoffs": FEATURES,
    "models and predictions": PREDICTIONS,
    "whitespace list": WHITESPACE_LIST,
    "hold-out": HOLDOUT_METRICS,
    "profiles": PROFILES,
    "page and files": PAGES,
}
"""Steps of the job, with a table that each makes; others are made beside it."""
CHECKS: Final = {
    "checks of the transactions": SALES_CHECKS,
    "checks of features and labels": FEATURE_CHECKS,
    "search for leaks": LEAK_CHECKS,
    "checks of models, list and files": WHITESPACE_TABLE_CHECKS,
    "checks of the hold-out": HOLDOUT_CHECKS,
}


def write_log(folder: Path, transactions: int) -> None:
    """A wide Parquet file of about so many transactions, one row an invoice, and its product map."""
    customers = max(1, transactions // TRANSACTIONS_OF_A_CUSTOMER)
    takes_up = ", ".join(f"{_day_of_taking_up(division)} AS from_{division}" for division in range(DIVISIONS))
    # About half of all customers have a division, so that a product is on twice as many of their invoices.
    often = round(2e4 * LINES_OF_AN_INVOICE / PRODUCTS)
    cells = ", ".join(
        f"""
        CASE WHEN hash(i, {product}) % 10000 < {often} AND day >= from_{product % DIVISIONS} THEN
            if(hash(i, {product}, 'r') % 25 = 0, -1, 1) * (100 + hash(i, {product}, 'm') % 500000)::DECIMAL(18, 2) / 100
        END::DECIMAL(18, 2) AS "Product {product:02}",
        CASE WHEN hash(i, {product}) % 10000 < {often} AND day >= from_{product % DIVISIONS} THEN
            if(hash(i, {product}, 'r') % 25 = 0, -1, 1) * (1 + hash(i, {product}, 'q') % 20)
        END::INTEGER AS "Product {product:02}_Qty"
        """
        for product in range(PRODUCTS)
    )
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(
            f"""
            COPY (
                SELECT
                    format('CUST-{{:07d}}', customer) AS "Customer ID",
                    DATE '{FIRST_DAY}' + day AS "Invoice Date",
                    format('INV-{{:09d}}', i) AS "Invoice",
                    'Branch ' || (hash(i, 'b') % 12) AS "Branch",
                    'Rep ' || (customer % 60) AS "Rep",
                    {cells}
                FROM (
                    SELECT *, {takes_up}, if({_share("'leaves'")} < 0.3, {_share("'last'")} * {1.2 * DAYS}, 1e9) AS last
                    FROM (
                        SELECT
                            i,
                            (power(hash(i, 'c') / 18446744073709551616.0, 1.5) * {customers})::INTEGER AS customer,
                            (hash(i, 'd') % {DAYS})::INTEGER AS day
                        FROM range({round(transactions / LINES_OF_AN_INVOICE)}) AS invoices(i)
                    )
                )
                WHERE day <= last
            ) TO '{folder / LOG}'
            """
        )
    write_product_map(folder)


def made(home: Path, name: str) -> Measurement:
    """A step of the job: what one op makes, without the checks."""
    table = ASSETS[name]
    selection = dg.AssetSelection.assets(asset_key(table)).required_multi_asset_neighbors().without_checks()
    measured = _run(home, selection)
    rows = Warehouse.of(_settings(home)).read(f"SELECT count(*) FROM {table.qualified_name}").item()
    return replace(measured, rows=rows)


def checked(home: Path, name: str) -> Measurement:
    """All checks of some tables; the rows are the checks."""
    return _run(home, dg.AssetSelection.checks(*CHECKS[name]))


def fitted(home: Path, name: str) -> tuple[Measurement, float | None]:
    """A learner on the existing pairs of the first division, with its AUC on the window after the latest cutoff."""
    settings = _settings(home)
    with Warehouse.of(settings).connect() as connection:
        limit_memory(connection, settings)
        plan = read_plan(connection, settings)
        latest, *_ = cutoffs = plan.training[plan.scoring_cutoff]
        pairs = read_learning(connection, cutoffs, "Division 0").filter(pl.col("population") == EXISTING)
    past = (pairs["cutoff_date"] <= latest - dt.timedelta(days=plan.window_days)).to_numpy()
    judged = (pairs["cutoff_date"] == latest).to_numpy()
    features = features_in(pairs)
    bought, weight = (pairs[column].cast(pl.Float64).to_numpy() for column in ("bought", "weight"))
    everything = TrainingSample(values_of(pairs, features), bought, weight, pairs["fold"].to_numpy())
    started = now()
    log_odds = LEARNERS[name](everything.where(past), everything.values[judged])
    return Measurement.since(started, int(past.sum())), ScoredSample(
        logistic(log_odds), bought[judged], weight[judged]
    ).auc


@on_one_thread()
def _regression(sample: TrainingSample, judged: FloatArray) -> FloatArray:
    return Regression.fit(sample).log_odds(judged)


@on_one_thread()
def _trees(sample: TrainingSample, judged: FloatArray) -> FloatArray:
    return Trees.fit(sample).log_odds(judged)


def _saga(sample: TrainingSample, judged: FloatArray) -> FloatArray:
    """As a user of scikit-learn would: what is missing becomes the median, everything is standardised."""
    model = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(solver="saga", l1_ratio=0.5, max_iter=SAGA_ROUNDS),
    )
    with warnings.catch_warnings():
        # It says that it has not converged, which is so and takes nothing from what it costs.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(sample.values, sample.bought, logisticregression__sample_weight=sample.weight)
    return np.asarray(model.decision_function(judged))


def _plain_trees(sample: TrainingSample, judged: FloatArray) -> FloatArray:
    model = lightgbm.LGBMClassifier(verbosity=-1).fit(sample.values, sample.bought, sample_weight=sample.weight)
    return np.asarray(model.predict(judged, raw_score=True))


LEARNERS: Final[dict[str, Callable[[TrainingSample, FloatArray], FloatArray]]] = {
    "elastic net of the product": _regression,
    "elastic net of scikit-learn (saga)": _saga,
    "trees of the product": _trees,
    "LightGBM with its defaults": _plain_trees,
}


def _run(home: Path, selection: dg.AssetSelection) -> Measurement:
    settings = _settings(home)
    step = dg.define_asset_job("step", selection=selection)
    definitions = dg.Definitions.merge(build_definitions(settings=settings), dg.Definitions(jobs=[step]))
    job = definitions.resolve_job_def("step")
    with dg.DagsterInstance.ephemeral() as instance:
        started = now()
        result = job.execute_in_process(instance=instance, run_config=QUIET, raise_on_error=False)
    measured = Measurement.since(started, len(result.get_asset_check_evaluations()))
    for event in result.all_events:
        if event.is_step_failure:
            print(f"    {event.step_key} FAILED: {event.step_failure_data.error_display_string.splitlines()[0]}")
    for check in result.get_asset_check_evaluations():
        if not check.passed:
            print(f"    {check.asset_key.to_user_string()}: {check.check_name} does not hold: {check.description}")
    return measured


def _share(of: str) -> str:
    """A number from 0 to 1 that is a customer's own."""
    return f"(hash(customer, {of}) / 18446744073709551616.0)"


def _day_of_taking_up(division: int) -> str:
    """The day from which a customer buys from a division; those of odd number go with the one before."""
    first = division - division % 2
    kind, day = _share(f"'kind', {first}"), _share(f"'day', {first}")
    of_first = (
        f"CASE WHEN {kind} < 0.25 + 0.1 * (customer % 3) THEN -1 WHEN {kind} < 0.65 THEN {day} * {1.3 * DAYS} "
        "ELSE 1e9 END"
    )
    if division == first:
        return of_first
    kind, day = _share(f"'kind', {division}"), _share(f"'day', {division}")
    return (
        f"CASE WHEN {kind} < 0.2 THEN -1 WHEN {kind} < 0.65 THEN greatest({of_first}, -400) + 30 + {day} * 600 "
        "ELSE 1e9 END"
    )


def _settings(home: Path) -> Settings:
    return Settings(home=home, sales_log=str(home / LOG), product_map=home / PRODUCT_MAP)


def _line(name: str, measured: Measurement, more: str = "") -> None:
    print(
        f"{name:<36}{measured.rows:>12,}{measured.wall:>9.1f}{measured.cpu:>9.1f}{measured.peak_gb:>9.2f}{more}",
        flush=True,
    )


def _size_gb(home: Path, pattern: str) -> float:
    return sum(path.stat().st_size for path in home.glob(pattern) if path.is_file()) / 1e9


def _measure(home: Path, transactions: int, only: Sequence[str]) -> None:
    if not (home / LOG).exists():
        write_log(home, transactions)
    print(f"A log of {_size_gb(home, LOG):.2f} GB, load {os.getloadavg()[0]:.1f} before.")
    print(f"{'step':<36}{'rows':>12}{'wall s':>9}{'CPU s':>9}{'peak GB':>9}")
    total: list[Measurement] = []
    for measure, names in ((made, ASSETS), (checked, CHECKS)):
        for name in names:
            if not only or name in only:
                total.append(alone(measure, home, name))
                _line(name, total[-1])
    if total:
        wall, cpu = (sum(getattr(step, what) for step in total) for what in ("wall", "cpu"))
        _line("all of these", Measurement(wall, cpu, max(step.peak_gb for step in total), 0))
    print(f"Warehouse {_size_gb(home, 'warehouse.duckdb'):.2f} GB, files {_size_gb(home, '[er]*/*'):.3f} GB.")
    for name in LEARNERS:
        if not only or name in only:
            measured, auc = alone(fitted, home, name)
            _line(name, measured, "" if auc is None else f"   AUC {auc:.4f}")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, help="folder to work in, and to keep; a log that is there is taken")
    parser.add_argument("--only", nargs="*", default=[], help="steps by name, in a home that has those before")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home: Path = arguments.home or Path(name)
        home.mkdir(parents=True, exist_ok=True)
        _measure(home.absolute(), arguments.transactions, arguments.only)


if __name__ == "__main__":
    main()
