"""Whole datasets are the same on every machine, with any number of threads, and in bounded memory.

A digest that changes means that every dataset of every user changes. Where that is meant, raise `GENERATOR_VERSION` and
record the new digests:

    python -m synthdeal_assets_tests.datasets.test_dataset_bytes
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from synthdeal_assets.datasets.engine.columns import KEPT_BLOCKS, Columns
from synthdeal_assets.datasets.engine.streams import BLOCK_ROWS
from synthdeal_assets.datasets.engine.writing import write_parquet
from synthdeal_assets.datasets.spec.dependencies import dependencies_of
from synthdeal_assets.datasets.spec.resolution import resolve
from synthdeal_assets.datasets.spec.spec_file import parse_specification
from synthdeal_assets.datasets.types.catalogue import GENERATOR_VERSION
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.parallel import made_in_order

GOLDEN = Path(__file__).parent / "golden"
DIGESTS = GOLDEN / "digests.json"
WRITER = f"pyarrow {pa.__version__}"
SPECIFICATIONS = {
    path.stem: path for folder in ("examples", "golden") for path in GOLDEN.parent.glob(f"{folder}/*.yaml")
}


def columns_of(name: str) -> Columns:
    dataset = resolve(parse_specification(SPECIFICATIONS[name].read_text("utf-8"), name))
    return Columns(dataset, dependencies_of(dataset))


def written(name: str, folder: Path, threads: int) -> tuple[Columns, dict[str, Path]]:
    """The tables of a dataset as files, what was made dirty among them."""
    folder.mkdir()
    columns, files = columns_of(name), {}
    for table in columns.dataset.tables.values():
        files[table.name] = folder / f"{table.name}.parquet"
        blemishes = write_parquet(columns, table, files[table.name], threads=threads)
        if table.spec.blemishes is not None:
            files[f"blemishes of {table.name}"] = folder / f"{table.name}.blemishes.parquet"
            blemishes.write_parquet(folder / f"{table.name}.blemishes.parquet")
    return columns, files


def digests(files: dict[str, Path]) -> dict[str, dict[str, str]]:
    """Of each table the values as text, and the bytes of its file."""
    found = {}
    for name, path in files.items():
        values = pl.read_parquet(path).write_csv(null_value="NULL", quote_style="always")
        found[name] = {"values": _digest(values.encode()), "bytes": _digest(path.read_bytes())}
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


@pytest.fixture(scope="module", params=sorted(SPECIFICATIONS))
def on_one_thread(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    name = str(request.param)
    columns, files = written(name, tmp_path_factory.mktemp("golden") / name, threads=1)
    return name, columns, files


def test_the_values_are_those_that_were_recorded(on_one_thread: tuple[str, Columns, dict[str, Path]]) -> None:
    name, _, files = on_one_thread
    recorded = json.loads(DIGESTS.read_text("utf-8"))
    assert recorded["generator_version"] == GENERATOR_VERSION, "record the digests of this version"
    expected = recorded["datasets"][name]
    kinds = ["values", "bytes"] if recorded["writer"] == WRITER else ["values"]
    for table, found in digests(files).items():
        if not table.startswith("blemishes"):
            assert {kind: found[kind] for kind in kinds} == {kind: expected[table][kind] for kind in kinds}, table
        else:
            assert found["values"] == expected[table]["values"], table


def test_two_threads_write_the_same_bytes_as_one(
    on_one_thread: tuple[str, Columns, dict[str, Path]], tmp_path: Path
) -> None:
    name, _, files = on_one_thread
    _, with_two = written(name, tmp_path / name, threads=2)
    assert {table: path.read_bytes() for table, path in with_two.items()} == {
        table: path.read_bytes() for table, path in files.items()
    }


def test_no_more_blocks_are_kept_than_are_needed(on_one_thread: tuple[str, Columns, dict[str, Path]]) -> None:
    _, columns, _ = on_one_thread
    assert columns.block.cache_info().currsize <= KEPT_BLOCKS
    assert all(len(batch) <= 4 * BLOCK_ROWS for batch in columns._kept.values())


def test_results_come_in_order_whatever_takes_longest() -> None:
    def make(number: int) -> int:
        time.sleep(0.02 if number % 3 == 1 else 0.0)
        return number

    assert [*made_in_order([lambda number=number: make(number) for number in range(9)], 3)] == [*range(9)]  # type: ignore[misc]


def test_no_more_parts_are_begun_than_a_few_ahead_of_the_one_that_is_taken() -> None:
    begun: list[int] = []
    made = made_in_order([lambda number=number: begun.append(number) for number in range(50)], 2)  # type: ignore[misc]
    next(made)
    next(made)
    time.sleep(0.05)
    assert len(begun) <= 4
    made.close()
    assert len(begun) <= 4
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("parts")], "none is left behind"


def test_an_error_of_a_part_is_raised_as_it_is_and_nothing_more_is_begun() -> None:
    begun: list[int] = []

    def make(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise SynthDealError("Row 7 found no values.", code="datasets.no-values-for-a-row", usage=True)
        return number

    made = made_in_order([lambda number=number: make(number) for number in range(50)], 2)  # type: ignore[misc]
    with pytest.raises(SynthDealError, match=r"^Row 7 found no values\."):
        list(made)
    assert len(begun) <= 8


def test_a_rule_may_read_a_field_under_totals_and_a_field_that_is_drawn_again() -> None:
    columns = columns_of("everything")
    sales = pl.concat([columns.block("sales", block).values(name).to_frame() for name in ("cost",) for block in (0, 1)])
    amounts = pl.concat([columns.block("sales", block).values("amount").to_frame() for block in (0, 1)])
    assert (sales["cost"] < amounts["amount"]).all()
    assert round(amounts["amount"].sum(), 2) == 6_000_000


def record(folder: Path) -> None:
    """Write the digests of this version."""
    found = {name: digests(written(name, folder / name, threads=1)[1]) for name in sorted(SPECIFICATIONS)}
    content = {"generator_version": GENERATOR_VERSION, "writer": WRITER, "datasets": found}
    DIGESTS.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as made_here:
        record(Path(made_here))
