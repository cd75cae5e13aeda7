"""The asset checks of the datasets: those that follow from the tables, and one for each sort of promise.

A run whose dataset breaks a promise fails before anything is stored; these checks tell of what is stored.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Final

import dagster as dg

from synthdeal_assets.datasets.tables import EXPORTS, PROMISES, SPECS, TABLES
from synthdeal_assets.foundation.dagster_instance.asset_checks import build_table_checks
from synthdeal_assets.foundation.warehouse.statements import sql_list, statement
from synthdeal_assets.foundation.warehouse.table_checks import Rule, TableCheck

SORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "rows_and_children": ("rows", "children", "calendar"),
    "keys": ("key", "unique", "distinct"),
    "references": ("reference", "same", "own", "earlier", "popularity"),
    "forms": ("form", "type", "agreement", "pattern", "words"),
    "missing_values": ("when", "present", "missing"),
    "bounds": ("bounds", "span", "hours", "days", "values"),
    "shares_and_distributions": ("share", "distribution", "correlation", "course", "noise"),
    "calculations": ("formula", "roll-up", "total"),
    "rules": ("rule", "states"),
    "blemishes": ("blemishes", "blemished"),
}
"""The kinds of promises that a check is about, by what its name says."""


def _kept(sort: str, condition: str) -> TableCheck:
    return TableCheck(
        PROMISES,
        f"promises_about_{sort}_hold",
        f"Every promise about {sort.replace('_', ' ')} holds in the newest version of every dataset.",
        (Rule(sort.replace("_", " "), statement(__package__, "broken_promises.sql", condition=condition)),),
        blocking=False,
    )


DATASET_CHECKS: Final[list[dg.AssetChecksDefinition]] = [
    build_table_checks("datasets_specs_checks", [SPECS]),
    build_table_checks(
        "datasets_generated_checks",
        [TABLES, PROMISES, EXPORTS],
        blocking=False,
        extra=[
            *(_kept(sort, f"kind IN {sql_list(kinds)}") for sort, kinds in SORTS.items()),
            _kept("anything_else", f"kind NOT IN {sql_list(chain(*SORTS.values()))}"),
        ],
    ),
]
