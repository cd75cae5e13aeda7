"""A finished whitespace run put into the warehouse by hand: what page, files, report and commands are tested on.

Nothing is learnt here; each test changes the rows it is about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.sales.tables import (
    CUSTOMERS,
    FACT_TRANSACTIONS,
    LOG_COLUMNS,
    LOG_FILES,
    REJECTED_ROWS,
)
from synthdeal_assets.whitespace.tables import (
    CUTOFFS,
    HOLDOUT_CURVES,
    HOLDOUT_METRICS,
    MODELS,
    PAGES,
    PROFILES,
    WHITESPACE_LIST,
)
from synthdeal_assets.whitespace.vocabulary import (
    ALL_DIVISIONS,
    CHAMPION,
    GATE_AUC,
    GATE_CALIBRATION,
    GATE_LIFT_AT_10,
    LIST,
    POPULATIONS,
)

CUTOFF = dt.date(2026, 6, 30)
JUDGED = dt.date(2026, 1, 1)
WINDOW = 180
GATES = {"auc": GATE_AUC, "lift_at_10": GATE_LIFT_AT_10, "calibration_error": GATE_CALIBRATION}
REPS = ("Ana", "Bo", "Cy")
DIVISIONS = ("Backup", "Design")


def fill_finished(
    warehouse: Warehouse,
    *,
    pairs: int = 12,
    kind: str = "csv",
    auc: Mapping[str, float] | None = None,
    judged: bool = True,
    changed: Mapping[str, object] | None = None,
    caveats: str | None = None,
    learner: str = "lightgbm",
) -> None:
    """Put a finished run into the warehouse.

    Args:
        warehouse: Where to.
        pairs: Pairs in the list; every third is not eligible, half of the others are within capacity.
        kind: Kind of the log's one source; "synthetic" for a synthetic one.
        auc: The champion's AUC by population; 0.80 for both when None.
        judged: Whether there is a hold-out.
        changed: Values for the first pair of the list.
        caveats: What the source says of itself.
        learner: The champion of every division.
    """
    values = auc or dict.fromkeys(POPULATIONS, 0.80)
    metrics = [
        row
        for population in POPULATIONS
        for division in (ALL_DIVISIONS, *DIVISIONS)
        for row in _metrics(population, division, values[population])
    ]
    curves = [
        {
            "cutoff_date": JUDGED,
            "division": ALL_DIVISIONS,
            "population": population,
            "ranker": ranker,
            "curve": curve,
            "point": point,
            "x": point / 10,
            "y": min(1.0, (point / 10) ** 0.5 if curve == "gains" else point / 12),
            "pairs": 100 * point + 10,
        }
        for population in POPULATIONS
        for ranker, curve, most in (
            (CHAMPION, "gains", 11),
            ("recency", "gains", 11),
            ("popularity", "gains", 11),
            (CHAMPION, "calibration", 4),
        )
        for point in range(most)
    ]
    listed = [_pair(place, pairs) for place in range(1, pairs + 1)]
    if listed and changed:
        listed[0] |= changed
    warehouse.replace(
        {
            LOG_FILES: _frame(
                LOG_FILES,
                [
                    {
                        "source_file": "sales_2026.csv",
                        "source_role": "log",
                        "source_kind": kind,
                        "encoding": "utf-8",
                        "row_count": 640,
                        "column_count": 12,
                        "date_formats": "%Y-%m-%d",
                        "first_order_date": dt.date(2024, 1, 2),
                        "last_order_date": CUTOFF,
                        "fingerprint": "abc",
                        "caveats": caveats,
                    }
                ],
            ),
            LOG_COLUMNS: _frame(
                LOG_COLUMNS,
                [
                    {
                        "source_file": "sales_2026.csv",
                        "column_name": "Memo",
                        "stored_name": "Memo",
                        "column_role": "unknown",
                        "product": None,
                        "division": None,
                        "non_empty": 3,
                    }
                ],
            ),
            REJECTED_ROWS: _frame(
                REJECTED_ROWS,
                [
                    {
                        "source_file": "sales_2026.csv",
                        "source_row": row,
                        "column_name": "",
                        "reason": "no customer id",
                        "value": None,
                        "amount": 0,
                        "quantity": 0,
                    }
                    for row in (7, 9)
                ],
            ),
            FACT_TRANSACTIONS: _frame(
                FACT_TRANSACTIONS,
                [
                    {
                        "source_file": "sales_2026.csv",
                        "source_row": place + 1,
                        "customer_id": f"C{place:03d}",
                        "order_date": CUTOFF,
                        "invoice": f"I{place}",
                        "product": "Backup Basic",
                        "division": "Backup" if place % 2 else "Design",
                        "amount": 10,
                        "quantity": 1,
                        "is_return": False,
                        "branch": None,
                        "rep": REPS[place % 3],
                        "is_holdout": False,
                    }
                    for place in range(4)
                ],
            ),
            CUSTOMERS: _frame(
                CUSTOMERS,
                [
                    {
                        "customer_id": f"C{place:03d}",
                        "name": None,
                        "account_id": None,
                        "first_order_date": CUTOFF,
                        "last_order_date": CUTOFF,
                        "orders": 1,
                        "net_amount": 10,
                        "divisions": 1,
                        "rep": REPS[place % 3],
                        "branch": None,
                    }
                    for place in range(4)
                ],
            ),
            CUTOFFS: _frame(
                CUTOFFS,
                [
                    {
                        "cutoff_date": cutoff,
                        "window_days": WINDOW,
                        "window_end": cutoff + dt.timedelta(days=WINDOW),
                        "is_censored": cutoff == CUTOFF,
                        "uses_holdout": False,
                        "customers": 4,
                        "existing_pairs": 4,
                        "whitespace_pairs": 4,
                        "existing_positives": None,
                        "whitespace_positives": None,
                    }
                    for cutoff in (JUDGED, CUTOFF)
                ],
            ),
            MODELS: _frame(
                MODELS,
                [
                    {
                        "model_cutoff": CUTOFF,
                        "division": division,
                        "population": population,
                        "learner": learner,
                        "model_role": CHAMPION,
                        "training_cutoffs": str(JUDGED),
                        "training_rows": 900,
                        "training_positives": 120,
                        "calibration": "none",
                        "parameters": "{}",
                        "importances": "{}",
                        "caveat": None,
                    }
                    for division in DIVISIONS
                    for population in POPULATIONS
                ],
            ),
            HOLDOUT_METRICS: _frame(HOLDOUT_METRICS, metrics if judged else []),
            HOLDOUT_CURVES: _frame(HOLDOUT_CURVES, curves if judged else []),
            WHITESPACE_LIST: _frame(WHITESPACE_LIST, listed),
            PROFILES: _frame(
                PROFILES,
                [
                    {
                        "cutoff_date": CUTOFF,
                        "division": division,
                        "place": place,
                        "trait": f"trait_{place}",
                        "statement": f"Trait {place} of those who enter {division}.",
                        "buyers": 40,
                        "buyers_value": 2.0,
                        "others_value": 1.0,
                        "separation": 0.7,
                    }
                    for division in DIVISIONS
                    for place in (1, 2)
                ],
            ),
            PAGES: PAGES.empty(),
        }
    )


def _pair(place: int, pairs: int) -> dict[str, object]:
    is_eligible = place % 3 != 0
    score = round(1 - place / (pairs + 1), 4)
    return {
        "cutoff_date": CUTOFF,
        "is_current": True,
        "customer_id": f"C{place:03d}",
        "division": DIVISIONS[place % 2],
        "customer_name": f"Customer {place}",
        "rep": REPS[place % 3],
        "place": place,
        "place_of_rep": place if is_eligible else None,
        "score": score,
        "challenger_score": score,
        "grade": "ABCD"[min(3, 4 * (place - 1) // pairs)],
        "p_icp": round(0.4 * score, 4),
        "lift": 1.5,
        "affinity": 0.1,
        "expected_value": 1000 * score,
        "p_icp_part": score,
        "lift_part": score,
        "affinity_part": score,
        "expected_value_part": score,
        "is_eligible": is_eligible,
        "not_eligible_because": None if is_eligible else "bought something 3 days ago",
        "within_capacity": is_eligible and place <= pairs // 2,
        "reasons": "For it: buys often elsewhere (4 orders in 3 months).",
        "account_id": None,
        "open_opportunities": None,
        "caveat": None,
    }


def _metrics(population: str, division: str, auc: float) -> list[dict[str, object]]:
    values = {"auc": auc, "lift_at_10": 3.1, "calibration_error": 0.02}
    found: list[dict[str, object]] = [
        {
            "measure": measure,
            "ranker": CHAMPION,
            "value": value,
            "low": value - 0.01,
            "high": value + 0.01,
            "gate": GATES[measure],
            "passed": value <= GATES[measure] if measure == "calibration_error" else value >= GATES[measure],
        }
        for measure, value in values.items()
    ]
    found += [
        {"measure": "auc", "ranker": ranker, "value": 0.6, "low": 0.55, "high": 0.65}
        for ranker in ("recency", "popularity")
    ]
    if division == ALL_DIVISIONS and population == "whitespace":
        found += [
            {"measure": "precision_at_k", "ranker": ranker, "value": 0.31, "low": 0.22, "high": 0.4, "k": 75}
            for ranker in (LIST, CHAMPION)
        ]
    shared = {"cutoff_date": JUDGED, "division": division, "population": population, "pairs": 500, "positives": 60}
    return [shared | row for row in found]


def _frame(table: Table, rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    if not rows:
        return table.empty()
    names = list(table.polars_schema)
    return pl.DataFrame([[row.get(name) for name in names] for row in rows], table.polars_schema, orient="row")
