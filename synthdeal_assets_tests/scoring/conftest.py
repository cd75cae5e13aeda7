"""What the tests of scoring share: a warehouse of a few deals and a way to run the assets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.assets import opportunity_scores, scorer_inputs, scores_by_opportunity
from synthdeal_assets.scoring.partitions import SCORES_BY_OPPORTUNITY
from synthdeal_assets.scoring.room import ROOM
from synthdeal_assets.scoring.scorers.make_scorer import ScorerFactory, make_scorer
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.fakes.scripted_scorer import ScriptedScorer
from synthdeal_assets_tests.scoring.small_org import Deal, organisation


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An empty warehouse."""
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"), lock_timeout=5)


class Room:
    """The scoring room with a warehouse, an instance and a scripted scorer.

    Attributes:
        warehouse: Where the tables are.
        instance: Where Dagster keeps its history.
        scorer: The scorer of every run; a test may put another in its place.
        factory: Makes the scorer of a run when set, in place of `scorer`.
        settings: Settings of every run.
    """

    def __init__(self, warehouse: Warehouse, instance: dg.DagsterInstance) -> None:
        self.warehouse = warehouse
        self.instance = instance
        self.scorer = ScriptedScorer()
        self.factory: ScorerFactory | None = None
        self.settings = Settings(scorer_concurrency=4, retry_max_attempts=3, retry_backoff_minutes=0)

    def ask_a_model(self, base_url: str, **settings: Any) -> None:
        """Have every run ask an OpenAI-compatible endpoint."""
        self.factory = make_scorer
        self.settings = Settings(
            **{
                "scorer": "openai",
                "openai_base_url": base_url,
                "openai_api_key": "sk-test-0123456789abcdef0123456789",
                "scorer_concurrency": 8,
                "retry_max_attempts": 3,
                "retry_backoff_minutes": 0,
                **settings,
            }
        )

    def put(self, deals: Sequence[Deal]) -> None:
        """Make these deals the world and freeze their inputs."""
        self.warehouse.replace(organisation(deals))
        assert self._materialize([scorer_inputs]).success

    def score(
        self, partition: str | None = None, tags: dict[str, str] | None = None, **config: Any
    ) -> dg.ExecuteInProcessResult:
        """Materialise the scores: of one partition, of the range in the tags, or what is pending."""
        if partition is None and tags is None:
            return self._materialize([opportunity_scores], run_config=_config("opportunity_scores", config))
        config = _config("scores_by_opportunity", config)
        return self._materialize([scores_by_opportunity], partition_key=partition, tags=tags, run_config=config)

    def everything(self) -> dg.ExecuteInProcessResult:
        """Materialise every asset of the room that needs no partition, with all checks."""
        assets = [asset for asset in ROOM.assets if asset is not scores_by_opportunity]
        return self._materialize([*assets, *ROOM.checks])

    def green(self) -> set[str]:
        """Partitions that Dagster shows as materialised."""
        return self.instance.get_materialized_partitions(SCORES_BY_OPPORTUNITY)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.warehouse.read(query).rows()

    def _materialize(self, assets: Sequence[Any], **how: Any) -> dg.ExecuteInProcessResult:
        return dg.materialize(
            assets,
            instance=self.instance,
            resources={"warehouse": self.warehouse, "settings": self.settings, "scorer": self.factory or self.scorer},
            raise_on_error=False,
            **how,
        )


def _config(asset: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"ops": {f"scoring__{asset}": {"config": values}}} if values else {}


@pytest.fixture
def room(warehouse: Warehouse) -> Room:
    """The scoring room, empty."""
    return Room(warehouse, dg.DagsterInstance.ephemeral())


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    """What a failed run says."""
    failed = [event for event in result.all_events if event.is_step_failure]
    assert failed, "no step failed"
    data = failed[0].step_failure_data
    assert data.user_failure_data is not None
    assert data.user_failure_data.description is not None
    return data.user_failure_data.description
