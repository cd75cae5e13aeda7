"""The whitespace list: every pair without a purchase, how promising it is, why, and who may act on it.

The score is a blend of fixed weights over four parts (`score_components.py`); the challenger learns its own
(`stacking.py`). Who may be called is decided in `eligibility.py`, words are made in `reasons.py`; how good the list is
belongs in `holdout/`.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.statistics.linear_algebra import on_one_thread
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.settings import WHITESPACE_PARTS, Settings
from synthdeal_assets.whitespace.features.basket import Basket
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan
from synthdeal_assets.whitespace.models.champions import read_champions, rule_in_words
from synthdeal_assets.whitespace.models.matrix import read_matrix
from synthdeal_assets.whitespace.ranked_list.eligibility import (
    judge_eligibility,
    read_customers,
    read_do_not_contact,
    read_families,
    read_open_opportunities,
    recognise,
    with_capacity,
)
from synthdeal_assets.whitespace.ranked_list.reasons import (
    chance_in_words,
    lift_in_words,
    read_bought,
    reasons_in_words,
    typical_values,
)
from synthdeal_assets.whitespace.ranked_list.score_components import read_parts
from synthdeal_assets.whitespace.ranked_list.stacking import learn_stacker
from synthdeal_assets.whitespace.tables import WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import GRADES, WHITESPACE

SHARE_UP_TO_GRADE: Final = (0.10, 0.30, 0.60, 1.0)
"""A is the tenth that a gate on lift@10 is about; B and C take twice and three times as many more, as a team that is
through with A would; D is what a mail-out may reach, and nobody should call."""

MAX_EXPLAINED: Final = 20_000
"""Pairs, those within capacity first and then the best ones, whose reasons come from the model's contributions: what
trees counted takes milliseconds a pair, and nobody reads a million. `synthdeal whitespace explain` gives any pair's."""

DECIMALS: Final = 9


@dataclass(frozen=True, slots=True)
class BuiltList:
    """The list of a cutoff.

    Attributes:
        frame: Rows of `WHITESPACE_LIST`, in the order of the places.
        caveats: Sentences on the whole list.
        challenger: What the challenger is, in a sentence.
        basket: Association of the divisions at the cutoff.
    """

    frame: pl.DataFrame
    caveats: tuple[str, ...]
    challenger: str
    basket: Basket


@on_one_thread()
def build_list(
    connection: duckdb.DuckDBPyConnection,
    plan: CutoffPlan,
    settings: Settings,
    cutoff: dt.date,
    model_cutoff: dt.date,
) -> BuiltList:
    """The whitespace list of a cutoff, from nothing later.

    Args:
        connection: With transactions, features, labels, models and predictions.
        plan: The cutoffs of the run.
        settings: Weights, capacity and rules.
        cutoff: Last day that is known.
        model_cutoff: The cutoff of the models whose predictions are taken.

    Raises:
        SynthDealError: The do-not-contact file cannot be read, or there are no predictions.
    """
    do_not_contact = (
        None if settings.whitespace.do_not_contact is None else read_do_not_contact(settings.whitespace.do_not_contact)
    )
    parts = read_parts(connection, cutoff, model_cutoff)
    if parts.pairs.is_empty() and not _has_predictions(connection, cutoff, model_cutoff):
        raise SynthDealError(
            f"Nothing was predicted at the cutoff {cutoff}: run `synthdeal whitespace run`, which runs all steps.",
            code="whitespace.nothing-predicted",
        )
    customers = read_customers(connection, cutoff)
    strangers: tuple[str, ...] = ()
    if do_not_contact is not None:
        do_not_contact, strangers = recognise(do_not_contact, customers["customer_id"], parts.basket.divisions)
    stacker = learn_stacker(connection, model_cutoff)
    if isinstance(stacker, str):
        challenger_scores = parts.pairs["p_challenger"]
        challenger = f"the second-best model. {stacker}"
    else:
        challenger_scores = stacker.scores(parts.pairs)
        challenger = (
            f"a logistic regression over the four parts, learnt from {stacker.positives:,} purchases after "
            f"{stacker.learnt_at}"
        )
    pairs = _placed(
        parts.pairs.with_columns(challenger_score=challenger_scores.clip(0, 1)), settings.whitespace.weight_of
    )
    pairs = judge_eligibility(
        pairs.join(customers, on="customer_id", how="left", maintain_order="left"),
        read_open_opportunities(connection, cutoff),
        do_not_contact,
        divisions=parts.basket.divisions,
        families=read_families(connection),
        recent_purchase_days=settings.whitespace.recent_purchase_days,
    )
    pairs = with_capacity(pairs, settings.whitespace.capacity_per_rep).sort("place")
    pairs = _with_reasons(connection, pairs, model_cutoff, cutoff)
    caveats = [
        *parts.caveats,
        *([f"The challenger is {challenger}."] if isinstance(stacker, str) else []),
        *strangers,
    ]
    frame = pairs.with_columns(cutoff_date=pl.lit(cutoff), is_current=pl.lit(cutoff == plan.scoring_cutoff)).select(
        list(WHITESPACE_LIST.polars_schema)
    )
    return BuiltList(
        WHITESPACE_LIST.conform(frame), tuple(caveat for caveat in caveats if caveat), challenger, parts.basket
    )


