"""The columns of a dataset from its specification, refused where what is promised cannot be.

Whoever plans or draws needs no more than this: writing and recounting belong in `generation.py`.
"""

from __future__ import annotations

from pathlib import Path

from synthdeal_assets.datasets.engine.columns import Columns
from synthdeal_assets.datasets.engine.feasibility import require_feasible
from synthdeal_assets.datasets.spec.dependencies import dependencies_of
from synthdeal_assets.datasets.spec.resolution import resolve
from synthdeal_assets.datasets.spec.spec_file import ReadSpecification


def prepared(read: ReadSpecification, folder: Path | None = None) -> Columns:
    """The columns that a specification declares, not worked out yet.

    Raises:
        SynthDealError: Names refer to nothing, fields depend on each other in a circle, or what is promised cannot be.
    """
    dataset = resolve(read.specification, read.where, read.line_of)
    columns = Columns(dataset, dependencies_of(dataset, read.where, read.line_of))
    require_feasible(columns, read.where, folder)
    return columns
