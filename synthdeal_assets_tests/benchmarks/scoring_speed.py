"""How fast a model is asked through Dagster, bookkeeping included, against the ideal of the server that is asked.

    python -m synthdeal_assets_tests.benchmarks.scoring_speed [--latency 1] [--at-once 32 64] [--opportunities 1024]

The server is the fake one, in a process of its own; the scorer, the SDK, the sockets, the ledger, the validation, the
warehouse and Dagster's history are the real ones. The ideal is opportunities x latency / concurrency. The peer asks
the same questions over the same sockets with the scorer alone and keeps nothing: what it falls short of the ideal by is
not ours. Aim, on two cores: 90 % of the ideal at 32 and 80 % at 64 requests of 1 s at once, 10,000 opportunities in
one run below 1 GB.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import dagster as dg

from synthdeal_assets.cli.home import opened_home
from synthdeal_assets.demo_llm.faults import Behaviour
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.calls import LlmCall
from synthdeal_assets.scoring.assets import opportunity_scores, scorer_inputs
from synthdeal_assets.scoring.inputs import ScorerInput, build_inputs, deals_of
from synthdeal_assets.scoring.scorers.make_scorer import make_scorer
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets_tests.fakes.llm_server import LlmServer

AS_OF = dt.date(2026, 11, 20)
SEED = 42
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Measurement:
    """One run.

    Attributes:
        seconds: Wall time of the step that scores.
        cpu_seconds: Processor time of its process meanwhile, without the server's.
        peak_mb: Peak resident memory of its process.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float


def score_through_dagster(base_url: str, opportunities: int, at_once: int) -> Measurement:
    """The product's way: the asset `scoring/opportunity_scores` on a real instance in a new home."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder), base_url, opportunities, at_once)
        warehouse = Warehouse.of(settings)
        warehouse.replace(generate_world(WorldSpec(SEED, opportunities, AS_OF)))
        resources = {"warehouse": warehouse, "settings": settings, "scorer": make_scorer}
        with opened_home(settings) as instance:
            dg.materialize([scorer_inputs], instance=instance, resources=resources, run_config=QUIET)
            with _measured() as result:
                run = dg.materialize([opportunity_scores], instance=instance, resources=resources, run_config=QUIET)
        scored = warehouse.read("SELECT count(*) FROM scoring.opportunity_scores").item()
        if not run.success or scored != opportunities:
            raise RuntimeError(f"{scored} of {opportunities} were scored: the measurement is void")
        return result()


def ask_with_the_scorer_alone(base_url: str, opportunities: int, at_once: int) -> Measurement:
    """The peer: the same prompts through the same scorer; nothing is kept, and Dagster is not there."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder), base_url, opportunities, at_once)
        warehouse = Warehouse.of(settings)
        warehouse.replace(generate_world(WorldSpec(SEED, opportunities, AS_OF)))
        with warehouse.connect() as connection:
            deals = list(deals_of(build_inputs(connection)))
    with _measured() as result:
        asyncio.run(_ask_all(settings, deals, at_once))
    return result()


async def _ask_all(settings: Settings, deals: list[ScorerInput], at_once: int) -> None:
    scorer = make_scorer(settings)
    waiting = iter(deals)

    def forget(_call: LlmCall) -> None:
        """Nothing is kept."""

    async def ask_in_turn() -> None:
        for deal in waiting:
            await scorer.score(deal, forget)

    try:
        await asyncio.gather(*(ask_in_turn() for _ in range(at_once)))
    finally:
        await scorer.aclose()


@contextmanager
def _measured() -> Iterator[Callable[[], Measurement]]:
    wall, cpu = time.perf_counter(), time.process_time()
    taken: list[Measurement] = []
    yield lambda: taken[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    taken.append(Measurement(time.perf_counter() - wall, time.process_time() - cpu, peak))


def _settings(home: Path, base_url: str, opportunities: int, at_once: int) -> Settings:
    return Settings(
        home=home,
        opportunities=opportunities,
        seed=SEED,
        as_of=AS_OF,
        scorer="openai",
        openai_base_url=base_url,
        scorer_concurrency=at_once,
    )


def _serve(latency_s: float, channel: Connection) -> None:
    with LlmServer(Behaviour(latency_s=latency_s)) as server:
        channel.send(server.base_url)
        channel.recv()


@contextmanager
def _served(latency_s: float) -> Iterator[str]:
    """The address of a fake server in a process of its own."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(latency_s, there))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("done")
        process.join()


def _in_a_process(function: Callable[[str, int, int], Measurement], *arguments: Any) -> Measurement:
    """The measurement in a process of its own, so that its peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, default=1.0, help="seconds before each answer")
    parser.add_argument("--at-once", type=int, nargs="+", default=[32, 64], help="opportunities asked about at once")
    parser.add_argument("--opportunities", type=int, default=1024)
    chosen = parser.parse_args()
    print(
        f"{'at once':>8} {'way':<22} {'opportunities':>13} {'seconds':>8} {'ideal':>7} {'of ideal':>9} {'per s':>7} "
        f"{'CPU s/1,000':>12} {'peak MB':>8}"
    )
    for at_once in chosen.at_once:
        ideal = chosen.opportunities * chosen.latency / at_once
        for way, function in (
            ("through Dagster", score_through_dagster),
            ("the scorer alone", ask_with_the_scorer_alone),
        ):
            with _served(chosen.latency) as base_url:
                measured = _in_a_process(function, base_url, chosen.opportunities, at_once)
            print(
                f"{at_once:>8} {way:<22} {chosen.opportunities:>13,} {measured.seconds:>8.1f} {ideal:>7.1f} "
                f"{ideal / measured.seconds:>9.1%} {chosen.opportunities / measured.seconds:>7.1f} "
                f"{1000 * measured.cpu_seconds / chosen.opportunities:>12.2f} {measured.peak_mb:>8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