def _placed(pairs: pl.DataFrame, weight_of: dict[str, float]) -> pl.DataFrame:
    """The pairs with score, place and grade; equal scores stand in the order of customer_id and division."""
    score = pl.sum_horizontal(pl.col(f"{part}_part") * weight_of[part] for part in WHITESPACE_PARTS)
    placed = (
        pairs.with_columns(score=score.round(DECIMALS).clip(0, 1))
        .sort("score", "customer_id", "division", descending=[True, False, False])
        .with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    )
    last = [math.ceil(share * pairs.height) for share in SHARE_UP_TO_GRADE[:-1]]
    grade = pl.lit(GRADES[-1])
    for name, place in reversed(list(zip(GRADES, last, strict=False))):
        grade = pl.when(pl.col("place") <= place).then(pl.lit(name)).otherwise(grade)
    return placed.with_columns(grade=grade)


def _with_reasons(
    connection: duckdb.DuckDBPyConnection, pairs: pl.DataFrame, model_cutoff: dt.date, cutoff: dt.date
) -> pl.DataFrame:
    """The pairs, in their order, with reasons and caveat."""
    wanted = pairs.sort(pl.col("within_capacity").not_(), "place").head(MAX_EXPLAINED).select("customer_id", "division")
    champions = read_champions(connection, model_cutoff, WHITESPACE)
    typical = typical_values(connection, cutoff, WHITESPACE)
    bought = read_bought(connection, cutoff, wanted["customer_id"])
    told = [pl.DataFrame(schema=dict.fromkeys(("customer_id", "division", "_told"), pl.String()))]
    for division, champion in champions.items():
        customers = wanted.filter(pl.col("division") == division)["customer_id"]
        if champion.fitted is None or customers.is_empty():
            continue
        rows = read_matrix(connection, cutoff, division, WHITESPACE, customers)
        words = reasons_in_words(
            rows,
            champion.fitted.features,
            champion.fitted.contributions(rows),
            typical[division],
            division,
            bought=bought,
        )
        told.append(rows.select("customer_id", division=pl.lit(division), _told=pl.Series(words, dtype=pl.String)))
    about = pl.DataFrame(
        [(name, rule_in_words(champion), champion.caveat) for name, champion in champions.items()],
        schema={"division": pl.String(), "_rule": pl.String(), "caveat": pl.String()},
        orient="row",
    )
    return (
        pairs.join(about, on="division", how="left", maintain_order="left")
        .join(pl.concat(told), on=["customer_id", "division"], how="left", maintain_order="left")
        .with_columns(
            reasons=pl.concat_str(
                chance_in_words(), "_rule", "_told", lift_in_words(), separator=" ", ignore_nulls=True
            )
        )
    )


def _has_predictions(connection: duckdb.DuckDBPyConnection, cutoff: dt.date, model_cutoff: dt.date) -> bool:
    return bool(
        query_frame(
            connection,
            "SELECT count(*) FROM whitespace.predictions WHERE model_cutoff = $model_cutoff AND cutoff_date = $cutoff",
            {"cutoff": cutoff, "model_cutoff": model_cutoff},
        ).item()
    )
