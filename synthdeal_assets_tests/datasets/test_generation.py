"""From a specification to verified files: whole or not at all, and one changed cell is found."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.datasets import generation
from synthdeal_assets.datasets.certificate.seal import SEAL
from synthdeal_assets.datasets.engine.writing import write_parquet
from synthdeal_assets.datasets.generation import SPECIFICATION, generate_into, verify
from synthdeal_assets.datasets.spec.spec_file import ReadSpecification, read_specification
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets_tests.failure_codes import failing_with

EXAMPLES = Path(__file__).parent / "examples"
NAMES = [path.stem for path in sorted(EXAMPLES.glob("*.yaml"))]


def read(name: str) -> ReadSpecification:
    path = EXAMPLES / f"{name}.yaml"
    return read_specification(path.read_text("utf-8"), path.name)


@pytest.mark.parametrize("name", NAMES)
def test_every_promise_of_an_example_holds_and_is_recounted_from_the_folder(tmp_path: Path, name: str) -> None:
    made = generate_into(read(name), tmp_path / "out" / "made")

    again = verify(tmp_path / "out" / "made")
    assert again.holds
    assert len(again.outcomes) == len(made.certificate.outcomes) > 20
    assert (tmp_path / "out" / "made" / SPECIFICATION).read_text("utf-8") == read(name).text
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["made"]


def test_the_same_promises_hold_in_csv(tmp_path: Path) -> None:
    generate_into(read("shop"), tmp_path / "out" / "made")
    csv = tmp_path / "csv"
    csv.mkdir()
    (csv / SPECIFICATION).write_text(read("shop").text, "utf-8")
    for path in (tmp_path / "out" / "made").glob("*.parquet"):
        pl.read_parquet(path).write_csv(csv / f"{path.stem}.csv")

    assert verify(csv).holds


def test_one_changed_cell_is_found_and_named(tmp_path: Path) -> None:
    generate_into(read("shop"), tmp_path / "out" / "made")
    path = tmp_path / "out" / "made" / "orders.parquet"
    orders = pl.read_parquet(path)
    row = pl.int_range(pl.len()) == 4_321
    orders.with_columns(
        total=pl.when(row).then(pl.col("total") + pl.lit("0.01").cast(pl.Decimal(18, 2))).otherwise("total")
    ).cast(orders.schema).write_parquet(path)

    certificate = verify(tmp_path / "out" / "made")

    assert not certificate.holds
    (broken,) = certificate.against
    assert (broken.promise.table, broken.promise.field, broken.against) == ("orders", "total", 1)
    assert broken.keys == ("4322",)


@pytest.mark.parametrize("extension", ["parquet", "csv"])
def test_a_changed_cell_that_keeps_every_promise_is_found_too(tmp_path: Path, extension: str) -> None:
    generate_into(read("shop"), tmp_path / "out" / "made")
    folder, path = tmp_path / "out" / "made", tmp_path / "out" / "made" / "products.parquet"
    products = pl.read_parquet(path)
    another = pl.when(pl.int_range(pl.len()) == 123).then(250.0).otherwise(pl.col("price").cast(float))
    products = products.with_columns(another.cast(products.schema["price"]).alias("price"))
    if extension == "csv":
        for each in folder.glob("*.parquet"):
            (products if each == path else pl.read_parquet(each)).write_csv(each.with_suffix(".csv"))
            each.unlink()
    else:
        products.write_parquet(path)

    certificate = verify(folder)

    assert not certificate.against
    assert certificate.problems == ("`price` of products has changed since it was made, in a row from 1 to 1,000.",)
    assert not certificate.holds


def test_a_seal_of_another_duckdb_is_said_to_be_none(tmp_path: Path) -> None:
    generate_into(read("shop"), tmp_path / "out" / "made")
    seal = tmp_path / "out" / "made" / SEAL
    seal.write_text(seal.read_text("utf-8").replace('"duckdb":"', '"duckdb":"0'), "utf-8")

    certificate = verify(tmp_path / "out" / "made")

    assert certificate.holds
    assert "cells that keep all promises" in certificate.not_checked[-1]


def test_a_promise_that_is_not_kept_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short_by_one(*args: object, **kwargs: object) -> pl.DataFrame:
        blemishes = write_parquet(*args, **kwargs)  # type: ignore[arg-type]
        path = next(arg for arg in args if isinstance(arg, Path))
        pl.read_parquet(path).head(-1).write_parquet(path)
        return blemishes

    monkeypatch.setattr(generation, "write_parquet", short_by_one)

    with failing_with("datasets.promise-broken"):
        generate_into(read("sensors"), tmp_path / "out" / "made")
    assert not list(tmp_path.glob("out/*"))


def test_a_disk_without_room_is_said_beforehand(tmp_path: Path) -> None:
    text = (
        "dataset: d\ntables: {a: {rows: 1_000_000_000, fields: {"
        + ", ".join(f"f{number}: {{key: uuid}}" for number in range(900))
        + "}}}\n"
    )

    with failing_with("datasets.disk"):
        generate_into(read_specification(text, "d.yaml"), tmp_path / "out" / "made")
    assert not list(tmp_path.glob("out/*"))


def test_a_folder_without_a_specification_is_said(tmp_path: Path) -> None:
    with pytest.raises(SynthDealError, match=r"There is no specification\.yaml in "):
        verify(tmp_path)
