"""A request that another room sent in the same run changes nothing of what is known about scoring."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from synthdeal_assets.cli.status import ScoreState, read_state
from synthdeal_assets.evaluation.quality.quality import measure_samples
from synthdeal_assets.evaluation.quality.samples import read_scores, samples_of
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create
from synthdeal_assets.llm.ledger.ledger import record_calls
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.report.assets import REPORTED_TABLES
from synthdeal_assets.report.figures import compute_figures
from synthdeal_assets.scoring.estimate import Estimate, Ledger, estimate, read_ledger, to_be_judged
from synthdeal_assets.scoring.pending import Only, pending_inputs
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.fakes.scripted_scorer import paid_call

pytestmark = pytest.mark.slow

NOW = dt.datetime(2026, 11, 20, 12)
MAX_ATTEMPTS = 2


@dataclass
class Known:
    """What is known about scoring.

    Attributes:
        scored: What `synthdeal status` counts.
        spent: What it says was spent on scoring, by model.
        to_score: What is pending, failed and due, and failed at all.
        quality: How good scorers are.
        ledger: What an estimate rests on.
        estimated: The estimate.
        figures: The figures of a report.
    """

    scored: ScoreState | None
    spent: dict[tuple[str, str], tuple[int, Usage]]
    to_score: dict[str, list[str]]
    quality: list[dict[str, Any]]
    ledger: Ledger
    estimated: Estimate
    figures: list[dict[str, Any]]


def settings_of(home: Path) -> Settings:
    """The settings that the home was made with."""
    return Settings(
        home=home,
        scorer="openai",
        openai_base_url="http://127.0.0.1:9/v1",
        openai_model="demo-llm",
        retry_max_attempts=MAX_ATTEMPTS,
        input_price=1,
        output_price=6,
    )


def known(home: Path) -> Known:
    """What is known about scoring by now."""
    settings = settings_of(home)
    scorer = make_scorer(settings)
    state = read_state(settings)
    with Warehouse.of(settings).connect() as connection:

        def listed(only: Only) -> list[str]:
            inputs = pending_inputs(connection, scorer, only=only, max_attempts=MAX_ATTEMPTS, now=NOW)
            return inputs["opportunity_id"].to_list()

        to_score = {only: listed(only) for only in ("pending", "failed", "every_failed")}
        quality = measure_samples(samples_of(read_scores(connection))).to_dicts()
        for table in REPORTED_TABLES:
            create(connection, table)
        figures = compute_figures(connection, "report-of-the-test")
        connection.begin()
        # Every deal, so that there is something to estimate.
        connection.execute("DELETE FROM scoring.opportunity_scores")
        connection.execute("DELETE FROM scoring.score_failures")
        would = to_be_judged(connection, scorer, max_attempts=MAX_ATTEMPTS, now=NOW)
        ledger = read_ledger(connection, would, scorer, not_before=None)
        connection.rollback()
    return Known(
        state.scores,
        {(each.provider, each.model): (each.answers, each.usage) for each in state.spent if each.purpose == "scoring"},
        to_score,
        quality,
        ledger,
        estimate(would, scorer, ledger, now=NOW),
        figures.filter(~pl.col("figure_id").str.starts_with("making.")).sort("figure_id").to_dicts(),
    )


@pytest.mark.parametrize("model", ["demo-llm", "another-model"])
def test_pending_given_up_quality_estimate_status_and_report_are_as_they_were(old_home: Path, model: str) -> None:
    before = known(old_home)
    assert before.scored is not None
    assert (before.scored.counts["failed"], before.scored.counts["given_up"], before.scored.counts["pending"]) == (
        10,
        10,
        0,
    )
    assert before.ledger.measured is not None
    assert before.ledger.measured.questions == 23
    with Warehouse.of(settings_of(old_home)).transaction() as connection:
        asked = connection.execute(
            "SELECT DISTINCT run_id, subject_id, key, prompt_version FROM scoring.llm_calls ORDER BY ALL"
        ).fetchall()
        for number, (run_id, subject_id, key, prompt_version) in enumerate(asked):
            row = paid_call(
                call_id=f"another-{number}",
                key=key,
                subject_id=subject_id,
                provider="openai",
                model=model,
                response_model=f"{model}-simulated-by-demo-llm",
                prompt_version=prompt_version if model == "demo-llm" else "another-1",
                input_tokens=77_777,
                output_tokens=7_777,
                cost_usd=7.0,
                asked_at=dt.datetime(2030, 1, 1),
                answer="something else",
            )
            assert record_calls(connection, [row], run_id=run_id, purpose="another") == ()

    after = known(old_home)

    changed = [name for name in Known.__dataclass_fields__ if getattr(after, name) != getattr(before, name)]
    assert changed == []
    others = [each for each in read_state(settings_of(old_home)).spent if each.purpose != "scoring"]
    assert [(each.purpose, each.usage.calls, each.usage.cost_usd) for each in others] == [
        ("another", len(asked), 7.0 * len(asked))
    ], "what another room spent has a row of its own"
