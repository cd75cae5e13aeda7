"""How long a whole world takes, against another commit, the bare write of its frames and a Faker call per cell.

    python -m synthdeal_assets_tests.benchmarks.world_speed [--sizes 100000 1000000] [--against 9d0549c]

Each measurement runs in a process of its own, so that its peak memory is its own; the other commit measures itself, in
a work tree that is removed again. Aims, on two cores: 100,000 opportunities a year with all tables at most 5 times as
long as 9d0549c, the last commit of the first generator, which made a third of the deals, and 3 times the bare write;
1,000,000 below 8 GB. Processor time is what to compare where other programs run beside.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from faker import Faker

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, insert
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.generate import generate_world_in_chunks
from synthdeal_assets.world.salesforce_picklists import (
    COMPETITORS,
    LEAD_SOURCES,
    LOST_REASONS,
    OPPORTUNITY_TYPES,
    STAGES,
)
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.store import STORED_TABLES, store_world
from synthdeal_assets.world.tables import MEDDPICC_COLUMNS, OPPORTUNITIES

AS_OF = dt.date(2026, 11, 20)
SEED = 42
FAKER_SAMPLE = 1000
"""Opportunities that the loop of Faker calls really makes; its time is scaled from them."""
ROWS_AT_ONCE = 50_000
_MEASURE_THERE = """
import json, sys
from synthdeal_assets_tests.benchmarks.world_speed import generate_and_write
found = generate_and_write(int(sys.argv[1]))
print(json.dumps([found.seconds, found.peak_mb, found.rows]))
"""


@dataclass(frozen=True)
class Measurement:
    """One way to do it.

    Attributes:
        seconds: Wall time.
        peak_mb: Peak resident memory.
        cpu_seconds: Processor time of the whole process, with loading the code.
        rows: Rows over all tables.
    """

    seconds: float
    peak_mb: float
    cpu_seconds: float = 0.0
    rows: int = 0


def generate_and_write(size: int) -> Measurement:
    """The product's way, as the settings are by default: chunks are written while the next ones are generated."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        warehouse = Warehouse.of(settings)
        started = time.perf_counter()
        store_world(warehouse, generate_world_in_chunks(WorldSpec(SEED, size, AS_OF)), settings)
        seconds = time.perf_counter() - started
        peak_mb = _peak_mb()
        rows = sum(warehouse.read(f"SELECT count(*) FROM {table.qualified_name}").item() for table in STORED_TABLES)
    return Measurement(seconds, peak_mb, rows=rows)


def bare_write(size: int) -> Measurement:
    """The very frames, written to tables that are swapped in; while they are made and read, the clocks stand still."""
    seconds = cpu_seconds = 0.0

    @contextmanager
    def running() -> Iterator[None]:
        nonlocal seconds, cpu_seconds
        started, started_cpu = time.perf_counter(), time.process_time()
        yield
        seconds += time.perf_counter() - started
        cpu_seconds += time.process_time() - started_cpu

    with tempfile.TemporaryDirectory() as folder:
        made = Warehouse(database=str(Path(folder) / "made.duckdb"))
        store_world(made, generate_world_in_chunks(WorldSpec(SEED, size, AS_OF)))
        written = Warehouse(database=str(Path(folder) / "written.duckdb"))
        with made.connect() as source, written.swap_in(STORED_TABLES) as (connection, incoming):
            for table in STORED_TABLES:
                source.execute(f"SELECT * FROM {table.qualified_name}")
                for batch in source.to_arrow_reader(ROWS_AT_ONCE):
                    frame = pl.DataFrame(batch)
                    with running():
                        insert(connection, incoming[table], frame)
    return Measurement(seconds, _peak_mb(), cpu_seconds)


