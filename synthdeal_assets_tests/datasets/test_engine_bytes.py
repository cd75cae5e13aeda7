"""The numbers of the engine are the same in every process and on every machine.

A digest that changes means that every dataset of every user changes: do it on purpose, or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.datasets.engine import distributions as d
from synthdeal_assets.datasets.engine.blemishes import DirtyField
from synthdeal_assets.datasets.engine.blocks import exact_values
from synthdeal_assets.datasets.engine.children import Calendar, DrawnChildren
from synthdeal_assets.datasets.engine.correlations import (
    correlated_uniforms,
    dependences,
    latent_of_rank,
    solved_latent,
)
from synthdeal_assets.datasets.engine.counts import WholeNumbers
from synthdeal_assets.datasets.engine.lifecycles import LifeCycle
from synthdeal_assets.datasets.engine.patterns import Pattern
from synthdeal_assets.datasets.engine.permutation import permute
from synthdeal_assets.datasets.engine.series import daily_wave, noise
from synthdeal_assets.datasets.engine.streams import hashes, uniforms
from synthdeal_assets.datasets.engine.text_columns import uuids
from synthdeal_assets.datasets.engine.totals import ExactTotals
from synthdeal_assets.foundation.drawing.randomness import FloatArray, IntArray

REPOSITORY = Path(__file__).parents[2]
ROWS = np.arange(70_000)
U = uniforms(hashes(ROWS, "7|table|field"))


def raw(rows: IntArray) -> tuple[IntArray, FloatArray]:
    return rows % 3, d.LogNormal.of_p90(60, 300).quantile(uniforms(hashes(rows, "raw")))


def children() -> IntArray:
    counts = WholeNumbers.poisson(3).bounded(1, 12)
    drawn = DrawnChildren(70_000, lambda rows: counts.quantile(U[rows]), low=1, high=12, total=215_000, salt="s")
    return np.concatenate(drawn.parents_of(np.arange(215_000)))


HOURS = Calendar("hour", date(2025, 3, 1), date(2025, 3, 31), "Europe/Berlin")
DEPENDENCE = dependences("ab", {("a", "b"): latent_of_rank(0.6)})
LIFE = LifeCycle(
    "a", {"a": ["b", "c"], "b": ["c"]}, {"b": Fraction("0.3"), "c": Fraction("0.7")}, table_rows=70_000, salt="s"
)
DIRT = {kind: Fraction(1, 10) for kind in ("missing", "typo", "stray_blanks", "wrong_case", "format_drift")}


def texts(rows: IntArray) -> pl.Series:
    return "Müller-" + pl.Series(rows).cast(pl.String)


MADE: dict[str, Callable[[], IntArray | FloatArray | pl.Series]] = {
    "shares": lambda: exact_values(ROWS, 70_000, [Fraction("0.3"), Fraction("0.7")], "s"),
    "permutation": lambda: permute(ROWS, 70_000, 7),
    "children": children,
    "uniform": lambda: d.uniform(U, 5, 500, decimals=2),
    "normal": lambda: d.draw(d.Normal(21, 2), U),
    "lognormal": lambda: d.draw(d.LogNormal.of_p90(60, 300), U, low=1, high=5_000, decimals=2),
    "exponential": lambda: d.draw(d.Exponential(3), U),
    "gamma": lambda: d.draw(d.Gamma(5, 2), U),
    "beta": lambda: d.draw(d.Beta(2, 5), U),
    "poisson": lambda: WholeNumbers.poisson(5).quantile(U),
    "geometric": lambda: WholeNumbers.geometric(5).bounded(None, 60).quantile(U),
    "zipf": lambda: WholeNumbers.zipf(1.1, 400).quantile(U),
    "pattern": lambda: Pattern("[A-Z]{2}-[0-9]{4}").unique(ROWS, 70_000, "s"),
    "long pattern": lambda: Pattern("[a-z]{3,20}").drawn(ROWS[:5_000], "s"),
    "uuid": lambda: uuids(ROWS, "s"),
    "noise": lambda: noise(hashes(ROWS // 700, "s"), ROWS % 700, 0.6, 0.8),
    "daily wave": lambda: daily_wave(HOURS.time_of(ROWS % HOURS.positions), 4.0, 900),
    "correlated": lambda: correlated_uniforms(U, [d.normal_quantile(U[::-1])], DEPENDENCE["b"]),
    "solved correlation": lambda: np.array(
        [solved_latent(0.6, d.Beta(2, 5).quantile, d.Exponential(3).quantile, ("a", "b"))]
    ),
    "life cycle": lambda: LIFE.before(ROWS, "c"),
    "blemishes": lambda: DirtyField(texts, 70_000, DIRT, field="f", salt="s").dirty(ROWS, texts(ROWS)).fill_null(""),
    "totals": lambda: ExactTotals(raw, 70_000, [200_000_000] * 3, low=100, high=500_000).amounts(ROWS),
}


def digest(name: str) -> str:
    made = MADE[name]()
    content = made.tobytes() if isinstance(made, np.ndarray) else "\n".join(made).encode()
    return hashlib.sha256(content).hexdigest()[:16]


GOLDEN: dict[str, str] = {
    "shares": "d32d473d6e6a90df",
    "permutation": "174e89a356c8a8d3",
    "children": "db8bbc1101748e87",
    "uniform": "6b4ab7aaf45f7ac1",
    "normal": "8f6075ef861944e1",
    "lognormal": "ae086b7849ae4acc",
    "exponential": "cfe99a04a5e4b7b0",
    "gamma": "f0fb4f5aa61f3b68",
    "beta": "54e09c2dc31af9ba",
    "poisson": "8bee9579beff9968",
    "geometric": "da3dad63443c5df8",
    "zipf": "4819f20918f68c48",
    "pattern": "3ba6d0a3d6c9dffe",
    "long pattern": "55ac8372d8b6acb4",
    "uuid": "6d4efff695a1bca1",
    "noise": "3f6bf61fe845c6d7",
    "daily wave": "1a0ec2207c4c4f13",
    "correlated": "b43fbb20e9dbd884",
    "solved correlation": "67259db2ddc24d03",
    "life cycle": "f95ffc3123d313cb",
    "blemishes": "26b7784a818709f6",
    "totals": "6a6b8a46a958c251",
}


@pytest.mark.parametrize("name", MADE)
def test_the_numbers_are_those_that_they_were(name: str) -> None:
    assert digest(name) == GOLDEN[name]


@pytest.mark.slow
def test_another_process_makes_the_same() -> None:
    program = f"import json; from {__name__} import *; print(json.dumps({{name: digest(name) for name in MADE}}))"
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONHASHSEED": "77",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(done.stdout) == GOLDEN
