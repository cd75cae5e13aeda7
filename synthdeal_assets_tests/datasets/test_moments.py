"""Points in time inside hours and days of the week, without a draw that is thrown away."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from synthdeal_assets.datasets.engine.moments import OpenHours, whole_between

EPOCH = datetime(1970, 1, 1)


def seconds(*moments: datetime) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([round((moment - EPOCH).total_seconds()) for moment in moments], dtype=np.int64)


def test_every_open_second_between_two_moments_is_reached_and_no_other() -> None:
    low, high = datetime(2025, 3, 7, 17, 58), datetime(2025, 3, 10, 8, 1)  # Friday evening to Monday morning
    wanted = [
        moment
        for step in range(round((high - low).total_seconds()) + 1)
        if (moment := low + timedelta(seconds=step)).weekday() < 5 and 8 <= moment.hour < 18
    ]
    u = (np.arange(len(wanted)) + 0.5) / len(wanted)

    found, there = OpenHours(range(5), 8 * 60, 18 * 60).between(
        np.repeat(seconds(low), u.size), np.repeat(seconds(high), u.size), u
    )

    assert there.all()
    assert found.tolist() == seconds(*wanted).tolist()


@pytest.mark.parametrize(
    ("low", "high", "open_at_all"),
    [
        (datetime(2025, 3, 8), datetime(2025, 3, 9, 23), False),
        (datetime(2025, 3, 10, 18), datetime(2025, 3, 11, 7, 59, 59), False),
        (datetime(2025, 3, 10, 18), datetime(2025, 3, 11, 8), True),
        (datetime(1969, 12, 30, 9), datetime(1969, 12, 30, 9), True),
        (datetime(2025, 3, 11, 9), datetime(2025, 3, 11, 8), False),
    ],
)
def test_where_nothing_is_open_that_is_said(low: datetime, high: datetime, open_at_all: bool) -> None:
    found, there = OpenHours(range(5), 8 * 60, 18 * 60).between(seconds(low), seconds(high), np.array([0.7]))

    assert there.tolist() == [open_at_all]
    assert open_at_all or found.tolist() == seconds(low).tolist()


def test_whole_numbers_between_two_ends_include_both() -> None:
    low, high = np.array([3, 3, 3, 5]), np.array([5, 5, 5, 4])

    found, there = whole_between(low, high, np.array([0.01, 0.5, 0.999999, 0.5]))

    assert found.tolist() == [3, 4, 5, 5]
    assert there.tolist() == [True, True, True, False]