def measured_by(commit: str, size: int) -> Measurement:
    """`generate_and_write` as it is in another commit."""
    repository = Path(__file__).parents[2]
    with tempfile.TemporaryDirectory() as folder:
        tree = str(Path(folder) / "tree")
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree, commit], cwd=repository, check=True)
        try:
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            found = subprocess.run(
                [sys.executable, "-c", _MEASURE_THERE, str(size)],
                cwd=tree,
                env={**os.environ, "PYTHONPATH": tree},
                stdout=subprocess.PIPE,
                check=True,
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=repository, check=True)
    seconds, peak_mb, rows = json.loads(found.stdout)
    return Measurement(seconds, peak_mb, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime, rows)


def faker_per_cell(size: int) -> Measurement:
    """The usual way: a Faker call for each cell, for the table of opportunities alone, without writing it."""
    fake = Faker()
    fake.seed_instance(SEED)
    started = time.perf_counter()
    frame = pl.DataFrame([_faker_opportunity(fake) for _ in range(FAKER_SAMPLE)])
    seconds = (time.perf_counter() - started) * size / FAKER_SAMPLE
    OPPORTUNITIES.conform(frame)
    return Measurement(seconds, _peak_mb())


def _faker_opportunity(fake: Faker) -> dict[str, object]:
    return {
        "opportunity_id": fake.uuid4(),
        "name": fake.bs(),
        "account_id": fake.uuid4(),
        "owner_id": fake.uuid4(),
        "stage_name": fake.random_element(STAGES),
        "amount": fake.pyfloat(min_value=1_000, max_value=1_000_000, right_digits=2),
        "close_date": fake.date_this_year(),
        "created_date": fake.date_this_year(),
        "last_modified_date": fake.date_this_year(),
        "created_at": fake.date_time_this_year(),
        "last_modified_at": fake.date_time_this_year(),
        "lead_source": fake.random_element(LEAD_SOURCES),
        "type": fake.random_element(OPPORTUNITY_TYPES),
        "probability": fake.pyint(0, 100),
        "forecast_category": fake.random_element(("Pipeline", "Best Case", "Commit")),
        "product_id": fake.uuid4(),
        "next_step": fake.sentence(),
        "notes": fake.paragraph(),
        **{element: fake.sentence() for element in MEDDPICC_COLUMNS},
        "is_closed": fake.pybool(),
        "is_won": fake.pybool(),
        "lost_reason": fake.random_element(LOST_REASONS),
        "competitor": fake.random_element(COMPETITORS),
        "closing_note": fake.sentence(),
        "external_id": fake.uuid4(),
    }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _alone(measure: Callable[[int], Measurement], size: int) -> Measurement:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_with_cpu, (measure, size))


def _with_cpu(measure: Callable[[int], Measurement], size: int) -> Measurement:
    found = measure(size)
    return found if found.cpu_seconds else replace(found, cpu_seconds=time.process_time())


def main() -> None:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000], help="opportunities a year")
    parser.add_argument("--against", metavar="COMMIT", help="a commit that is measured in the same run")
    arguments = parser.parse_args()
    print(
        f"{'opportunities':>14}  {'what':<16}{'seconds':>9}{'processor s':>13}{'rows in all':>14}{'peak RSS MB':>13}"
        f"{'whole is times':>16}"
    )
    for size in arguments.sizes:
        whole = _alone(generate_and_write, size)
        others = {"bare write": _alone(bare_write, size), "Faker per cell": _alone(faker_per_cell, size)}
        if arguments.against:
            others[arguments.against] = measured_by(arguments.against, size)
        for what, found in {"whole": whole, **others}.items():
            # A Faker call is scaled in wall time alone.
            ratio = whole.seconds / found.seconds if what == "Faker per cell" else whole.cpu_seconds / found.cpu_seconds
            print(
                f"{size:>14,}  {what:<16}{found.seconds:>9.1f}{found.cpu_seconds:>13.1f}{found.rows:>14,}"
                f"{found.peak_mb:>13,.0f}{ratio:>16.2f}",
                flush=True,
            )
    print(f"Faker per cell: opportunities alone, scaled from {FAKER_SAMPLE:,} and not written; in wall time.")


if __name__ == "__main__":
    main()
