"""The asset that stands for the comparisons of scorers: `synthdeal compare` makes them, the UI shows them.

What a comparison is belongs in `comparison.py`.
"""

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import table_spec
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.quality_tables import SCORE_COMPARISONS
from synthdeal_assets.scoring.tables import SCORER_INPUTS
from synthdeal_assets.world.tables import OPPORTUNITIES
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES

COMPARISON_ASSETS: Final[list[dg.AssetSpec]] = [
    table_spec(
        SCORE_COMPARISONS,
        deps=[SCORER_INPUTS, LLM_CALLS, TRUTH_OPPORTUNITIES, OPPORTUNITIES],
        kinds={"duckdb"},
        sql=["comparison_*.sql"],
    )
]
