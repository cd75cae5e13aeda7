"""What Dagster is told about scores: a materialisation for each opportunity, and one for each table beside them.

What is stored belongs in `score_store.py`. The warehouse is the authority; these events make the UI agree with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import dagster as dg
import duckdb

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, table_metadata
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import query_frame
from synthdeal_assets.llm.ledger.ask_all import AskResult
from synthdeal_assets.scoring.answer import Scored
from synthdeal_assets.scoring.partitions import SCORES_BY_OPPORTUNITY
from synthdeal_assets.scoring.rubric import bant_score, meddpicc_score, overall_score
from synthdeal_assets.scoring.score_store import judge_of
from synthdeal_assets.scoring.scorers.scorer import Scorer


def score_metadata(outcome: Scored, scorer: Scorer) -> dict[str, Any]:
    """What the UI shows of one opportunity's score, in its order: which deal, how good, why, judged by what."""
    levels, judge = outcome.value.counted_levels(), judge_of(outcome, scorer)
    unproven = [
        f"{each.element}: level {each.level}, counted as {each.counted_level}, "
        "because no quote of it was found in the deal"
        for each in outcome.value.elements
        if each.counted_level < each.level
    ]
    return {
        "opportunity": outcome.question.name,
        "score": overall_score(levels),
        "meddpicc_score": meddpicc_score(levels),
        "bant_score": bant_score(levels),
        "win_probability": outcome.value.win_probability,
        **({"counted_less": "; ".join(unproven)} if unproven else {}),
        "reasoning": outcome.value.reasoning,
        "scorer": judge.scorer,
        "model": judge.model,
        "input_hash": outcome.question.input_hash,
    }


def usage_metadata(result: AskResult, scorer: Scorer) -> dict[str, Any]:
    """What asking used, under the names that dagster-openai and dagster-anthropic give it; nothing when nothing was.

    The cost and the requests of unknown cost, which those do not count, are named in the same manner; the provider
    and the model as OpenTelemetry's conventions for generative AI have them.
    """
    usage = result.usage
    if not usage.calls and not result.from_ledger:
        return {}
    tokens = (
        {
            "openai.total_tokens": usage.input_tokens + usage.output_tokens,
            "openai.prompt_tokens": usage.input_tokens,
            "openai.completion_tokens": usage.output_tokens,
        }
        if scorer.name == "openai"
        else {f"{scorer.name}.input_tokens": usage.input_tokens, f"{scorer.name}.output_tokens": usage.output_tokens}
    )
    return {
        "gen_ai.provider.name": scorer.name,
        "gen_ai.request.model": scorer.model,
        f"{scorer.name}.calls": usage.calls,
        **tokens,
        "cost_usd": round(usage.cost_usd, 6),
        "calls_of_unknown_cost": usage.calls_of_unknown_cost,
        "answers_from_ledger": result.from_ledger,
    }


def log_score(context: dg.AssetExecutionContext, opportunity_id: str, metadata: Mapping[str, Any]) -> None:
    """Turn the partition of one opportunity green."""
    context.log_event(dg.AssetMaterialization(SCORES_BY_OPPORTUNITY, partition=opportunity_id, metadata=metadata))


def log_missing_scores(
    context: dg.AssetExecutionContext, connection: duckdb.DuckDBPyConnection, just_logged: Collection[str]
) -> int:
    """Turn green what is scored but not green, because a run was killed between storing and telling.

    Args:
        context: Of the running asset.
        connection: The warehouse.
        just_logged: Opportunities whose events this run has logged.

    Returns:
        How many partitions that were.
    """
    query = statement(__package__, "score_events.sql")
    green = context.instance.get_materialized_partitions(SCORES_BY_OPPORTUNITY)
    rows = [
        row
        for row in query_frame(connection, query).iter_rows(named=True)
        if row["opportunity_id"] not in green and row["opportunity_id"] not in just_logged
    ]
    for row in rows:
        log_score(context, row.pop("opportunity_id"), row)
    return len(rows)


def log_tables(
    context: dg.AssetExecutionContext, connection: duckdb.DuckDBPyConnection, tables: Iterable[Table]
) -> None:
    """Log one materialisation for each table that is filled beside the scores."""
    for table in tables:
        context.log_event(dg.AssetMaterialization(asset_key(table), metadata=table_metadata(connection, table)))
