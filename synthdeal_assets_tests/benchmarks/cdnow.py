"""How well the whitespace engine foresees repeat purchases in CDNOW, the product's own way and beside plain peers.

    python -m synthdeal_assets_tests.benchmarks.cdnow PATH [--every-window]

PATH is `cdnow_master.csv` (69,659 transactions of 23,570 customers, 1997-01 to 1998-06): customer id, date, quantity,
amount. It goes through the ETL, features, labels and training that `synthdeal whitespace run` uses, with nothing set
for this file but cutoff and window. Aim at the cutoff 1997-09-30 with 90 days: AUC at least .777, calibration error at
most .017 (expected calibration error over ten bins of equal count). --every-window adds ten other windows, on which no
aim was set. The peers learn from the same earlier cutoffs; nothing that learns sees a purchase after its cutoff.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, recreate
from synthdeal_assets.sales.etl.etl import refill_sales
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan, read_plan
from synthdeal_assets.whitespace.features.features import build_features
from synthdeal_assets.whitespace.features.labels import build_labels
from synthdeal_assets.whitespace.models.matrix import read_learning
from synthdeal_assets.whitespace.models.model_selection import ScoredSample
from synthdeal_assets.whitespace.models.rules import rule_scores
from synthdeal_assets.whitespace.models.training import train_division
from synthdeal_assets.whitespace.tables import FEATURES, LABELS
from synthdeal_assets.whitespace.vocabulary import CHAMPION, EXISTING

MAIN = (dt.date(1997, 9, 30), 90)
OTHERS = (
    (dt.date(1997, 8, 31), 90),
    (dt.date(1997, 10, 31), 90),
    (dt.date(1997, 12, 31), 90),
    (dt.date(1998, 3, 31), 90),
    (dt.date(1997, 8, 31), 60),
    (dt.date(1997, 10, 31), 60),
    (dt.date(1997, 12, 31), 60),
    (dt.date(1998, 3, 31), 60),
    (dt.date(1997, 9, 30), 120),
    (dt.date(1997, 12, 31), 120),
)
AIM_AUC = 0.777
AIM_CALIBRATION_ERROR = 0.017
DIVISION = "CDs"
PRODUCT_MAP = """
customer_id: customer_id
order_date: date
products:
  - {product: CD, division: CDs, money: spend, quantity: cds}
"""
PLAIN = ("recency_days", "orders_total", "tenure_days", "amount_total")
"""What the peers know: recency, frequency, time as a customer and money."""


def main() -> None:
    """Print a table of measures for each window."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--every-window", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        mapped = home / "product_map.yaml"
        mapped.write_text(PRODUCT_MAP, encoding="utf-8")
        settings = Settings(home=home, sales_log=str(arguments.path), product_map=mapped)
        warehouse = Warehouse.of(settings)
        summary = refill_sales(warehouse, settings)
        print(f"{summary.transactions:,} transactions")
        for cutoff, window_days in (MAIN, *(OTHERS if arguments.every_window else ())):
            measure(warehouse, Settings(home=home, whitespace_cutoff=cutoff, whitespace_window_days=window_days))


def measure(warehouse: Warehouse, settings: Settings) -> None:
    """Train before the cutoff, judge after it, print."""
    started = time.perf_counter()
    with warehouse.connect() as connection:
        plan = read_plan(connection, settings)
        cutoff = plan.scoring_cutoff
        for table in (FEATURES, LABELS):
            recreate(connection, table)
        for day in plan.cutoffs:
            build_features(connection, day)
            build_labels(connection, day, plan.window_days)
        trained = train_division(connection, DIVISION, cutoff, plan.training[cutoff], plan.window_days)[EXISTING]
        seconds = time.perf_counter() - started
        learnt = read_learning(connection, plan.training[cutoff], DIVISION)
        judged_on = read_learning(connection, [cutoff], DIVISION)
    bought = judged_on["bought"].cast(pl.Float64).to_numpy()
    print(
        f"\nCutoff {cutoff}, {plan.window_days} days, {judged_on.height:,} customers of whom {bought.mean():.1%} buy "
        f"again, learnt from {len(plan.training[cutoff])} cutoffs, {seconds:.0f} s"
    )
    print(f"  {'':<34}{'AUC':>7}{'ECE':>8}{'lift@10':>9}{'Brier':>8}")
    for name, score, is_chance in scores(plan, learnt, judged_on):
        show(name, ScoredSample(score, bought, np.ones(bought.size)), is_chance=is_chance)
    if (cutoff, plan.window_days) == MAIN:
        print(f"  {'BG/NBD, as published for it':<34}{0.769:>7.4f}")
    champion = next(row for row in trained.rows if row["model_role"] == CHAMPION)
    ours = ScoredSample(trained.champion.predict(judged_on), bought, np.ones(bought.size))
    show(f"ours: {champion['learner']}", ours, is_chance=True)
    if (cutoff, plan.window_days) == MAIN:
        for what, aim, kept in (
            ("AUC", f"at least {AIM_AUC}", round(ours.auc or 0, 3) >= AIM_AUC),
            ("ECE", f"at most {AIM_CALIBRATION_ERROR}", (ours.calibration_error or 1) <= AIM_CALIBRATION_ERROR),
        ):
            print(f"  {what} {aim}: {'met' if kept else 'NOT MET'}")


def scores(plan: CutoffPlan, learnt: pl.DataFrame, judged_on: pl.DataFrame) -> Iterator[tuple[str, FloatArray, bool]]:
    """The rule recency and the plain peers: name, score, and whether it is a chance."""
    yield "rule recency", rule_scores(judged_on)["recency"].to_numpy(), False
    label = learnt["bought"].to_numpy()
    known, asked = (frame.select(PLAIN).fill_null(0).to_numpy() for frame in (learnt, judged_on))
    scale = StandardScaler().fit(known)
    regression = LogisticRegression(max_iter=1_000).fit(scale.transform(known), label)
    yield "plain regression (peer)", regression.predict_proba(scale.transform(asked))[:, 1], True
    trees = lightgbm.LGBMClassifier(verbosity=-1, n_jobs=1, random_state=1).fit(known, label)
    yield "plain LightGBM (peer)", np.asarray(trees.predict_proba(asked))[:, 1], True


def show(name: str, judged: ScoredSample, *, is_chance: bool) -> None:
    """One line of the table."""
    told = f"{judged.calibration_error:>8.4f}" if is_chance else f"{'':>8}"
    brier = f"{judged.brier:>8.4f}" if is_chance else ""
    print(f"  {name:<34}{judged.auc:>7.4f}{told}{judged.lift:>9.3f}{brier}", flush=True)


if __name__ == "__main__":
    main()
