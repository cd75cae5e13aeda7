"""Look into the warehouse with Polars: where do deals promise more than their evidence backs?

Run it as a script after `synthdeal run`, or cell by cell in an editor that knows `# %%`:

    .venv/bin/python docs/examples/read_the_warehouse.py
"""

# %% Read what you need, then close the file: a client that keeps it open makes the next run wait.
import duckdb
import polars as pl

from synthdeal_assets.settings import Settings

with duckdb.connect(str(Settings.load().storage.warehouse_path), read_only=True) as warehouse:
    deals = warehouse.sql("""
        SELECT opportunity_id, stage_name, amount, probability / 100.0 AS of_stage, win_probability AS of_score
        FROM crm.opportunities JOIN scoring.opportunity_scores USING (opportunity_id)
        WHERE NOT is_closed
    """).pl()
    elements = warehouse.sql("SELECT opportunity_id, element, level FROM scoring.score_elements").pl()

# %% What each stage promises, and what the scorer expects of the same deals, in USD.
by_stage = (
    deals.group_by("stage_name")
    .agg(
        deals=pl.len(),
        promised=(pl.col("amount") * pl.col("of_stage")).sum().round().cast(pl.Int64),
        expected=(pl.col("amount") * pl.col("of_score")).sum().round().cast(pl.Int64),
    )
    .with_columns(gap=pl.col("promised") - pl.col("expected"))
    .sort("gap", "stage_name", descending=[True, False])
)
print(by_stage)

# %% Which element sellers know least about, over the open deals: mean level, 0 is unknown.
weakest = (
    elements.join(deals, on="opportunity_id", how="semi")
    .group_by("element")
    .agg(mean_level=pl.col("level").mean().round(2))
    .sort("mean_level", "element")
)
print(weakest.head(3))
