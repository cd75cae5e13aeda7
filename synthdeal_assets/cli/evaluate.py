"""`synthdeal evaluate`: a scorer on deals as they stood at month ends, held against what became of them.

What is measured belongs in `evaluation/quality/landmarks.py`, what is kept in `scoring/landmarks/scores.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import duckdb
import polars as pl
from rich.table import Table as RichTable

from synthdeal_assets.cli.asking import agreed
from synthdeal_assets.cli.console import messages, results
from synthdeal_assets.cli.present_scorer import present_scorer
from synthdeal_assets.cli.spending import cost_in_words
from synthdeal_assets.cli.told_tables import tell_dagster
from synthdeal_assets.demo_llm.server import DEMO_MODEL
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.quality.figures import MIN_OPPORTUNITIES
from synthdeal_assets.evaluation.quality.landmarks import measure_landmarks
from synthdeal_assets.evaluation.tables import (
    BY_CHANCE,
    BY_FIELDS,
    BY_LENGTH,
    BY_LEVELS,
    BY_LEVELS_OF_STAGE,
    BY_SAME_LEVEL,
    BY_SCORE,
    BY_STAGE,
    BY_STAGE_PERCENTAGE,
    BY_WIN_RATE,
    GUESSED_LEVEL,
    LANDMARK_RANKING,
)
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, insert, recreate, table_exists
from synthdeal_assets.llm.engine import Answer, Stop
from synthdeal_assets.llm.ledger.ask_all import AskResult, Listener
from synthdeal_assets.llm.ledger.context import oldest_answer, spent_so_far
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Judge, Outcome
from synthdeal_assets.scoring.asking import ask_about, scoring_ledger
from synthdeal_assets.scoring.estimate import ToJudge, estimate, read_ledger
from synthdeal_assets.scoring.estimate_words import rows
from synthdeal_assets.scoring.inputs import deals_of
from synthdeal_assets.scoring.landmarks.inputs import landmark_inputs
from synthdeal_assets.scoring.landmarks.scores import (
    KEY,
    insert_landmark_scores,
    is_free,
    judge_landmarks,
    landmark_columns,
    unjudged,
)
from synthdeal_assets.scoring.scorers.heuristic import labelled
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.scoring.scorers.scorer import Scorer, judge_as
from synthdeal_assets.scoring.tables import LANDMARK_SCORES
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS

MEASURES: Final = {
    "auc": "Won or lost",
    "auc_within_a_stage": " in a stage",
    "auc_within_90_days": " in 90 days",
    "brier_score": "Brier score",
    "rank_correlation": "Level order",
    "mean_absolute_error": "Level error",
    "bias": "Level bias",
    "weighted_kappa": "Kappa",
}
"""The measures, short enough for a terminal of 80 columns."""

CONSTANT: Final = "same for all"
GUESSES: Final = {
    BY_STAGE: "Stage",
    BY_FIELDS: "Fields",
    BY_LENGTH: "Text",
    CONSTANT: "Same",
    BY_LEVELS: "Levels",
    BY_CHANCE: "Chance",
}
COLUMNS: Final = {
    BY_STAGE_PERCENTAGE: BY_STAGE,
    BY_LEVELS_OF_STAGE: BY_STAGE,
    BY_WIN_RATE: CONSTANT,
    BY_SAME_LEVEL: CONSTANT,
}
"""Guesses that are shown in the column of another one."""

LEGEND: Final = (
    "Won or lost: how often a deal that will be won ranks above one that will be lost, 0.5 is chance. "
    "Beside the scorer stands what needs none, on the same deals: the stage (for the Brier score Salesforce's "
    "percentages, for levels those that it lets expect, learnt on other synthetic worlds), the number of filled "
    "fields, the length of the text, and the same for every deal (the share won, or "
    f"level {GUESSED_LEVEL}). Levels and chance are the true ones: nobody can do better than the last column."
)

BY_CHANCE_ALONE: Final = (
    ("auc", 0.5, "Won or lost: no order beyond chance, because the interval of the scorer reaches 0.5."),
    (
        "weighted_kappa",
        0.0,
        "Levels: no agreement with the truth beyond chance, because the interval of kappa reaches 0.",
    ),
)
"""A measure, what chance comes to by it, and what is said where a scorer's interval reaches down to that."""


@dataclass
class _Keeper(Listener[Outcome]):
    """Stores what is said of landmarks, in the transaction that stores the requests.

    Where another scorer stepped in, the one that is measured has failed.
    """

    scorer: Scorer
    keys: pl.DataFrame
    landed: int = 0
    failed: int = 0

    def on_batch(self, connection: duckdb.DuckDBPyConnection, outcomes: Sequence[Outcome]) -> None:
        judged = [
            {
                "opportunity_id": outcome.question.opportunity_id,
                "input_hash": outcome.question.input_hash,
                **asdict(judge_as(self.scorer)),
                **landmark_columns(outcome.value),
            }
            for outcome in outcomes
            if isinstance(outcome, Answer) and outcome.value.judged_by is None
        ]
        self.landed += len(outcomes)
        self.failed += len(outcomes) - len(judged)
        if judged:
            scores = self.keys.join(pl.DataFrame(judged), on=KEY[1:], how="inner")
            insert_landmark_scores(connection, scores)


