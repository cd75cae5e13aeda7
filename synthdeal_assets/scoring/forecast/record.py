"""Forecasts of today and of past days, each made with what was known on its day alone, deal by deal and in total.

The past days are the record of the ways: what each would have said, and what came. How good that was is measured in
the room `evaluation`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.statistics.bootstrap import FloatArray, resampling_weights
from synthdeal_assets.foundation.statistics.linear_algebra import on_one_thread
from synthdeal_assets.scoring.forecast.book import Book, day_of, number_of
from synthdeal_assets.scoring.forecast.deals import with_scores_of_whole_days
from synthdeal_assets.scoring.forecast.heading import Heading, Past, heading_of
from synthdeal_assets.scoring.forecast.horizons import days_within, is_due
from synthdeal_assets.scoring.forecast.ranges import ranges_of
from synthdeal_assets.scoring.forecast.tables import (
    END,
    FORECAST_TOTALS,
    FORECASTS,
    HORIZONS,
    NINETY_DAYS,
    QUARTER,
    WAYS,
)
from synthdeal_assets.scoring.forecast.ways import MIN_DAYS, ForecastWay, ways_on

PAST_DAYS: Final = 14
PURPOSE: Final = "scoring.forecasts"
DECIMALS: Final = 4
CENTS: Final = 2

_COLUMNS: Final = {END: "chance", NINETY_DAYS: "chance_90_days", QUARTER: "chance_in_quarter"}
Chances = dict[str, FloatArray]
"""What a way says of the deals of a day by horizon, as it is stored, so that whoever recounts finds the same."""


@dataclass(frozen=True)
class ForecastRecord:
    """Forecasts, and what became of them.

    Attributes:
        forecasts: The rows of scoring.forecasts.
        totals: The rows of scoring.forecast_totals.
        heading: The way that heads, and why.
    """

    forecasts: pl.DataFrame
    totals: pl.DataFrame
    heading: Heading


@dataclass(frozen=True)
class _Day:
    """What is said on a day."""

    day: dt.date
    deals: Book
    ids: pl.Series
    ways: Mapping[str, ForecastWay]
    chances: Mapping[str, Chances]


@on_one_thread()
def forecast_record(landmarks: pl.DataFrame, today: pl.DataFrame, as_of: dt.date) -> ForecastRecord:
    """The forecasts of today's open deals, and those of past days.

    Args:
        landmarks: Deals at month ends, as `landmark_frame` gives them; score is NULL where there is none.
        today: The deals that are open on `as_of`, likewise.
        as_of: The day of the world.
    """
    landmarks = with_scores_of_whole_days(landmarks).sort("opportunity_id", "landmark_date")
    past = Book.of(landmarks)
    draws = np.concatenate(list(resampling_weights(int(past.deal.max(initial=-1)) + 1, PURPOSE)))

    def said_on(day: dt.date, deals: Book, ids: pl.Series) -> _Day:
        ways = ways_on(day, deals, past, draws)
        chances = {
            name: {horizon: np.round(rows[0], DECIMALS) for horizon, rows in way.chances().items()}
            for name, way in ways.items()
        }
        return _Day(day, deals, ids, ways, chances)

    said = [
        said_on(day, past.on(day), landmarks["opportunity_id"].filter(pl.Series(past.day == number_of(day))))
        for day in past_days(past, as_of)
    ]
    said.append(said_on(as_of, Book.of(today), today["opportunity_id"]))
    heading = heading_of(_past_of(said, as_of), frozenset(said[-1].ways), draws)
    totals = [row for each in said for row in _totals(each, heading, as_of)]
    return ForecastRecord(
        FORECASTS.conform(pl.concat([FORECASTS.empty(), *(rows for each in said for rows in _rows(each))])),
        FORECAST_TOTALS.conform(pl.DataFrame(totals, schema=FORECAST_TOTALS.polars_schema)),
        heading,
    )


def past_days(past: Book, as_of: dt.date) -> list[dt.date]:
    """The last 14 month ends that had seven before them and of which it is known what the next 90 days brought."""
    days = [day_of(number) for number in np.unique(past.day)]
    return [day for day in days[MIN_DAYS:] if is_due(NINETY_DAYS, day, as_of)][-PAST_DAYS:]


def _past_of(said: list[_Day], as_of: dt.date) -> Past:
    """How far each way was from what 90 days brought, on the days of which that is known."""
    due = [each for each in said if is_due(NINETY_DAYS, each.day, as_of)]

    def joined(parts: list[Any]) -> Any:
        return np.concatenate([np.empty(0, dtype=np.int64), *parts])

    def squares(each: _Day, way: str) -> FloatArray:
        won = each.deals.won_within(days_within(NINETY_DAYS, each.day))
        return (
            np.asarray((each.chances[way][NINETY_DAYS] - won) ** 2)
            if way in each.chances
            else np.full(won.size, np.nan)
        )

    return Past(
        joined([each.deals.deal for each in due]),
        joined([each.deals.day for each in due]),
        {way: joined([squares(each, way) for each in due]) for way in WAYS},
    )


def _rows(said: _Day) -> Iterator[pl.DataFrame]:
    """The rows of scoring.forecasts of a day, by way."""
    for way, chances in said.chances.items():
        yield pl.DataFrame(
            {
                "forecast_date": said.day,
                "opportunity_id": said.ids,
                "way": way,
                **{_COLUMNS[horizon]: chances[horizon] for horizon in HORIZONS},
                "amount": said.deals.amount,
            },
            schema_overrides=FORECASTS.polars_schema,
        ).select(list(FORECASTS.polars_schema))


def _totals(said: _Day, heading: Heading, as_of: dt.date) -> Iterator[dict[str, Any]]:
    """The rows of scoring.forecast_totals of a day."""
    amounts = said.deals.amount
    for name, way in said.ways.items():
        ranges = ranges_of(way, amounts, said.day)
        for horizon in HORIZONS:
            low, high = ranges.get(horizon, (None, None))
            won = said.deals.won_within(days_within(horizon, said.day))
            yield {
                "forecast_date": said.day,
                "way": name,
                "horizon": horizon,
                "deals": amounts.size,
                "amount": round(float(said.chances[name][horizon] @ amounts), CENTS),
                "low": low,
                "high": high,
                "actual": round(float(won @ amounts), CENTS) if is_due(horizon, said.day, as_of) else None,
                "is_headline": name == heading.way,
                "explanation": heading.words_on(name),
            }
