"""One night of the pipeline, as a program of its own, so that a test can kill it.

`python -m synthdeal_assets_tests.orchestration.one_night DAY MARKER` runs `refresh` as of DAY in the home that
SYNTHDEAL_HOME names, with a scorer that answers three times, writes MARKER, and then never answers again.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import dagster as dg

from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.foundation.dagster_instance.home import prepare_dagster_home
from synthdeal_assets.llm.ledger.calls import Record
from synthdeal_assets.orchestration.in_process import run_in_process
from synthdeal_assets.orchestration.jobs import REFRESH, refresh_config
from synthdeal_assets.scoring.answer import ScorerAnswer
from synthdeal_assets.scoring.inputs import ScorerInput
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer

ANSWERS_BEFORE_SILENCE = 3
LONG_ENOUGH_TO_BE_STORED_S = 2.0


class SilentScorer(ScriptedScorer):
    """Answers a few times and then never again."""

    marker: Path

    async def score(self, deal: ScorerInput, record: Record) -> ScorerAnswer:
        if self.calls.total() >= ANSWERS_BEFORE_SILENCE:
            await asyncio.sleep(LONG_ENOUGH_TO_BE_STORED_S)
            self.marker.touch()
            await asyncio.Event().wait()
        return await super().score(deal, record)


def run_night(day: str, scorer: ScriptedScorer, run_id: str) -> dg.ExecuteInProcessResult:
    """The job `refresh` in this process, in the home of the settings, with this scorer."""
    settings = Settings.load()
    prepare_dagster_home(settings.storage.home)
    definitions = build_definitions({"scorer": scorer}, settings=settings)
    with dg.DagsterInstance.get() as instance:
        return run_in_process(definitions, instance, REFRESH, run_id=run_id, run_config=refresh_config(as_of=day))


if __name__ == "__main__":
    silent = SilentScorer()
    silent.marker = Path(sys.argv[2])
    run_night(sys.argv[1], silent, run_id=sys.argv[3])
