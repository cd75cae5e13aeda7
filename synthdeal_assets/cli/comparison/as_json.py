"""A comparison as one JSON object, for programs: what the table shows, unrounded words and whole quotes included."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any, Final

from synthdeal_assets.cli.comparison.result import Result
from synthdeal_assets.evaluation.comparison.differing_deals import DifferingDeal
from synthdeal_assets.evaluation.comparison.measures import BY_NAME

OF_THE_SIDE: Final = frozenset(
    {"comparison_id", "compared_at", "seed", "sampled", "landmark_date", "cases_hash", "name", "scorer", "model"}
    | {"prompt_version", "endpoint", "repeats"}
)
"""Columns that stand with the comparison or the side, and not with each figure."""


def as_json(result: Result) -> str:
    """The whole comparison as indented JSON."""
    return json.dumps(_document(result), ensure_ascii=False, indent=2, default=str)


def _document(result: Result) -> dict[str, Any]:
    sample, (usage, known) = result.sample, result.usage()
    return {
        "comparison_id": result.comparison_id,
        "compared_at": f"{result.figures['compared_at'][0].isoformat()}Z",
        "deals": {
            "sampled": len(sample.inputs),
            "available": sample.available,
            "judged_by_all": result.common,
            "seed": sample.seed,
            "landmark": sample.landmark,
            "cases_sha256": sample.cases_hash,
        },
        "sides": [
            {
                "side": place,
                "name": side.name,
                **asdict(side.judge),
                "endpoint": side.endpoint,
                "repeats": len(side.repeats),
                "judged": len(side.judged),
                "could_not_judge": dict(Counter(side.failed.values())),
                "judged_by_another_scorer": side.substituted,
                "kappa": agreement and asdict(agreement),
            }
            for place, (side, agreement) in enumerate(zip(result.sides, result.agreements, strict=True), start=1)
        ],
        "figures": [_figure(result, row) for row in result.figures.to_dicts()],
        "conditions": [
            {
                "condition": finding.condition.text,
                "side": finding.side,
                "name": finding.name,
                "failed": finding.holds,
                "says": finding.says,
            }
            for finding in result.findings
        ],
        "reach": [
            {
                "measure": each.measure.name,
                "seen_from": each.seen,
                "deals_to_see": [{"difference": size, "deals": deals} for size, deals in each.needed.items()],
            }
            for each in result.reach()
        ],
        "most_differing": [_deal(deal) for deal in result.deals],
        "requests": {
            "sent": usage.calls,
            "cost_usd": usage.total_usd,
            "answers_from_the_ledger": known,
        },
        "remarks": list(result.remarks()),
    }


def _figure(result: Result, row: dict[str, Any]) -> dict[str, Any]:
    guess, value = result.guesses.get((row["measure"], row["element"]), (None, None))
    return {
        "alias": BY_NAME[row["measure"]].alias,
        **{name: value for name, value in row.items() if name not in OF_THE_SIDE},
        "guess": value,
        "guess_by": guess,
    }


def _deal(deal: DifferingDeal) -> dict[str, Any]:
    return {
        "opportunity_id": deal.opportunity_id,
        "name": deal.name,
        "stage_name": deal.stage_name,
        "state": deal.state,
        "has_planted_instruction": deal.has_planted_instruction,
        "true_chance": deal.true_chance,
        "estimates": deal.estimates,
        "levels_off": [deal.levels_off(side) for side in range(len(deal.estimates))],
        "elements": {
            element: {
                "true_level": deal.true_levels[element],
                "sides": [
                    {"levels": each.levels, "quote": each.quote, "quote_not_in_deal": each.made_up} for each in said
                ],
            }
            for element, said in deal.said.items()
        },
    }
