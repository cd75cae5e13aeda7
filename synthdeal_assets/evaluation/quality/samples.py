"""What scorers said of their deals, beside what is really so: read from the warehouse, one sample a scorer.

The heuristic is the baseline: every other scorer's deals are judged by it too, from the same inputs. What is measured
on a sample belongs in `quality.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_frame
from synthdeal_assets.scoring.answer import Judge, ScorerAnswer, validated
from synthdeal_assets.scoring.calibration import calibrate
from synthdeal_assets.scoring.inputs import ScorerInput, deals_of
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS, meddpicc_score, overall_score
from synthdeal_assets.scoring.scorers import heuristic
from synthdeal_assets.scoring.tables import SCORER_INPUTS

HEURISTIC: Final = Judge(heuristic.NAME, heuristic.MODEL, heuristic.RULES_VERSION)


@dataclass(frozen=True, slots=True)
class ScorerSample:
    """What one scorer said of its deals, beside what is really so.

    Attributes:
        judge: The scorer, its model and its prompt version.
        deals: One row an opportunity, in the order of opportunity_id: score, meddpicc_score, win_probability,
            calibrated_win_probability, for each MEDDPICC element its level and true_<element>, true_win_probability,
            valid_quotes, rejected_quotes, tokens, cost_usd, has_planted_instruction, stage_name, filled_fields (0 to
            8), text_length (characters), snapshot_date, close_date, is_closed, is_won. Renewals are not among them.
        baseline: The same deals as the heuristic judges them; None for the heuristic itself.
        fallbacks: Opportunities that the scorer was asked about and another one judged.
        renewals: The renewals that it judged, as in `deals`; None when there is none.
    """

    judge: Judge
    deals: pl.DataFrame
    baseline: pl.DataFrame | None = None
    fallbacks: int = 0
    renewals: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """What is read from the warehouse: it is not held while the heuristic judges and figures are computed.

    Attributes:
        deals: The present scores of all scorers, one row an opportunity, and whether it is_renewal; see `ScorerSample`.
        fallbacks: Opportunities that a scorer was asked about and another one judged, by the scorer's name.
        inputs: scoring.scorer_inputs; no rows when there is nothing for the heuristic to judge.
    """

    deals: pl.DataFrame
    fallbacks: Mapping[str, int]
    inputs: pl.DataFrame


def read_scores(connection: duckdb.DuckDBPyConnection) -> Scores:
    """The present scores and what is really so; stale ones are left out."""
    scores = query_frame(connection, statement(__package__, "quality_opportunities.sql"))
    elements = query_frame(connection, statement(__package__, "quality_elements.sql"))
    fallbacks = query_frame(connection, statement(__package__, "quality_fallbacks.sql"))
    needs_baseline = (scores["scorer"] != heuristic.NAME).any()
    return Scores(
        scores.join(elements, on="opportunity_id", how="left").sort("opportunity_id"),
        dict(fallbacks.iter_rows()),
        table_frame(connection, SCORER_INPUTS) if needs_baseline else SCORER_INPUTS.empty(),
    )


def samples_of(scores: Scores) -> list[ScorerSample]:
    """The scores by scorer, model and prompt version, in that order, with what the heuristic says of the same deals.

    A scorer that judged nothing but renewals has no sample.
    """
    inputs = {deal.opportunity_id: deal for deal in deals_of(scores.inputs)}
    samples = []
    for judge, deals in Judge.each_of(scores.deals.filter(~pl.col("is_renewal"))):
        baseline = None if judge.scorer == heuristic.NAME else calibrate(judged_by_heuristic(deals, inputs))
        of_judge = pl.all_horizontal(pl.col(name) == value for name, value in asdict(judge).items())
        renewals = scores.deals.filter(pl.col("is_renewal") & of_judge)
        samples.append(
            ScorerSample(
                judge,
                calibrate(deals),
                baseline,
                scores.fallbacks.get(judge.scorer, 0),
                None if renewals.is_empty() else calibrate(renewals),
            )
        )
    return samples


def judged_by_heuristic(deals: pl.DataFrame, inputs: Mapping[str, ScorerInput]) -> pl.DataFrame:
    """The deals of a sample with what the heuristic says of them in place of what the scorer said.

    Args:
        deals: As in `ScorerSample`; the calibrated chance is not needed.
        inputs: What a scorer may see, by opportunity_id.
    """
    rows = []
    for opportunity_id in deals["opportunity_id"]:
        answer = validated(heuristic.judge(inputs[opportunity_id]), inputs[opportunity_id])
        rows.append({"opportunity_id": opportunity_id, **judged_columns(answer), "tokens": 0, "cost_usd": 0.0})
    judged = pl.DataFrame(rows)
    return deals.drop(*judged.columns[1:]).join(judged, on="opportunity_id", how="left", maintain_order="left")


def judged_columns(answer: ScorerAnswer) -> dict[str, float]:
    """What an answer says of its deal, as columns of `ScorerSample.deals`: scores, levels, chance and quotes."""
    levels, counted = answer.levels(), answer.counted_levels()
    return {
        "score": overall_score(counted),
        "meddpicc_score": meddpicc_score(counted),
        "win_probability": answer.win_probability,
        **{element: levels[element] for element in MEDDPICC_WEIGHTS},
        "valid_quotes": sum(element.quote is not None for element in answer.elements),
        "rejected_quotes": sum(element.quote_rejected for element in answer.elements),
    }
