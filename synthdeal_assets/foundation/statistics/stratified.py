"""Whether two groups differ within strata: the Cochran-Mantel-Haenszel test.

Groups that lie unequally over the strata differ as a whole even where they are alike in each; the test compares them
stratum by stratum. What is compared, and at which level, belongs in the rooms.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from synthdeal_assets.foundation.statistics.bootstrap import BoolArray, IntArray

CONTINUITY: Final = 0.5
"""Yates' correction, as in `mantelhaen.test` of R: counts are whole, and without it small tables pass too often."""


def mantel_haenszel(marked: BoolArray, lost: BoolArray, stratum: IntArray) -> tuple[float, float]:
    """Whether the marked lose more, or less, often than the others of the same stratum.

    Cochran (1954), "Some methods for strengthening the common chi-square tests"; Mantel and Haenszel (1959),
    "Statistical aspects of the analysis of data from retrospective studies of disease". In each stratum the number of
    marked that lose is hypergeometric when the mark says nothing; its surplus and variance are added up.

    Args:
        marked: Whether each case is marked.
        lost: Whether it loses.
        stratum: Number of its stratum, from 0.

    Returns:
        The surplus of losses among the marked over what their strata let expect, in cases, and the two-sided p-value
        with the correction for continuity; (0, 1) where no stratum has both marked and others, lost and not.
    """
    if not marked.size:
        return 0.0, 1.0
    cases, of_marked, of_lost, both = (
        np.bincount(stratum[chosen], minlength=int(stratum.max()) + 1).astype(np.float64)
        for chosen in (slice(None), marked, lost, marked & lost)
    )
    several = cases > 1
    cases, of_marked, of_lost, both = cases[several], of_marked[several], of_lost[several], both[several]
    surplus = float(np.sum(both - of_marked * of_lost / cases))
    variance = float(np.sum(of_marked * (cases - of_marked) * of_lost * (cases - of_lost) / (cases**2 * (cases - 1))))
    if not variance:
        return 0.0, 1.0
    distance = max(abs(surplus) - CONTINUITY, 0.0)
    return surplus, math.erfc(distance / math.sqrt(2 * variance))
