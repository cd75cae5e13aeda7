"""What is written here in place of a library's part, against that part: Dagster's event storage, the elastic net.

    python -m synthdeal_assets_tests.benchmarks.own_parts

The decisions in docs/decisions/ rest on these figures. That both elastic nets find the same is tested beside the other
tests of whitespace; that the storage keeps secrets out, beside those of foundation.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from synthdeal_assets.whitespace.models.elastic_net import fit_elastic_net
from synthdeal_assets_tests.benchmarks.measuring import Measurement, now

OURS = Path(__file__).parents[2] / "dagster.yaml"
STOCK = "telemetry: {enabled: false}\n"
EVENTS = 300
REASONING = "The buyer has confirmed the figure in writing. " * 6
PAIRS, FEATURES = 112_000, 40
PENALTY = 0.001
ROUNDS = 2


def events(yaml: str) -> Measurement:
    """Materialisations of that many partitions, logged one by one in a run."""

    @dg.asset
    def scores(context: dg.AssetExecutionContext) -> None:
        started = now()
        for number in range(EVENTS):
            context.log_event(
                dg.AssetMaterialization("deals", partition=str(number), metadata={"reasoning": REASONING})
            )
        measured.append(Measurement.since(started, EVENTS))

    measured: list[Measurement] = []
    with tempfile.TemporaryDirectory() as home:
        Path(home, "dagster.yaml").write_text(yaml, encoding="utf-8")
        with dg.DagsterInstance.from_config(home) as instance:
            job = dg.Definitions([scores]).resolve_implicit_global_asset_job_def()
            job.execute_in_process(instance=instance)
    return measured[0]


def regressions() -> tuple[Measurement, Measurement]:
    """Ours and scikit-learn's saga, over the same pairs with two columns that nearly agree."""
    random = np.random.default_rng(3)
    values = random.normal(size=(PAIRS, FEATURES))
    values[:, 1] = values[:, 0] + 0.05 * random.normal(size=PAIRS)
    chance = 1 / (1 + np.exp(3 - values[:, 0] + 0.7 * values[:, 2]))
    bought = (random.random(PAIRS) < chance).astype(np.float64)
    saga = LogisticRegression(solver="saga", C=1 / (PAIRS * PENALTY), l1_ratio=0.5, max_iter=5_000)

    def timed(fit: Callable[[], object]) -> Measurement:
        # As while models learn in a run: threads of BLAS that wait for each other would count as work.
        with threadpool_limits(1):
            started = now()
            fit()
            return Measurement.since(started, PAIRS)

    ours = timed(lambda: fit_elastic_net(values, bought, np.ones(PAIRS), lasso=PENALTY / 2, ridge=PENALTY / 2))
    return ours, timed(lambda: saga.fit(values, bought))


def main() -> None:
    """Measure both, print both."""
    for _ in range(ROUNDS):
        for name, yaml in (("Dagster's own", STOCK), ("ours", OURS.read_text(encoding="utf-8"))):
            cost = events(yaml)
            print(f"{name:14} {cost.cpu / EVENTS * 1000:6.1f} CPU ms, {cost.wall / EVENTS * 1000:6.1f} ms an event")
    for _ in range(ROUNDS):
        for name, cost in zip(("ours", "saga"), regressions(), strict=True):
            print(f"{name:14} {cost.cpu:6.2f} CPU s for {PAIRS:,} pairs")


if __name__ == "__main__":
    main()
