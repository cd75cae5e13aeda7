"""Series: noise that remembers, any point of it alone, and shapes that follow the clock on the wall."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from scipy import stats

from synthdeal_assets.datasets.engine.children import Calendar
from synthdeal_assets.datasets.engine.elementary import cos_of_turns
from synthdeal_assets.datasets.engine.series import daily_wave, noise, trend, weekly_steps
from synthdeal_assets.datasets.engine.streams import hashes
from synthdeal_assets.foundation.drawing.randomness import FloatArray

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = Calendar("hour", date(2025, 3, 1), date(2025, 3, 31), "Europe/Berlin")
HOURS = MARCH.time_of(np.arange(MARCH.positions))
START = HOURS[0]

SENSORS, POINTS = 200, 743
KEYS = hashes(np.repeat(np.arange(SENSORS), POINTS), "7|readings|celsius|noise")
POSITIONS = np.tile(np.arange(POINTS), SENSORS)


def lag_correlations(values: FloatArray, lag: int) -> float:
    series = values.reshape(SENSORS, POINTS)
    return float(np.corrcoef(series[:, lag:].ravel(), series[:, :-lag].ravel())[0, 1])


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8, 0.95])
def test_noise_has_the_spread_and_the_memory_asked_for(memory: float) -> None:
    values = noise(KEYS, POSITIONS, 0.6, memory)
    # 148,600 values; those of a long memory are worth fewer independent ones.
    worth = values.size * (1 - memory**2) / (1 + memory**2)
    assert abs(values.std() / 0.6 - 1) < 5 / np.sqrt(2 * worth)
    for lag in (1, 2, 5):
        assert abs(lag_correlations(values, lag) - memory**lag) < 5 / np.sqrt(values.size)
    assert stats.kstest(values.reshape(SENSORS, POINTS)[:, ::80].ravel() / 0.6, "norm").pvalue > 1e-6


def test_any_point_of_a_series_stands_alone() -> None:
    values = noise(KEYS, POSITIONS, 0.6, 0.8)
    some = np.array([742, 5, 6, 7, 743, 744, 100_000, 5, 148_599])
    assert np.array_equal(noise(KEYS[some], POSITIONS[some], 0.6, 0.8), values[some])
    assert noise(KEYS[:0], POSITIONS[:0], 0.6, 0.8).size == 0


def test_two_series_have_nothing_in_common() -> None:
    series = noise(KEYS, POSITIONS, 1.0, 0.8).reshape(SENSORS, POINTS)
    between = np.asarray(np.corrcoef(series))[np.triu_indices(SENSORS, 1)]
    assert abs(between.mean()) < 0.005


def test_a_memory_that_64_points_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.99"):
        noise(KEYS[:3], POSITIONS[:3], 1.0, 0.99)


def test_a_trend_by_months_follows_the_calendar() -> None:
    days = Calendar("day", date(2025, 1, 1), date(2025, 12, 31), "Europe/Berlin")
    times = days.time_of(np.arange(days.positions))
    risen = trend(times, times[0], 1.5, "month")
    firsts = times.dt.day().to_numpy() == 1
    assert np.allclose(risen[firsts], 1.5 * np.arange(12), rtol=0, atol=1e-12)
    assert np.isclose(risen[times.to_list().index(datetime(2025, 2, 15, tzinfo=BERLIN))], 2.25)
    assert np.allclose(trend(times, times[0], 12, "year"), risen / 1.5, rtol=0, atol=1e-12)


def test_a_trend_by_hours_counts_those_that_pass() -> None:
    assert np.array_equal(trend(HOURS, START, 2.0, "hour"), 2.0 * np.arange(743))
    assert np.isclose(trend(HOURS, START, 24.0, "day")[-1], 742)


def test_a_wave_peaks_at_its_time_on_the_wall_on_both_sides_of_a_clock_change() -> None:
    wave = daily_wave(HOURS, 4.0, 15 * 60)
    by_hour = pl.DataFrame({"hour": HOURS.dt.hour(), "day": HOURS.dt.date(), "wave": wave})
    peaks = by_hour.filter(pl.col("wave") == pl.col("wave").max().over("day"))
    assert peaks["hour"].unique().to_list() == [15]
    assert np.allclose(peaks["wave"], 4.0, rtol=0, atol=1e-14)
    assert np.allclose(by_hour.filter(pl.col("hour") == 3)["wave"], -4.0, rtol=0, atol=1e-14)


def test_days_of_the_week_are_those_of_the_time_zone() -> None:
    steps = weekly_steps(HOURS, {5: -2.0, 6: -3.0})
    by_day = pl.DataFrame({"day": HOURS.dt.weekday(), "step": steps}).unique()
    assert dict(by_day.iter_rows()) == {1: 0.0, 2: 0.0, 3: 0.0, 4: 0.0, 5: 0.0, 6: -2.0, 7: -3.0}


def test_cosines_are_exact_to_the_last_digits() -> None:
    turns = np.linspace(-3, 3, 100_001)
    assert np.abs(cos_of_turns(turns) - np.cos(2 * np.pi * turns)).max() < 5e-15
    assert cos_of_turns(np.array([0.0, 0.25, 0.5, 1.0])).tolist() == [1.0, pytest.approx(0, abs=1e-16), -1.0, 1.0]
