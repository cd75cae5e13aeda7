"""How good the ways to forecast have been on past days: against each other, and against the exact chance.

A day counts for a horizon once it is known what the horizon has brought to all its deals, so that no quick deal stands
for a slow one. Intervals are 95 % percentile bootstrap intervals over deals, each drawn with all its days, because they
share their end. The days share deals too: six days tell less than six times what one does. So few deals that their
resamples say nothing of luck have no interval.

The exact chance is the ceiling. Which way heads was decided without it (`scoring/forecast/heading.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from synthdeal_assets.evaluation.forecast_tables import (
    AMOUNT_BIAS,
    AMOUNT_ERROR,
    BRIER,
    BRIER_AGAINST_STAGE_RATES,
    EXACT_CHANCE,
    FORECAST_BACKTEST,
    GAIN_OF_THE_SCORE,
    RANGE_COVERS,
)
from synthdeal_assets.evaluation.quality.figures import MIN_OPPORTUNITIES
from synthdeal_assets.foundation.statistics.bootstrap import (
    BoolArray,
    FloatArray,
    divided,
    percentile_interval,
    resampling_weights,
)
from synthdeal_assets.foundation.statistics.linear_algebra import on_one_thread
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_frame
from synthdeal_assets.scoring.forecast.tables import (
    END,
    FORECAST_TOTALS,
    HORIZONS,
    LEARNT,
    NINETY_DAYS,
    QUARTER,
    STAGE_RATES,
    WAYS,
    WITHOUT_THE_SCORE,
)

PURPOSE: Final = "scoring.forecast_backtest"
DECIMALS: Final = 4

_COLUMNS: Final = {
    END: ("chance", "won", "in the end"),
    NINETY_DAYS: ("chance_90_days", "won_90_days", "within 90 days"),
    QUARTER: ("chance_in_quarter", "won_in_quarter", "in what was left of the quarter"),
}
"""By horizon: the column of the chance, that of what came, and the horizon in words."""


@dataclass(frozen=True)
class SaidWithin:
    """What a way said within a horizon, and what came: arrays of shape (deals, days), 0 where it said nothing.

    Attributes:
        spoke: 1 where it said something.
        chance: The chance, 0 to 1.
        won: 1 where the deal was won within the horizon.
        amount: Its amount, in USD.
    """

    spoke: FloatArray
    chance: FloatArray
    won: FloatArray
    amount: FloatArray

    @property
    def squares(self) -> FloatArray:
        """Squared distance of the chance from what came."""
        return (self.chance - self.won) ** 2

    def mean_over_days(self, values: FloatArray, draws: FloatArray) -> FloatArray:
        """The mean over the days of the mean of a value over the deals, of each draw."""
        with_deals = self.spoke.any(axis=0)
        by_day = divided(draws @ values[:, with_deals], draws @ self.spoke[:, with_deals])
        return np.asarray(by_day.mean(axis=1))

    def amounts(self, draws: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Forecast and actual amount in USD of each draw and day."""
        return draws @ (self.chance * self.amount), draws @ (self.won * self.amount)

    @property
    def came(self) -> BoolArray:
        """On which days something was won, without which no error is a share of it."""
        return np.asarray((self.won * self.amount).sum(axis=0) > 0)


