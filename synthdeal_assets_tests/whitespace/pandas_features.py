"""The features once more, written in pandas from their descriptions: what the SQL is held against.

Tests compare the numbers, `benchmarks/sales_speed.py` compares the time too. It is written as somebody who knows
pandas would write it, and shares nothing with `whitespace/sql/features.sql`.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd

from synthdeal_assets.whitespace.tables import DAYS_OF, FEATURES_OF_A_PAIR

PAIR = ["customer_id", "division"]


def pandas_features(log: pd.DataFrame, cutoff: dt.date) -> pd.DataFrame:
    """All features of a cutoff, indexed by customer and division in that order, columns as in whitespace.features.

    Args:
        log: customer_id, order_date (datetime64), invoice, product, division, amount and quantity (floats), is_return,
            is_holdout.
        cutoff: Last day that is known.
    """
    known = log[(log.order_date <= pd.Timestamp(cutoff)) & ~log.is_holdout].copy()
    known = known[known.customer_id.isin(known[~known.is_return].customer_id)]
    known["age"] = (pd.Timestamp(cutoff) - known.order_date).dt.days
    known["order"] = known.order_date.dt.strftime("%F ") + known.invoice.fillna("")
    known["units"] = np.where(known.is_return, -known.quantity.abs(), known.quantity)
    known["units"] = known.units.fillna(0)
    purchases = known[~known.is_return]
    everybody = pd.MultiIndex.from_product(
        [sorted(known.customer_id.unique()), sorted(known.division.unique())], names=PAIR
    )
    pair = _history(known, purchases, PAIR).reindex(everybody)
    whole = _history(known, purchases, ["customer_id"])
    customers = everybody.get_level_values("customer_id")
    divisions = everybody.get_level_values("division")
    features = pair.assign(
        population=np.where(everybody.isin(pd.MultiIndex.from_frame(known[PAIR])), "existing", "whitespace"),
        seats_12m=known[known.age < 365].groupby(PAIR).units.sum(),
        seats_total=known.groupby(PAIR).units.sum(),
        **{f"customer_{name}": whole[name].reindex(customers).to_numpy() for name in whole},
    )
    count = len(whole)

    owned = pair[pair.tenure_days.notna()].reset_index()
    per_customer = pd.DataFrame(index=whole.index)
    per_customer["customer_divisions_12m"] = owned[owned.recency_days < 365].groupby("customer_id").size()
    per_customer["customer_divisions_total"] = owned.groupby("customer_id").size()
    per_customer["customer_mean_order_amount"] = whole.amount_total / whole.orders_total.replace(0, np.nan)
    share = owned.orders_total / owned.groupby("customer_id").orders_total.transform("sum")
    per_customer["customer_division_entropy"] = (-share * np.log(share)).groupby(owned.customer_id).sum()
    features = features.assign(**{name: per_customer[name].reindex(customers).to_numpy() for name in per_customer})

    for name, rows in (("12m", purchases[purchases.age < 365]), ("total", purchases)):
        money = rows.groupby(PAIR).amount.sum().reindex(everybody)
        features[f"share_of_customer_{name}"] = money / money.groupby("customer_id").transform("sum").replace(0, np.nan)

    recency = pair.recency_days.unstack()
    features["other_recency_days"] = (
        pd.DataFrame({division: recency.drop(columns=division).min(axis=1) for division in recency})
        .stack(future_stack=True)
        .reindex(everybody)
    )

    owns = pair.tenure_days.notna().unstack()
    together = owns.T.astype(float) @ owns.astype(float)
    owners = pd.Series(np.diag(together), together.index)
    confidence = together.div(owners.replace(0, np.nan), axis=0).fillna(0)
    lift = (confidence * count).div(owners.replace(0, np.nan), axis=1).fillna(0)
    for division in owns:
        others = owns.drop(columns=division)
        lifts = others.astype(float).where(others) * lift.loc[others.columns, division]
        confidences = others.astype(float).where(others) * confidence.loc[others.columns, division]
        at = divisions == division
        features.loc[at, "cross_lift_max"] = lifts.max(axis=1).to_numpy()
        features.loc[at, "cross_lift_mean"] = lifts.mean(axis=1).to_numpy()
        features.loc[at, "cross_confidence_max"] = confidences.max(axis=1).to_numpy()

    features["next_division_share"] = _next_division_share(owned, owners, everybody)

    known_a_year = known.age.max() >= 364
    for division, rows in pair.groupby("division"):
        at = divisions == division
        features.loc[at, "division_owner_share"] = rows.tenure_days.notna().sum() / count
        features.loc[at, "division_buyer_share_12m"] = (rows.recency_days < 365).sum() / count
        features.loc[at, "division_entrant_share_12m"] = (rows.tenure_days < 365).sum() / count
        in_a_year = rows.orders_12m.sum()
        features.loc[at, "division_season_index"] = (
            rows.orders_same_season.sum() / (in_a_year * 90 / 365) if known_a_year and in_a_year else 1.0
        )

    may_be_missing = [name for name in FEATURES_OF_A_PAIR if name.endswith(("ency_days", "tenure_days", "gap_days"))]
    may_be_missing += ["gap_ratio", "customer_gap_ratio"]
    may_be_missing = [name for name in may_be_missing if "decayed" not in name]
    filled = [name for name in FEATURES_OF_A_PAIR if name not in may_be_missing]
    features[filled] = features[filled].astype(float).fillna(0)
    return features[["population", *FEATURES_OF_A_PAIR]]


def _history(known: pd.DataFrame, purchases: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    made = pd.DataFrame(index=known.groupby(key).size().index)
    orders = purchases.drop_duplicates([*key, "order"])
    made["recency_days"] = purchases.groupby(key).age.min()
    made["tenure_days"] = purchases.groupby(key).age.max()
    for span, days in DAYS_OF.items():
        made[f"orders_{span}"] = orders[orders.age < days].groupby(key).size()
        made[f"amount_{span}"] = known[known.age < days].groupby(key).amount.sum()
    made["orders_total"] = orders.groupby(key).size()
    made["amount_total"] = known.groupby(key).amount.sum()
    for what, near, far, span in (("orders", "3m", "6m", "3m"), ("orders", "12m", "24m", "12m")):
        for of in (what, "amount"):
            nearer = made[f"{of}_{near}"].fillna(0)
            made[f"{of}_lag_{span}"] = made[f"{of}_{far}"].fillna(0) - nearer
            made[f"{of}_delta_{span}"] = nearer - made[f"{of}_lag_{span}"]
    made["decayed_recency"] = np.exp(-made.recency_days / 90)
    made["decayed_orders"] = np.exp(-orders.age / 180).groupby([orders[name] for name in key]).sum()
    made["decayed_amount"] = (known.amount * np.exp(-known.age / 180)).groupby([known[name] for name in key]).sum()
    returned = -known[known.is_return].groupby(key).amount.sum()
    bought = purchases.groupby(key).amount.sum()
    made["returns_share"] = returned / bought[bought > 0]
    made["products_12m"] = purchases[purchases.age < 365].groupby(key)["product"].nunique()
    made["products_total"] = purchases.groupby(key)["product"].nunique()
    made["mean_gap_days"] = (made.tenure_days - made.recency_days) / (made.orders_total - 1).replace(0, np.nan)
    made["gap_ratio"] = made.recency_days / made.mean_gap_days.clip(lower=1)
    made["orders_same_season"] = orders[orders.age.between(275, 364)].groupby(key).size()
    return made.fillna({name: 0 for name in made if name not in _MISSING})


_MISSING = ("recency_days", "tenure_days", "mean_gap_days", "gap_ratio")


def _next_division_share(owned: pd.DataFrame, owners: pd.Series[float], everybody: pd.MultiIndex) -> pd.Series[float]:
    counts: dict[tuple[str, str], int] = {}
    latest: dict[str, list[str]] = {}
    for customer, rows in owned.groupby("customer_id"):
        steps = [list(step.division) for _, step in sorted(rows.groupby("tenure_days"), key=lambda item: -item[0])]
        latest[customer] = steps[-1]
        for former, latter in pairwise(steps):
            for pair in ((source, target) for source in former for target in latter):
                counts[pair] = counts.get(pair, 0) + 1
    shares = [
        max((counts.get((source, division), 0) / owners[source] for source in latest.get(customer, ())), default=0.0)
        for customer, division in everybody
    ]
    return pd.Series(shares, everybody)
