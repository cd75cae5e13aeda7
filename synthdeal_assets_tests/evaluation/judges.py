"""A benchmark made up for tests, and judges of whom it is known how good they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from synthdeal_assets.evaluation.benchmark.answers import BenchmarkAnswer
from synthdeal_assets.evaluation.benchmark.folder import KEY_SCHEMA
from synthdeal_assets.evaluation.benchmark.measures import measure
from synthdeal_assets.evaluation.benchmark.steadiness import by_case
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, STAGE_MINIMUMS

ELEMENTS = tuple(MEDDPICC_WEIGHTS)


def made_up_key(deals: int = 300, planted: int = 40, *, seed: int = 1) -> pl.DataFrame:
    """Deals in two splits, with levels that rise with the stage, and some of them once more with an instruction."""
    draws = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    stages = list(STAGE_MINIMUMS)
    for number in range(deals):
        place = int(draws.integers(len(stages)))
        base = draws.normal(place / 3, 0.8)
        levels = {f"true_{e}": int(np.clip(round(base + draws.normal(0, 0.5)), 0, 3)) for e in ELEMENTS}
        chance = float(np.clip(0.05 + 0.25 * base, 0.02, 0.98))
        row: dict[str, object] = {
            "case_id": f"OPP-{number:06d}",
            "split": f"seed {number % 2}",
            "opportunity_id": f"O{number // 2}",
            "twin_of": None,
            "stage_name": stages[place],
            "state": "open" if number % 3 == 0 else "lost",
            "won": bool(draws.random() < chance),
            "chance": chance,
            **levels,
        }
        rows.append(row)
        if number < planted:
            rows.append({**row, "case_id": f"OPP-{number:06d}p", "twin_of": row["case_id"]})
    return pl.DataFrame(rows, schema=dict(KEY_SCHEMA)).sort("case_id")


def truth_of(key: pl.DataFrame) -> list[BenchmarkAnswer]:
    """What a judge answers that knows everything."""
    return [
        BenchmarkAnswer(row["case_id"], {e: row[f"true_{e}"] for e in ELEMENTS}, row["chance"])
        for row in key.iter_rows(named=True)
    ]


def always(key: pl.DataFrame, level: int) -> list[BenchmarkAnswer]:
    """What a judge answers that says the same of everything."""
    return [BenchmarkAnswer(case, dict.fromkeys(ELEMENTS, level), 0.3) for case in key["case_id"]]


def at_random(key: pl.DataFrame, *, seed: int = 1, times: int = 1) -> list[BenchmarkAnswer]:
    """What a judge answers that tosses coins, some times a case."""
    draws = np.random.default_rng(seed)
    return [
        BenchmarkAnswer(case, {e: int(draws.integers(4)) for e in ELEMENTS}, float(draws.random()), 0.002)
        for case in key["case_id"]
        for _ in range(times)
    ]


def figures_of(key: pl.DataFrame, answers: list[BenchmarkAnswer]) -> dict[tuple[str, str, str], Mapping[str, object]]:
    """The figures by measure, whom it is of and guess."""
    found = measure(key, by_case(answers))
    return {(each.measure, each.of, each.guess): {n: getattr(each, n) for n in each.__slots__} for each in found}
