"""Files that were exported in any dialect say what was promised, and what they say is read as it was meant."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from synthdeal_assets.datasets.certificate.files import READ
from synthdeal_assets.datasets.certificate.readers import as_meant
from synthdeal_assets.datasets.certificate.recount import Certificate, recount
from synthdeal_assets.datasets.certificate.wording import text_of
from synthdeal_assets.foundation.publishing.exports.export_files import export_folder
from synthdeal_assets.foundation.publishing.exports.export_tables import ExportColumn, ExportTable
from synthdeal_assets.foundation.publishing.exports.exporter import exporter_of, formats
from synthdeal_assets.foundation.publishing.exports.spreadsheets import without_formulas_in
from synthdeal_assets_tests.datasets.certificate_folder import broken, dataset_of

TEXT = """
dataset: formats
tables:
  t:
    rows: 4
    fields:
      id: {key: integer}
      sign: {one_of: ["=1+1", "'=1+1", "a; b", "Zürich, \\"ß\\""]}
      note: {pattern: "[a-z]*", missing: 25%}
      share: {uniform: 0 .. 1, decimals: 6}
      amount: {uniform: 0 .. 900, decimals: 2}
      on: {date: 2025-01-01 .. 2025-12-31}
      at: {datetime: 2025-01-01 .. 2025-12-31}
      yes: {flag: 50%}
"""
SIGNS = ("=1+1", "'=1+1", "a; b", 'Zürich, "ß"')


def frame() -> pl.DataFrame:
    rows = [
        {
            "id": place + 1,
            "sign": sign,
            "note": (None, "", "abc", "x")[place],
            "share": Decimal("0.000001") * (1 + place),
            "amount": Decimal("12.50"),
            "on": date(2025, 1, 31),
            "at": datetime(2025, 3, 30, 2, 30, place),
            "yes": place < 2,
        }
        for place, sign in enumerate(SIGNS)
    ]
    return pl.DataFrame(rows, schema_overrides={"share": pl.Decimal(18, 6), "amount": pl.Decimal(18, 2)})


def exported(folder: Path, name: str, options: dict[str, Any], rows: pl.DataFrame) -> Certificate:
    columns = tuple(ExportColumn(column, kind) for column, kind in rows.schema.items())
    table = ExportTable("t", columns, lambda: iter([rows]))
    export_folder([table], exporter_of(name, options), folder, name="formats")
    return recount(dataset_of(TEXT), folder)


DIALECTS: list[tuple[str, dict[str, Any]]] = [
    ("parquet", {}),
    ("csv", {}),
    ("csv", {"delimiter": ";", "encoding": "latin-1"}),
    ("csv", {"delimiter": "tab", "header": "false"}),
    ("csv", {"encoding": "utf-16"}),
    ("csv", {"encoding": "utf-8-sig"}),
    ("jsonl", {}),
    ("json", {}),
    ("json", {"indent": "2"}),
    ("json", {"orientation": "columns"}),
    ("json", {"orientation": "columns", "indent": "2"}),
    ("json", {"orientation": "split"}),
    ("json", {"orientation": "split", "indent": "2"}),
    ("csv", {"plain": "true"}),
]


@pytest.mark.parametrize(("name", "options"), DIALECTS, ids=[f"{name}-{options}" for name, options in DIALECTS])
def test_every_dialect_is_recounted(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    certificate = exported(tmp_path / "good", name, options, frame())
    assert certificate.holds, text_of(certificate)
    changed = frame().with_columns(sign=pl.col("sign").replace("=1+1", "=1+2"))
    certificate = exported(tmp_path / "bad", name, options, changed)
    assert ("t", "sign", "values") in broken(certificate)
    assert "such as 1 (=1+2)" in text_of(certificate)


def test_every_option_of_a_format_that_is_recounted_is_among_these_dialects() -> None:
    offered = {(name, option) for name in formats() for option in options_of(name)}
    assert offered == {(name, option) for name, options in DIALECTS for option in options}


def options_of(name: str) -> list[str]:
    kind = type(exporter_of(name))
    return [*kind.model_fields] if kind.suffix in READ else []


def test_an_empty_table_holds_in_every_format(tmp_path: Path) -> None:
    dataset = dataset_of(TEXT.replace("rows: 4", "rows: 0"))
    for name, options in DIALECTS:
        folder = tmp_path / f"{name}{sorted(options.values())}"
        exported(folder, name, options, frame().clear())
        certificate = recount(dataset, folder)
        assert certificate.holds, (name, options, text_of(certificate))


@pytest.mark.parametrize("name", ["parquet", "csv", "json"])
def test_a_file_of_another_name_than_its_table_is_found(tmp_path: Path, name: str) -> None:
    table = ExportTable("t", tuple(ExportColumn(*each) for each in frame().schema.items()), lambda: iter([frame()]))
    export_folder([table], exporter_of(name), tmp_path, name="formats", stem="asked for")

    assert (tmp_path / f"asked for.{name}").is_file()
    assert recount(dataset_of(TEXT), tmp_path).holds


def test_a_package_that_says_nothing_is_a_sentence(tmp_path: Path) -> None:
    exported(tmp_path, "csv", {}, frame())
    (tmp_path / "datapackage.json").write_text('{"resources": [{"format": "csv"}]}', encoding="utf-8")
    (problem,) = recount(dataset_of(TEXT), tmp_path).problems
    assert problem.startswith("datapackage.json does not say how the files are written")


def test_what_a_spreadsheet_would_run_is_read_as_it_was() -> None:
    texts = [
        "=1+1",
        "'=1+1",
        "''=1",
        "a,=b",
        'say, "=x"',
        "'tis",
        "'",
        "",
        "-5.2",
        "+49 30 123",
        "@me",
        "\t=x",
        "a\n-b",
    ]
    disarmed = without_formulas_in(texts)
    assert disarmed[0] == "'=1+1"
    with duckdb.connect() as connection:
        connection.register("texts", pl.DataFrame({"text": disarmed}).to_arrow())
        read = [text for (text,) in connection.execute(f"SELECT {as_meant('text')} FROM texts").fetchall()]
    assert read == texts
