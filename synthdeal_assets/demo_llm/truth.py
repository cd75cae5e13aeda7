"""The hidden truth of the world as a source of judgements: levels and win probability as they really are, plus noise.

The twin of a deal with a planted instruction is judged as that deal is, errors included, so that the two differ only
where an instruction is obeyed.

The only module of this room, and the only one behind anything that answers a scorer, that reads the truth: what it
feeds is a simulation and says so. What an answer looks like belongs in `answers.py`.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import NormalDist, fmean
from typing import Final

import polars as pl

from synthdeal_assets.demo_llm.answers import FROM_A_HASH, Judgement, JudgementNotReady, hashed_judgement
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.planted_instructions.twins import twin_id
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame, table_exists
from synthdeal_assets.scoring.rubric import ELEMENTS, MAX_LEVELS, MEDDPICC, max_level
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.randomness import stream
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS
from synthdeal_assets.world.truth_tables import TRUE_LEVEL_COLUMNS, TRUTH_OPPORTUNITIES

READ_AFTER_A_PAUSE_OF_S: Final = 1.5
"""Another world comes between two runs, never between the requests of one; it may have deals of the same ids."""
READ_AGAIN_AFTER_S: Final = 60.0
"""Seldom, because the file changes all the time while a run scores, and reading it shuts the run out for a moment."""
READ_FOR_UNKNOWN_AFTER_S: Final = 0.5
"""A deal that is not known may have been made just now."""
TRIED_AGAIN_AFTER_S: Final = 3.0
"""After a reading that failed, requests are told so for a while instead of waiting too."""
LOCK_TIMEOUT_S: Final = 5.0
"""A request waits no longer than this for a warehouse that somebody else holds; it is asked again later."""

BANT_SOURCES: Final[dict[str, tuple[str, str]]] = {
    "budget": ("economic_buyer", "metrics"),
    "authority": ("economic_buyer", "champion"),
    "need": ("identify_pain", "metrics"),
    "timeline": ("decision_process", "paper_process"),
}
"""The truth knows MEDDPICC alone: an element of BANT is as far as the two of MEDDPICC that carry it, on average."""

LOGIT_SPREAD: Final = 2.0
"""Standard deviation of the error of a win probability on the logit scale, for a noise of 1."""

PROBABILITY_DECIMALS: Final = 4
_EDGE: Final = 0.001


class TruthJudge:
    """A `Judge` that knows the truth of the warehouse in a home, and errs as it is told.

    Args:
        settings: Where the warehouse is.
        noise: Probability that a level is off by one; also scales the error of the win probability.
        seed: Seed of the errors.
    """

    def __init__(self, settings: Settings, *, noise: float, seed: int) -> None:
        self._warehouse = Warehouse.of(settings, lock_timeout=min(settings.storage.lock_timeout, LOCK_TIMEOUT_S))
        self._noise = noise
        self._seed = seed
        self._rows: pl.DataFrame = pl.DataFrame()
        self._row_of: Mapping[str, int] = {}
        self._read_state: object = None
        self._read_at = self._asked_at = -math.inf
        self._problem: str | None = None
        self._reading = asyncio.Lock()

    async def __call__(self, opportunity_id: str, model: str) -> Judgement:
        """Judge an opportunity; one that the warehouse does not know gets levels from a hash, whatever the model.

        Args:
            opportunity_id: The opportunity, or the twin of one with a planted instruction.
            model: Name of the model that is asked; each errs in its own way.

        Raises:
            JudgementNotReady: The warehouse is held by somebody else or cannot be read.
        """
        arrived, before = time.monotonic(), self._asked_at
        self._asked_at = arrived
        paused = arrived - before >= READ_AFTER_A_PAUSE_OF_S
        async with self._reading:
            await self._read_if_due(arrived, paused=paused, unknown=opportunity_id not in self._row_of)
        if self._problem is not None:
            raise JudgementNotReady(self._problem)
        row = self._row_of.get(opportunity_id)
        if row is None:
            guessed = hashed_judgement(opportunity_id, self._seed)
            basis = f"{FROM_A_HASH}, because the warehouse has no truth on this opportunity"
            return Judgement(guessed.levels, guessed.win_probability, basis)
        real_id, _, *levels, win_probability = self._rows.row(row)
        true_levels = dict(zip(MEDDPICC_COLUMNS, levels, strict=True))
        return with_noise(true_levels, win_probability, real_id, model, noise=self._noise, seed=self._seed)

    async def _read_if_due(self, arrived: float, *, paused: bool, unknown: bool) -> None:
        since = time.monotonic() - self._read_at
        if self._problem is not None:
            due = since >= TRIED_AGAIN_AFTER_S
        else:
            due = paused or unknown or since >= READ_AGAIN_AFTER_S
        # A reading that began after the request arrived was for this request too.
        if not due or self._read_at >= arrived:
            return
        state = _state_of(self._warehouse.path)
        if state == self._read_state and self._problem is None:
            return
        if since < READ_FOR_UNKNOWN_AFTER_S:
            await asyncio.sleep(READ_FOR_UNKNOWN_AFTER_S - since)
            state = _state_of(self._warehouse.path)
        self._read_at = time.monotonic()
        try:
            self._rows = await asyncio.to_thread(self._read)
        except SynthDealError as error:
            self._problem = str(error)
        else:
            # The state before the reading: what was written meanwhile is read the next time.
            self._problem, self._read_state = None, state
            self._row_of = _row_of_each(self._rows)

    def _read(self) -> pl.DataFrame:
        if not self._warehouse.path.exists():
            return pl.DataFrame()
        planted = "planted_instruction IS NOT NULL AS planted"
        columns = ", ".join(("opportunity_id", planted, *TRUE_LEVEL_COLUMNS, "win_probability"))
        with self._warehouse.connect() as connection:
            if not table_exists(connection, TRUTH_OPPORTUNITIES):
                return pl.DataFrame()
            return query_frame(connection, f"SELECT {columns} FROM {TRUTH_OPPORTUNITIES.qualified_name}")


def with_noise(
    true_levels: Mapping[str, int],
    win_probability: float,
    opportunity_id: str,
    model: str,
    *,
    noise: float,
    seed: int,
) -> Judgement:
    """The truth of an opportunity as somebody sees it who errs now and then.

    Args:
        true_levels: True level of each element of MEDDPICC.
        win_probability: True win probability.
        opportunity_id: The opportunity; the same one is always seen alike by the same model.
        model: Name of the model that errs.
        noise: Probability that a level is off by one, 0 to 1.
        seed: Seed of the errors.
    """
    draws = iter(stream(seed, f"truth|{model}|{opportunity_id}").random(2 * len(ELEMENTS) + 1).tolist())
    levels = {
        element: _off_by_one(level, max_level(element), noise, next(draws), next(draws))
        for element, level in {**true_levels, **bant_levels(true_levels)}.items()
    }
    inside = min(max(win_probability, _EDGE), 1 - _EDGE)
    error = LOGIT_SPREAD * noise * NormalDist().inv_cdf(min(max(next(draws), _EDGE), 1 - _EDGE))
    seen = 1 / (1 + math.exp(-(math.log(inside / (1 - inside)) + error)))
    basis = f"the hidden truth of the synthetic world, each off by one with probability {noise:g}"
    return Judgement(levels, round(seen, PROBABILITY_DECIMALS), basis)


def bant_levels(true_levels: Mapping[str, int]) -> dict[str, int]:
    """Levels of BANT, 0 to 4, that go with true levels of MEDDPICC."""
    return {
        element: math.floor(
            fmean(true_levels[source] for source in sources) / MAX_LEVELS[MEDDPICC] * max_level(element) + 0.5
        )
        for element, sources in BANT_SOURCES.items()
    }


def _row_of_each(truth: pl.DataFrame) -> dict[str, int]:
    """The row of the truth of each id that may be asked about: that of the deal, and of its twin where it has one."""
    if not truth.width:
        return {}
    row_of: dict[str, int] = {}
    for row, (opportunity_id, planted) in enumerate(truth.select("opportunity_id", "planted").iter_rows()):
        row_of[opportunity_id] = row
        if planted:
            row_of[twin_id(opportunity_id)] = row
    return row_of


def _off_by_one(level: int, highest: int, noise: float, whether: float, direction: float) -> int:
    if whether >= noise:
        return level
    up = level == 0 or (level < highest and direction < 0.5)
    return level + 1 if up else level - 1


def _state_of(path: Path) -> tuple[tuple[int, int, int] | None, ...]:
    """What changes when a DuckDB file or its write-ahead log is written."""
    return tuple(_stat(each) for each in (path, path.with_name(path.name + ".wal")))


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