def run_evaluation(settings: Settings, *, landmarks: int, sample: int, estimate_only: bool, ask: bool) -> int:
    """Measure the scorer of the settings on a sample of landmarks, print what was found and keep it.

    Args:
        settings: Where the warehouse is, which scorer it is, and how models are asked.
        landmarks: Month ends to look at.
        sample: Deals to ask a paid scorer about at each of them.
        estimate_only: Only say what it would ask and cost.
        ask: Whether to ask the user before requests are sent.

    Returns:
        The exit code.

    Raises:
        SynthDealError: There is no world, the scorer cannot be asked, or nobody is there to agree to the cost.
        KeyboardInterrupt: The user ended it or did not agree; what was paid for is kept.
    """
    if not settings.storage.warehouse_path.exists():
        raise _no_world(settings)
    warehouse = Warehouse.of(settings)
    scorer = present_scorer(settings) if estimate_only else make_scorer(settings)
    with warehouse.connect() as connection:
        if not table_exists(connection, LANDMARK_TEXTS):
            raise _no_world(settings)
        inputs = landmark_inputs(connection)
        if inputs.is_empty():
            raise _no_world(settings)
        open_ = unjudged(connection, inputs, scorer)
    if is_free(scorer, next(deals_of(inputs))):
        if estimate_only:
            results.print(
                f"The scorer {scorer.name} costs nothing: {open_.height:,} deals at month ends would be judged."
            )
            return 0
        said = judge_landmarks(scorer, open_)
        with warehouse.transaction() as connection:
            insert_landmark_scores(connection, said.scores)
        return _finish(settings, warehouse, judge_as(scorer), asked=None, failed=said.failed)
    chosen = _sampled(inputs, landmarks, sample)
    to_ask = chosen.join(open_, on=KEY, how="semi", maintain_order="left")
    if not _agreed(settings, warehouse, scorer, chosen, to_ask, estimate_only=estimate_only, ask=ask):
        return 0
    run_id = str(uuid.uuid4())
    ledger = scoring_ledger(warehouse, run_id, oldest_answer(settings.llm.answer_ttl_days, utc_now()))
    keeper = _Keeper(scorer, to_ask.select(KEY))
    distinct = to_ask.unique(KEY[1:], keep="first", maintain_order=True)
    asked = ask_about(
        make_scorer(settings, spent_so_far(ledger)),
        deals_of(distinct),
        ledger,
        keeper,
        concurrency=settings.scoring.concurrency,
    )
    if asked.stop is not None:
        messages.print(_stopped_in_words(asked.stop, distinct.height, keeper), style="yellow")
    return _finish(settings, warehouse, judge_as(scorer), asked=asked, failed=keeper.failed)


def quarter_ends_first(days: Sequence[dt.date]) -> list[dt.date]:
    """Month ends in the order in which they are looked at: the latest ends of quarters first, then the other months.

    A deal is open at several months in a row, so that the ends of quarters are about more deals.
    """
    return sorted(days, key=lambda day: (day.month % 3 != 0, -day.toordinal()))


def _sampled(inputs: pl.DataFrame, landmarks: int, sample: int) -> pl.DataFrame:
    """The landmarks that a paid scorer is asked about: always the same ones, and of a larger sample the smaller one."""
    days = quarter_ends_first(inputs["landmark_date"].unique().sort().to_list())[:landmarks]
    places = [
        hashlib.blake2b(f"{day}|{key}".encode(), digest_size=8).hexdigest()
        for day, key in inputs.select("landmark_date", "opportunity_id").iter_rows()
    ]
    drawn = inputs.with_columns(place=pl.Series(places)).filter(pl.col("landmark_date").is_in(days))
    within = pl.col("place").rank("ordinal").over("landmark_date") <= sample
    return drawn.filter(within).drop("place")


