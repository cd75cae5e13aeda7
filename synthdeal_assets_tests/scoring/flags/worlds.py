"""Whole worlds in memory whose month ends and open deals have been judged, by the heuristic or at random."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from typing import Final

import duckdb

from synthdeal_assets.foundation.warehouse.warehouse import create, insert, query_frame, recreate
from synthdeal_assets.llm.engine import Answer
from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import ElementJudgement, ScorerAnswer
from synthdeal_assets.scoring.flags.flags import Flags, all_flags
from synthdeal_assets.scoring.flags.reading import judged_deals
from synthdeal_assets.scoring.forecast.deals import read_landmarks
from synthdeal_assets.scoring.forecast.record import forecast_record
from synthdeal_assets.scoring.forecast.tables import FORECASTS
from synthdeal_assets.scoring.inputs import ScorerInput, build_inputs, deals_of
from synthdeal_assets.scoring.landmarks.frame import today_frame
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.scoring.landmarks.scores import judge_landmarks, keep_landmark_scores, nothing_is_sent
from synthdeal_assets.scoring.rubric import ELEMENTS, MAX_LEVELS
from synthdeal_assets.scoring.score_store import RetryPolicy, prepare, store_outcomes
from synthdeal_assets.scoring.scorers.heuristic import HeuristicScorer
from synthdeal_assets.scoring.scorers.scorer import Scorer, judge_as
from synthdeal_assets.scoring.tables import LANDMARK_SCORES, SCORER_INPUTS
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets_tests.world.in_memory import world_in_memory

AS_OF: Final = dt.date(2026, 11, 28)
_NO_RETRIES: Final = RetryPolicy(1, dt.timedelta(0))


class RandomScorer(HeuristicScorer):
    """Gives every element a level at random: the same one to the same input, and reads no word of it."""

    name = "random"
    model = "dice"

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        dice = random.Random(deal.input_hash)  # noqa: S311 - not for secrets
        judged = tuple(
            ElementJudgement(framework, element, dice.randint(0, MAX_LEVELS[framework]), None, "", "")
            for framework, element in ELEMENTS
        )
        return ScorerAnswer(judged, dice.random(), 0.5, "Dice.", (), (), (), ())


def world_of(seed: int, size: int, as_of: dt.date = AS_OF) -> duckdb.DuckDBPyConnection:
    """A database in memory with the world of a seed, whose inputs are frozen and not judged."""
    connection = world_in_memory(WorldSpec(seed, size, as_of))
    create(connection, SCORER_INPUTS)
    insert(connection, SCORER_INPUTS, build_inputs(connection))
    prepare(connection)
    create(connection, LANDMARK_SCORES)
    return connection


def judge_world(connection: duckdb.DuckDBPyConnection, scorer: Scorer) -> None:
    """Have a free scorer judge every landmark, and every open deal in place of whoever judged it before."""
    inputs = landmark_inputs(connection)
    open_deals = query_frame(
        connection,
        "SELECT inputs.* FROM scoring.scorer_inputs AS inputs JOIN crm.opportunities USING (opportunity_id) "
        "WHERE NOT is_closed ORDER BY opportunity_id",
    )
    store_outcomes(
        connection,
        [
            Answer(deal, asyncio.run(scorer.score(deal, nothing_is_sent)), dt.datetime(2026, 11, 28), 0.0, Usage())
            for deal in deals_of(open_deals)
        ],
        scorer=scorer,
        run_id="a-run",
        policy=_NO_RETRIES,
    )
    keep_landmark_scores(connection, inputs, [judge_landmarks(scorer, inputs).scores], _day(connection))


def flags_of(connection: duckdb.DuckDBPyConnection, scorer: Scorer) -> Flags:
    """The flags of the judged world, in which the scores of a scorer are the present ones."""
    present = judge_as(scorer)
    foretold = forecast_record(read_landmarks(connection, present), today_frame(connection, present), _day(connection))
    recreate(connection, FORECASTS)
    insert(connection, FORECASTS, foretold.forecasts)
    return all_flags(judged_deals(connection, present), _day(connection))


def _day(connection: duckdb.DuckDBPyConnection) -> dt.date:
    day: dt.date = query_frame(connection, "SELECT as_of FROM crm.world").item()
    return day
