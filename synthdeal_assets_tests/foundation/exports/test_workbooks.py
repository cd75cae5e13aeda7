"""Excel workbooks are read back by another library; what Excel cannot hold is text, and said."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports import workbooks
from synthdeal_assets.foundation.publishing.exports.exporter import exporter_of
from synthdeal_assets.foundation.publishing.exports.workbooks import Workbook
from synthdeal_assets_tests.foundation.exports.sample import KEYS, TEXTS, sample, table, values


def read(path: Path, sheet: int | str = 0) -> pl.DataFrame:
    """The rows of a sheet as calamine reads them."""
    return pl.DataFrame(fastexcel.read_excel(path).load_sheet(sheet))


def test_every_value_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "s.xlsx"
    notices = exporter_of("xlsx").write([sample("time")], path)
    rows = read(path)

    assert rows["key"].to_list() == list(KEYS)
    assert rows["text"].to_list() == list(TEXTS)
    assert [value and int(value) for value in rows["whole"]] == values("whole")
    assert [value and int(value) for value in rows["unsigned"]] == values("unsigned")
    assert [value and Decimal(value) for value in rows["decimal"]] == values("decimal")
    assert [value and Decimal(str(value)) for value in rows["money"]] == values("money")
    assert rows["number"].to_list() == values("number")
    assert rows["flag"].to_list() == values("flag")
    assert rows["day"].cast(pl.Date).to_list() == values("day")
    assert rows["at"].to_list() == values("at")
    assert rows["zoned"][:4].to_list() == [
        "2025-10-26 02:30:00+02:00",
        None,
        "2025-10-26 02:30:00+01:00",
        "2025-03-30 00:00:00+01:00",
    ]
    assert notices == [
        "sample: numbers of more than 15 digits are text, because Excel would round them (5 cells).",
    ]


def test_times_are_cells_of_time(tmp_path: Path) -> None:
    rows = pl.DataFrame({"key": [1, 2], "time": [dt.time(7, 5), dt.time(23, 59, 59)]})
    exporter_of("xlsx").write([table("t", rows)], tmp_path / "t.xlsx")

    assert [value.time() for value in read(tmp_path / "t.xlsx")["time"]] == rows["time"].to_list()


def test_no_text_is_a_formula_and_none_is_taken_for_xml(tmp_path: Path) -> None:
    texts = ["=1+1", "{=SUM(A1)}", "http://a.example", "<r><t>x</t></r>", "_x0041_", "a\x01b", "'=1", "@x"]
    rows = pl.DataFrame({"key": range(len(texts)), "=text": texts})
    exporter_of("xlsx").write([table("t", rows)], tmp_path / "t.xlsx")

    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    assert read(tmp_path / "t.xlsx")["=text"].to_list() == texts


def test_what_excel_cannot_hold_is_text_or_cut_and_said(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "key": [1, 2],
            "day": [dt.date(1899, 12, 31), dt.date(1900, 3, 1)],
            "at": [dt.datetime(1815, 6, 18, 11, 30), dt.datetime(1999, 1, 1)],
            "number": [float("nan"), float("-inf")],
            "note": ["x" * 40_000, "y" * 32_767],
        }
    )
    notices = exporter_of("xlsx").write([table("old", rows)], tmp_path / "t.xlsx")
    cells = read(tmp_path / "t.xlsx")

    assert notices == [
        "old: days before 1900 are text, because Excel has none (2 cells).",
        "old: numbers that are infinite or NaN are text, because Excel has none (2 cells).",
        "old: texts were cut to the 32,767 characters of a cell (1 cell).",
    ]
    assert cells["day"].to_list()[0] == "1899-12-31"
    assert cells["at"].to_list()[0] == "1815-06-18 11:30:00"
    assert cells["number"].to_list() == ["nan", "-inf"]
    assert cells["note"].str.len_chars().to_list() == [32_767, 32_767]


def test_a_table_goes_on_in_the_next_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_SHEET_ROWS", 5)
    rows = pl.DataFrame({"key": range(9)})
    exporter_of("xlsx").write([table("t", rows, chunk=3), table("T 2", rows[:4])], tmp_path / "t.xlsx")
    book = fastexcel.read_excel(tmp_path / "t.xlsx")

    assert book.sheet_names == ["t", "t 3", "t 4", "T 2"]
    assert [read(tmp_path / "t.xlsx", name)["key"].to_list() for name in book.sheet_names] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8],
        [0, 1, 2, 3],
    ]


@pytest.mark.slow
def test_a_million_rows_and_more_take_two_sheets(tmp_path: Path) -> None:
    rows = pl.DataFrame({"key": pl.int_range(1_048_576, eager=True)})
    exporter_of("xlsx").write([table("t", rows, chunk=65_536)], tmp_path / "t.xlsx")
    first, second = (read(tmp_path / "t.xlsx", name)["key"] for name in ("t", "t 2"))

    assert (first.len(), first[-1], second.to_list()) == (1_048_575, 1_048_574, [1_048_575])


def test_sheets_have_names_that_excel_accepts_and_tells_apart(tmp_path: Path) -> None:
    rows = pl.DataFrame({"key": [1]})
    long = "a_name_of_more_characters_than_excel_takes"
    labels = ["a/b[c]:*?", "'quoted'", "History", long, long.upper(), "ö"]
    exporter = Workbook()
    tables = [table(label, rows) for label in labels]
    exporter.write(tables, tmp_path / "t.xlsx")
    names = fastexcel.read_excel(tmp_path / "t.xlsx").sheet_names

    assert names == [
        *(
            "a_b_c____",
            "quoted",
            "History 2",
            "a_name_of_more_characters_than_",
            "A_NAME_OF_MORE_CHARACTERS_THA 2",
            "ö",
        ),
    ]
    assert [dialect["sheetName"] for dialect in exporter.dialects(tables)] == names


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        exporter_of("xlsx").write([sample()], tmp_path / f"{name}.xlsx")

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_more_columns_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    wide = pl.DataFrame({f"c{number}": [1] for number in range(16_385)})
    with pytest.raises(SynthDealError, match="wide has 16,385 columns") as refused:
        exporter_of("xlsx").write([table("wide", wide, key=())], tmp_path / "t.xlsx")

    assert refused.value.code == "export.too-many-columns"
    assert not (tmp_path / "t.xlsx").exists()


def test_nothing_is_left_beside_the_workbook(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    exporter_of("xlsx").write([sample()], folder / "t.xlsx")
    with pytest.raises(ZeroDivisionError):
        exporter_of("xlsx").write([dataclasses.replace(sample(), chunks=_failing)], folder / "f.xlsx")

    assert [path.name for path in folder.iterdir()] == ["t.xlsx"]


def _failing() -> Iterator[pl.DataFrame]:
    yield next(sample().chunks())
    raise ZeroDivisionError