def _agreed(
    settings: Settings,
    warehouse: Warehouse,
    scorer: Scorer,
    chosen: pl.DataFrame,
    to_ask: pl.DataFrame,
    *,
    estimate_only: bool,
    ask: bool,
) -> bool:
    """Say what asking would come to; whether to go on."""
    now = utc_now()
    would = ToJudge(to_ask.unique(KEY[1:], keep="first", maintain_order=True))
    with warehouse.connect() as connection:
        ledger = read_ledger(connection, would, scorer, not_before=oldest_answer(settings.llm.answer_ttl_days, now))
    estimated = estimate(would, scorer, ledger, now=now)
    days = chosen["landmark_date"].unique().sort()
    # What was asked for goes to standard output; before requests are sent it is a message beside the result.
    told = results if estimate_only else messages
    told.print(
        f"{scorer.name}, {scorer.model}: {counted(chosen.height, 'deal', 'deals')} at "
        f"{counted(days.len(), 'month end', 'month ends')} ({days[0]} to {days[-1]}), "
        f"{chosen.height - to_ask.height:,} of them judged before."
    )
    for row in rows(estimated):
        told.print(f"  {row.what}: {row.figure} ({row.basis})")
    if estimate_only:
        told.print("Nothing was sent and nothing was changed.")
        return False
    requests = counted(estimated.asking.to_ask, "request", "requests")
    if ask and estimated.asking.to_ask and not agreed(f"Send {requests}?", default=False):
        messages.print("Nothing was sent.")
        return False
    return True


def _finish(settings: Settings, warehouse: Warehouse, judge: Judge, *, asked: AskResult | None, failed: int) -> int:
    """Measure anew, keep it, and print it."""
    with warehouse.transaction() as connection:
        ranking = measure_landmarks(connection)
        recreate(connection, LANDMARK_RANKING)
        insert(connection, LANDMARK_RANKING, ranking)
    written = [LANDMARK_SCORES, LANDMARK_RANKING, *([LLM_CALLS] if asked and asked.usage.calls else [])]
    tell_dagster(settings, warehouse, written)
    own = ranking.filter(pl.all_horizontal(pl.col(name) == value for name, value in asdict(judge).items()))
    if failed:
        which = counted(failed, "deal could not be judged and is", "deals could not be judged and are")
        messages.print(f"{which} left out.", style="yellow")
    if own.is_empty():
        raise SynthDealError(
            f"Nothing was measured, because {judge.scorer} ({judge.model}) has judged no deal of a month end: see "
            "scoring.llm_calls for what it answered.",
            code="evaluate.nothing-judged",
        )
    _print(own, judge)
    if judge.model.startswith(DEMO_MODEL):
        results.print("The demo model looks up what is so today, so of a month end it knows more than anybody could.")
    usage = asked.usage if asked is not None else Usage()
    sent = f"{counted(usage.calls, 'request', 'requests')} sent ({cost_in_words(usage)})"
    results.print(sent if usage.calls else "No request was sent: this cost nothing.")
    return 0


def _stopped_in_words(stop: Stop, to_ask: int, keeper: _Keeper) -> str:
    """Why asking ended early, how many deals have had no turn yet, and what becomes of the answers."""
    left = to_ask - keeper.landed
    judged = keeper.landed - keeper.failed
    kept = f"; {counted(judged, 'answer is', 'answers are')} kept, and not asked for again" if judged else ""
    are = "is" if left == 1 else "are"
    of_all = f"{left:,} of {counted(to_ask, 'deal', 'deals')} {are} left to ask about"
    return f"{stop.message.rstrip('.')}. {of_all}{kept}."


def _print(own: pl.DataFrame, judge: Judge) -> None:
    value = {(row["measure"], row["ranked_by"]): row for row in own.iter_rows(named=True)}
    shown = {(measure, COLUMNS.get(by, by)): row for (measure, by), row in value.items()}
    deals = own["opportunities"][0]
    title = (
        f"{judge.scorer}, {judge.model}, version {judge.prompt_version}: {counted(deals, 'deal', 'deals')}, judged "
        f"{counted(own['landmarks'][0], 'time', 'times')} at month ends"
    )
    if deals < MIN_OPPORTUNITIES:
        results.print(f"{title}. Too few deals: a figure takes at least {MIN_OPPORTUNITIES}.")
        return
    table = RichTable(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in ("Figure", "Scorer", "95 % interval", *GUESSES.values()):
        table.add_column(heading, justify="left" if heading == "Figure" else "right")
    for measure, name in MEASURES.items():
        scored = shown[measure, BY_SCORE]
        interval = "" if scored["low"] is None else f"{scored['low']:.2f} to {scored['high']:.2f}"
        others = (shown.get((measure, by), {"value": None})["value"] for by in GUESSES)
        own_value = "" if scored["value"] is None else f"{scored['value']:.3f}"
        table.add_row(name, own_value, interval, *map(_number, others))
    results.print(table)
    results.print(labelled(LEGEND, judge.scorer))
    for measure, chance, says in BY_CHANCE_ALONE:
        low = shown[measure, BY_SCORE]["low"]
        if low is not None and low <= chance:
            results.print(says)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _no_world(settings: Settings) -> SynthDealError:
    return SynthDealError(
        f"There are no month ends to measure on in {settings.storage.home.absolute()} yet: run `synthdeal run` first, "
        "or name another folder with --home.",
        code="evaluate.no-world",
    )
