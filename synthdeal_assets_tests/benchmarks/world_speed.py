"""How long a whole world takes, against the bare write of its frames and a Faker call per cell.

    python -m synthdeal_assets_tests.benchmarks.world_speed [--sizes 100000 1000000]

Each measurement runs in a process of its own, so that its peak memory is its own. Aim, on two cores: 100,000
opportunities with all tables in DuckDB within 10 s and within 3 times the bare write; 1,000,000 below 6 GB.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from faker import Faker

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
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


@dataclass(frozen=True)
class Measurement:
    """One way to do it.

    Attributes:
        seconds: Wall time.
        peak_mb: Peak resident memory.
        rows: Rows over all tables.
        writing_seconds: Part of the time in which finished frames were written.
    """

    seconds: float
    peak_mb: float
    rows: int = 0
    writing_seconds: float = 0.0


def generate_and_write(size: int) -> Measurement:
    """The product's way: a chunk is generated, then written, and the tables change places at the end."""
    generating = 0.0

    def chunks() -> Iterator[dict[Table, pl.DataFrame]]:
        nonlocal generating
        generated = generate_world_in_chunks(WorldSpec(SEED, size, AS_OF))
        while True:
            begun = time.perf_counter()
            chunk = next(generated, None)
            generating += time.perf_counter() - begun
            if chunk is None:
                return
            yield chunk

    with tempfile.TemporaryDirectory() as folder:
        warehouse = Warehouse(database=str(Path(folder) / "warehouse.duckdb"))
        started = time.perf_counter()
        store_world(warehouse, chunks())
        seconds = time.perf_counter() - started
        peak_mb = _peak_mb()
        rows = sum(warehouse.read(f"SELECT count(*) FROM {table.qualified_name}").item() for table in STORED_TABLES)
    return Measurement(seconds, peak_mb, rows, writing_seconds=seconds - generating)


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
        return pool.apply(measure, (size,))


def main() -> None:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000], help="opportunities")
    print(
        f"{'opportunities':>14}{'rows in all':>14}{'generate+write s':>18}{'bare write s':>14}{'ratio':>8}"
        f"{'Faker per cell s':>18}{'Faker / whole':>14}{'peak RSS MB':>13}"
    )
    for size in parser.parse_args().sizes:
        whole = _alone(generate_and_write, size)
        faker = _alone(faker_per_cell, size)
        print(
            f"{size:>14,}{whole.rows:>14,}{whole.seconds:>18.1f}{whole.writing_seconds:>14.1f}"
            f"{whole.seconds / whole.writing_seconds:>8.1f}{faker.seconds:>18.0f}{faker.seconds / whole.seconds:>14.1f}"
            f"{whole.peak_mb:>13,.0f}",
            flush=True,
        )
    print(f"Faker per cell: opportunities alone, scaled from {FAKER_SAMPLE:,}, not written.")


if __name__ == "__main__":
    main()