def measure_forecasts(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The rows of scoring.forecast_backtest; none before there is a past day of which it is known what came."""
    rows = query_frame(connection, statement(__package__, "forecast_outcomes.sql"))
    return backtest_of(rows, table_frame(connection, FORECAST_TOTALS))


@on_one_thread()
def backtest_of(rows: pl.DataFrame, totals: pl.DataFrame) -> pl.DataFrame:
    """How good the ways have been.

    Args:
        rows: One row a past day, deal and way: forecast_date, opportunity_id, way, amount, exact_chance, and for each
            horizon the chance and whether the deal was won (`_COLUMNS`).
        totals: Rows of scoring.forecast_totals. Days without `actual`, which is not known yet, count for nothing, and
            neither do those on which no day of the quarter was left.
    """
    found: list[dict[str, Any]] = []
    for horizon in HORIZONS:
        known = totals.filter(pl.col("horizon") == horizon, pl.col("actual").is_not_null())
        days = known.filter(pl.col("amount") > 0)["forecast_date"].unique()
        known = known.filter(pl.col("forecast_date").is_in(days.implode()))
        said = said_within(horizon, rows.filter(pl.col("forecast_date").is_in(days.implode())))
        found += _rows(said, horizon, known)
    return FORECAST_BACKTEST.conform(pl.DataFrame(found, schema=FORECAST_BACKTEST.polars_schema))


def said_within(horizon: str, rows: pl.DataFrame) -> dict[str, SaidWithin]:
    """What each way said within a horizon; of the end, the exact chance too.

    Args:
        horizon: The horizon.
        rows: As for `backtest_of`, of the days of which it is known what came.
    """
    chance, won, _ = _COLUMNS[horizon]
    placed = rows.with_columns(
        deal=(pl.col("opportunity_id").rank("dense") - 1).cast(pl.Int64),
        day=(pl.col("forecast_date").rank("dense") - 1).cast(pl.Int64),
    )
    shape = (placed["opportunity_id"].n_unique(), placed["forecast_date"].n_unique())

    def said(of: pl.DataFrame, chance: str) -> SaidWithin:
        place = (of["deal"].to_numpy(), of["day"].to_numpy())

        def filled(values: pl.Series) -> FloatArray:
            array = np.zeros(shape)
            array[place] = values.cast(pl.Float64).to_numpy()
            return array

        spoke = np.zeros(shape)
        spoke[place] = 1
        return SaidWithin(spoke, *(filled(of[column]) for column in (chance, won, "amount")))

    ways = {way: placed.filter(pl.col("way") == way) for way in WAYS}
    found = {way: said(of, chance) for way, of in ways.items() if of.height}
    if horizon == END and found:
        found[EXACT_CHANCE] = said(placed.unique(["deal", "day"], maintain_order=True), "exact_chance")
    return found


def _rows(said: Mapping[str, SaidWithin], horizon: str, totals: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of scoring.forecast_backtest of a horizon."""
    if not said:
        return
    deals = next(iter(said.values())).spoke.shape[0]
    draws = np.vstack([np.ones((1, deals)), *resampling_weights(deals, PURPOSE)])
    for way, each in said.items():
        behind = int(each.spoke.any(axis=1).sum())
        common = {"way": way, "horizon": horizon, "days": int(each.spoke.any(axis=0).sum()), "deals": behind}
        for measure, values in _measures(way, said, draws):
            days = {"days": int(each.came.sum())} if measure == AMOUNT_ERROR else {}
            yield {**common, **days, "measure": measure, **_figure(measure, horizon, values, behind)}
        covered = totals.filter(pl.col("way") == way, pl.col("low").is_not_null()).select(
            pl.col("actual").is_between("low", "high")
        )
        if covered.height:
            share = covered.mean().to_numpy()[0]
            yield {**common, "measure": RANGE_COVERS, **_figure(RANGE_COVERS, horizon, share, behind)}


def _measures(way: str, said: Mapping[str, SaidWithin], draws: FloatArray) -> Iterator[tuple[str, FloatArray]]:
    """The measures of a way: of all deals, then of each resample."""
    each = said[way]
    yield BRIER, each.mean_over_days(each.squares, draws)
    for measure, of, other in (
        (BRIER_AGAINST_STAGE_RATES, way, STAGE_RATES),
        (GAIN_OF_THE_SCORE, LEARNT, WITHOUT_THE_SCORE),
    ):
        if way == of and other in said and other != way:
            both = each.spoke * said[other].spoke
            compared = SaidWithin(both, each.chance, each.won, each.amount)
            yield measure, compared.mean_over_days((each.squares - said[other].squares) * both, draws)
    forecast, actual = each.amounts(draws)
    if each.came.any():
        off = divided(np.abs(forecast - actual), actual)[:, each.came]
        yield AMOUNT_ERROR, np.asarray(off.mean(axis=1))
        yield AMOUNT_BIAS, divided(forecast.sum(axis=1) - actual.sum(axis=1), actual.sum(axis=1))


def _figure(measure: str, horizon: str, values: FloatArray, deals: int) -> dict[str, Any]:
    """A figure of so many deals, with the interval of its resamples, and what it means."""
    value, resampled = float(values[0]), values[1:]
    too_few = resampled.size > 0 and deals < MIN_OPPORTUNITIES
    ends = None if too_few else percentile_interval(resampled)
    low, high = ends or (None, None)
    few = f" Too few deals for an interval, which takes {MIN_OPPORTUNITIES}." if too_few else ""
    return {
        "value": round(value, DECIMALS),
        "low": None if low is None else round(low, DECIMALS),
        "high": None if high is None else round(high, DECIMALS),
        "explanation": _explanation(measure, _COLUMNS[horizon][2], value, ends) + few,
    }


def _explanation(measure: str, within: str, value: float, ends: tuple[float, float] | None) -> str:
    if measure in (BRIER_AGAINST_STAGE_RATES, GAIN_OF_THE_SCORE):
        other = "the rates by stage" if measure == BRIER_AGAINST_STAGE_RATES else "what is learnt without the score"
        verdict = (
            "No difference beyond chance from"
            if ends is None or ends[0] <= 0 <= ends[1]
            else ("Nearer to what came than" if value < 0 else "Farther from what came than")
        )
        return f"{verdict} {other}, {within}: the difference of the Brier scores, below 0 is better."
    return {
        BRIER: f"Mean squared distance of the chance from what came {within}; 0 is perfect, always 50% has 0.25.",
        AMOUNT_ERROR: f"On the mean of the days, the forecast of the amount won {within} was {value:.0%} off.",
        AMOUNT_BIAS: f"Over all days, the forecast of the amount won {within} was {abs(value):.0%} too "
        f"{'high' if value > 0 else 'low'}.",
        RANGE_COVERS: f"The range held the amount won {within} on {value:.0%} of the days; it is meant to on 80%. Days "
        "that follow each other share deals, so that this is known less well than their number suggests.",
    }[measure]
