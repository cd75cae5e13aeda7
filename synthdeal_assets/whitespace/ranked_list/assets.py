"""The assets that say which customer to sell which division next, and what the ideal customer of each looks like.

Thin: the list is made in `listing.py`, the profiles in `profiles.py`. How good the list turned out belongs in
`holdout/assets.py`, files and page for the sales team in `page/assets.py`.
"""

from typing import TYPE_CHECKING, Any, Final

import dagster as dg
import polars as pl

from synthdeal_assets.foundation.dagster_instance.asset_specs import (
    markdown_table,
    table_asset,
    table_metadata,
)
from synthdeal_assets.foundation.publishing.markdown import escaped_markdown, markdown_list
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, limit_memory, query_frame
from synthdeal_assets.sales.tables import CUSTOMERS, FACT_TRANSACTIONS
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import read_plan, require_made
from synthdeal_assets.whitespace.learning_packages import require_packages
from synthdeal_assets.whitespace.tables import CUTOFFS, FEATURES, LABELS, MODELS, PREDICTIONS, PROFILES, WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import GRADES
from synthdeal_assets.world.tables import ACCOUNTS, OPPORTUNITIES

if TYPE_CHECKING:
    from synthdeal_assets.whitespace.features.basket import Basket

TOP_ROWS: Final = 10
MAX_LIFTS: Final = 12
"""Divisions whose lifts stand beside each other in the UI; those with most owners."""


@table_asset(
    WHITESPACE_LIST,
    deps=[FACT_TRANSACTIONS, CUSTOMERS, CUTOFFS, FEATURES, LABELS, MODELS, PREDICTIONS, OPPORTUNITIES],
    sql=["list_*.sql"],
)
def whitespace(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult[None]:
    """Rank every pair without a purchase, at the present cutoff and at the one that the method is judged at."""
    require_packages()
    from synthdeal_assets.whitespace.ranked_list.listing import build_list

    with warehouse.connect() as connection:
        limit_memory(connection, settings)
        plan = read_plan(connection, settings)
        require_made(connection, PREDICTIONS, [plan.scoring_cutoff])
        lists = {cutoff: build_list(connection, plan, settings, cutoff, cutoff) for cutoff in sorted(plan.training)}
    warehouse.replace({WHITESPACE_LIST: pl.concat([built.frame for built in lists.values()])})
    present = lists[plan.scoring_cutoff]
    pairs, eligible, within_capacity = (
        present.frame.height,
        int(present.frame["is_eligible"].sum()),
        int(present.frame["within_capacity"].sum()),
    )
    context.log.info(
        "List at %s; pairs: %s; eligible: %s; within capacity: %s",
        plan.scoring_cutoff,
        *(f"{count:,}" for count in (pairs, eligible, within_capacity)),
    )
    shown = present.frame.select(
        "place",
        "customer_id",
        "division",
        "grade",
        chance=pl.format("{} %", (100 * pl.col("p_icp")).round(1)),
        rep="rep",
        eligible="is_eligible",
        reasons="reasons",
    ).head(TOP_ROWS)
    metadata: dict[str, Any] = {
        "cutoff": plan.scoring_cutoff.isoformat(),
        "pairs": pairs,
        "eligible": eligible,
        "within capacity": within_capacity,
        **{f"grade {grade}": present.frame.filter(pl.col("grade") == grade).height for grade in GRADES},
        "the first ones": dg.MetadataValue.md(markdown_table(shown, longest_cell=200)),
        "lift between divisions": dg.MetadataValue.md(markdown_table(_lifts(present.basket))),
        "challenger": present.challenger,
    }
    for caveat in present.caveats:
        context.log.warning("%s", caveat)
    if present.caveats:
        metadata["caveats"] = dg.MetadataValue.md(markdown_list(present.caveats))
    if plan.test_cutoff is not None:
        with warehouse.connect() as connection:
            found = query_frame(
                connection, statement(__package__, "list_validation.sql"), {"cutoff": plan.test_cutoff}
            ).row(0, named=True)
        if found["worked_on"]:
            metadata["what became of an earlier list"] = (
                f"Of the {found['worked_on']:,} pairs that reps had time for at {plan.test_cutoff}, "
                f"{100 * found['worked_on_share_bought']:.1f} % bought in the {plan.window_days} days after it; of all "
                f"{found['pairs']:,} pairs {100 * found['share_bought']:.1f} %."
            )
    shown_last = {
        **table_metadata(present.frame, WHITESPACE_LIST),
        "dagster/row_count": sum(built.frame.height for built in lists.values()),
    }
    return dg.MaterializeResult(metadata={**metadata, **shown_last})


@table_asset(PROFILES, deps=[FACT_TRANSACTIONS, CUSTOMERS, CUTOFFS, FEATURES, LABELS, PREDICTIONS, ACCOUNTS])
def profiles(warehouse: Warehouse, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[None]:
    """Describe those who entered each division in the latest windows beside those who did not."""
    require_packages()
    from synthdeal_assets.whitespace.ranked_list.profiles import build_profiles

    with warehouse.connect() as connection:
        limit_memory(connection, settings)
        plan = read_plan(connection, settings)
        require_made(connection, PREDICTIONS, [plan.scoring_cutoff])
        divisions = query_frame(
            connection,
            f"SELECT DISTINCT division FROM {PREDICTIONS.qualified_name} WHERE cutoff_date = $cutoff ORDER BY division",
            {"cutoff": plan.scoring_cutoff},
        )["division"].to_list()
        found, notes = build_profiles(connection, plan, plan.scoring_cutoff, divisions)
    warehouse.replace({PROFILES: found})
    told = {
        f"who enters {division}": dg.MetadataValue.md(
            f"{escaped_markdown(note)}\n{markdown_list(found.filter(pl.col('division') == division)['statement'])}"
        )
        for division, note in notes.items()
    }
    return dg.MaterializeResult(metadata={**told, **table_metadata(found, PROFILES)})


def _lifts(basket: "Basket") -> pl.DataFrame:
    """Each division's owners, and how many times as often they own the others; only the largest divisions."""
    largest = sorted(sorted(range(len(basket.divisions)), key=lambda place: -basket.together[place, place])[:MAX_LIFTS])
    return pl.DataFrame(
        {
            "owners of": [basket.divisions[place] for place in largest],
            "customers": [int(basket.together[place, place]) for place in largest],
            **{
                basket.divisions[other]: [
                    None if place == other else round(float(basket.lift[place, other]), 2) for place in largest
                ]
                for other in largest
            },
        }
    )


LIST_ASSETS: Final[list[dg.AssetsDefinition]] = [whitespace, profiles]
