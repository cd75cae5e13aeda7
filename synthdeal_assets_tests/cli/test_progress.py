"""A run shows how far it is, and when it fails, which step or check it was that failed."""

import io
from collections.abc import Iterator

import dagster as dg
import pytest
from rich.console import Console

from synthdeal_assets.cli.progress import PHASES, Progress, RunProgress
from synthdeal_assets.cli.run import run_job
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.partitions import SCORES_BY_OPPORTUNITY
from synthdeal_assets.scoring.tables import OPPORTUNITY_SCORES
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.tables import OPPORTUNITIES
from synthdeal_assets_tests.failure_codes import failing_with


def pipeline(scores_fail: bool = False) -> dg.Definitions:
    """A code location with the assets that progress is shown of, and nothing behind them."""

    @dg.asset(key=asset_key(OPPORTUNITIES))
    def opportunities() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"dagster/row_count": 1234})

    @dg.asset(key=asset_key(OPPORTUNITY_SCORES), deps=[opportunities])
    def scores(context: dg.AssetExecutionContext) -> None:
        for deal in ("A", "B"):
            context.log_event(dg.AssetMaterialization(SCORES_BY_OPPORTUNITY, partition=deal))
        if scores_fail:
            raise SynthDealError("The scorer has gone home: call it back.", code="scorer.gone")

    @dg.asset_check(asset=scores, blocking=True, description="Scores are in range.")
    def in_range() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, description="2 scores are above 100.")

    others = [
        dg.AssetSpec(key) for key in PHASES if key not in {asset_key(OPPORTUNITIES), asset_key(OPPORTUNITY_SCORES)}
    ]

    @dg.multi_asset(name="others", specs=[dg.AssetSpec(spec.key, deps=[scores]) for spec in others])
    def rest() -> Iterator[dg.MaterializeResult[None]]:
        for spec in others:
            yield dg.MaterializeResult(asset_key=spec.key)

    return dg.Definitions(
        assets=[opportunities, scores, rest],
        asset_checks=[in_range],
        jobs=[dg.define_asset_job("refresh", selection=dg.AssetSelection.all())],
        executor=dg.in_process_executor,
    )


def test_a_blocking_check_that_does_not_hold_is_named_with_what_it_found() -> None:
    with dg.instance_for_test() as instance, failing_with("run.check-failed") as caught:
        run_job(Settings(), pipeline(), instance, verbose=False)

    assert "A check stopped the run" in str(caught.value)
    assert "in_range of scoring/opportunity_scores: 2 scores are above 100." in str(caught.value)


def test_a_step_that_fails_ends_the_run_with_its_sentence() -> None:
    with dg.instance_for_test() as instance, failing_with("scorer.gone") as caught:
        run_job(Settings(), pipeline(scores_fail=True), instance, verbose=False)

    assert str(caught.value) == "The scorer has gone home: call it back."


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_counts_scores_against_what_was_pending_and_failures(terminal: bool) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=terminal, width=120)
    steps = {"crm__opportunities": "World", "scoring__opportunity_scores": "Scores"}
    progress = RunProgress(console, steps, lambda: 3, lambda: Progress(failed=1))
    with dg.instance_for_test() as instance, progress:
        run_id = "5a3c4c33-7c0b-4c1e-9a51-2f3f0f6d8a11"
        instance.add_event_listener(run_id, progress.follow)
        job = pipeline(scores_fail=True).resolve_job_def("refresh")
        job.execute_in_process(instance=instance, run_id=run_id, raise_on_error=False)

    assert "1,234 opportunities" in shown.getvalue()
    assert "2 of 3 scored, 1 failed" in shown.getvalue()


def test_what_an_earlier_run_had_scored_does_not_count_as_scored_by_this_one() -> None:
    shown = io.StringIO()
    steps = {"scoring__opportunity_scores": "Scores"}
    progress = RunProgress(Console(file=shown), steps, lambda: 1, Progress)
    with dg.instance_for_test() as instance, progress:
        run_id = "5a3c4c33-7c0b-4c1e-9a51-2f3f0f6d8a13"
        instance.add_event_listener(run_id, progress.follow)
        job = pipeline(scores_fail=True).resolve_job_def("refresh")
        job.execute_in_process(instance=instance, run_id=run_id, raise_on_error=False)

    assert "1 of 1 scored, 0 failed" in shown.getvalue()


def test_ctrl_c_between_two_steps_is_ctrl_c_and_the_run_is_canceled(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_progress: RunProgress, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is not None and event.is_engine_event and event.step_key is None:
            raise dg.DagsterExecutionInterruptedError

    monkeypatch.setattr(RunProgress, "follow", interrupt)
    with dg.instance_for_test() as instance:
        with pytest.raises(KeyboardInterrupt):
            run_job(Settings(), pipeline(), instance, verbose=False)
        statuses = [run.status for run in instance.get_runs()]

    assert statuses == [dg.DagsterRunStatus.CANCELED]


def test_progress_is_shown_of_the_main_assets_only() -> None:
    shown = io.StringIO()
    progress = RunProgress(Console(file=shown), {}, lambda: None, lambda: None)
    with dg.instance_for_test() as instance, progress:
        run_id = "5a3c4c33-7c0b-4c1e-9a51-2f3f0f6d8a12"
        instance.add_event_listener(run_id, progress.follow)
        job = pipeline(scores_fail=True).resolve_job_def("refresh")
        job.execute_in_process(instance=instance, run_id=run_id, raise_on_error=False)

    assert shown.getvalue() == ""


@pytest.mark.parametrize(
    ("so_far", "said"),
    [
        (Progress(usage=Usage(7, cost_usd=0.0123)), "7 requests, $0.0123"),
        (Progress(usage=Usage(7, cost_usd=0.5, calls_of_unknown_cost=2)), "7 requests, $0.5000 and 2 of unknown cost"),
        (Progress(usage=Usage(7, calls_of_unknown_cost=7)), "7 requests, cost unknown"),
    ],
)
def test_progress_says_what_was_asked_and_spent_and_never_calls_an_unknown_cost_nothing(
    so_far: Progress, said: str
) -> None:
    shown = io.StringIO()
    console = Console(file=shown, width=160)
    progress = RunProgress(console, {"scoring__opportunity_scores": "Scores"}, lambda: 3, lambda: so_far)
    with dg.instance_for_test() as instance, progress:
        run_id = "5a3c4c33-7c0b-4c1e-9a51-2f3f0f6d8a14"
        instance.add_event_listener(run_id, progress.follow)
        job = pipeline(scores_fail=True).resolve_job_def("refresh")
        job.execute_in_process(instance=instance, run_id=run_id, raise_on_error=False)

    assert f"2 of 3 scored, 0 failed, {said}" in shown.getvalue()
