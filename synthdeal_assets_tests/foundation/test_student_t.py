"""The quantile of Student's t distribution, compared with tables and with SciPy's."""

from __future__ import annotations

import pytest
from scipy.special import stdtrit

from synthdeal_assets.foundation.statistics.student_t import student_t_quantile

DEGREES = (1, 2, 3, 4, 5, 10, 19, 29, 39, 40, 41, 60, 100, 1_000, 10_000, 1_000_000)
TAILS = (0.49, 0.3, 0.1, 0.025, 0.005, 1e-3, 1e-5, 1e-7)


@pytest.mark.parametrize(
    ("degrees", "tail", "printed"),
    [(1, 0.025, 12.706), (2, 0.005, 9.925), (9, 0.025, 2.262), (30, 0.05, 1.697), (120, 0.001, 3.160)],
)
def test_quantiles_are_those_that_books_print(degrees: int, tail: float, printed: float) -> None:
    assert round(student_t_quantile(degrees, tail), 3) == printed


@pytest.mark.parametrize("degrees", DEGREES)
def test_quantiles_are_those_of_scipy(degrees: int) -> None:
    ours = [student_t_quantile(degrees, tail) for tail in TAILS]

    assert ours == pytest.approx([-float(stdtrit(degrees, tail)) for tail in TAILS], rel=1e-10)


def test_the_middle_is_nil() -> None:
    assert student_t_quantile(7, 0.5) == 0


@pytest.mark.parametrize(("degrees", "tail"), [(0, 0.025), (-1, 0.025), (5, 0.0), (5, 0.6), (5, float("nan"))])
def test_what_has_no_quantile_is_refused(degrees: float, tail: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        student_t_quantile(degrees, tail)
