"""What looks like a sales log and is no file that can be read: each ends in a sentence, in bounded memory and time."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from synthdeal_assets.sales.product_map.map_file import load_product_map
from synthdeal_assets.sales.sources import sheet_extent, text_encoding
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.sales.log_files import Shop, lines

pytestmark = pytest.mark.slow

ROWS = lines("A,2024-01-02,I1,5,1,7,1", "B,2024-01-03,I2,5,1,7,1")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def workbook(path: Path, *far: tuple[int, int, str]) -> Path:
    """A workbook of two sales, with cells elsewhere: row, column, text."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Sales")
        for place, line in enumerate(ROWS.splitlines()):
            sheet.write_row(place, 0, line.split(","))
        for row, column, text in far:
            sheet.write(row, column, text, book.add_format({"bold": True}))
    return path


@pytest.mark.parametrize("kind", [".xlsx", ".xlsm"])
def test_a_cell_far_outside_the_table_is_named_and_kills_nothing(shop: Shop, kind: str) -> None:
    path = workbook(shop.folder / f"log{kind}", (1_048_575, 16_383, "x"))
    with failing_with("sales-log.far-cell") as failure:
        shop.read(sales_log=str(path))
    assert "XFD1048576" in str(failure.value)


def test_formats_far_outside_the_table_are_no_cells(shop: Shop) -> None:
    path = workbook(shop.folder / "log.xlsx", (1_048_575, 16_383, ""))
    assert shop.read(sales_log=str(path)).transactions == 4


def test_a_cell_a_little_outside_the_table_is_read_as_before(shop: Shop) -> None:
    path = workbook(shop.folder / "log.xlsx", (9_000, 7, "x"))
    assert shop.read(sales_log=str(path)).transactions == 4


def test_the_extent_of_a_binary_sheet_is_read_from_its_beginning(tmp_path: Path) -> None:
    rows, columns = (1_048_575).to_bytes(4, "little"), (16_383).to_bytes(4, "little")
    sheet = b"\x81\x01\x00" + b"\x94\x01\x10" + bytes(4) + rows + bytes(4) + columns + b"\x91\x01\x00"
    with zipfile.ZipFile(tmp_path / "log.xlsb", "w") as archive:
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    with failing_with("sales-log.far-cell"):
        sheet_extent.require_near_cells(tmp_path / "log.xlsb", "log.xlsb")


@pytest.mark.parametrize("name", ["log.csv", "log.xlsx", "log.parquet"])
def test_a_pipe_is_named_and_not_waited_for(shop: Shop, name: str) -> None:
    os.mkfifo(shop.folder / name)
    with failing_with("sales-log.no-regular-file"):
        shop.read(sales_log=str(shop.folder / name))


def test_a_device_as_log_or_map_is_named_and_not_read(shop: Shop) -> None:
    (shop.folder / "zero.csv").symlink_to("/dev/zero")
    with failing_with("sales-log.no-regular-file"):
        shop.read(sales_log=str(shop.folder / "zero.csv"))
    with failing_with("sales-log.no-regular-file"):
        load_product_map(Path("/dev/zero"))


def test_a_link_to_a_file_is_a_file(shop: Shop) -> None:
    (shop.folder / "link.csv").symlink_to(shop.write("real.csv", ROWS))
    assert shop.read(sales_log=str(shop.folder / "link.csv")).transactions == 4


@pytest.mark.parametrize("beginning", ["", ROWS, '"'])
def test_a_line_without_an_end_is_not_held_in_memory(
    shop: Shop, beginning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_encoding, "MAX_LINE_BYTES", 1 << 20)
    monkeypatch.setattr(text_encoding, "CHUNK_BYTES", 1 << 18)
    with failing_with("sales-log.not-a-table") as failure:
        shop.read({"log.csv": beginning + "x" * (3 << 20)})
    assert "a line of more than 1,048,576 bytes" in str(failure.value)
    text = ROWS + "C,2024-01-04,I3,5,1,7,1\n" * 100_000
    assert shop.read({"log.csv": text}).rows == 100_002


def test_an_archive_that_unpacks_to_thousands_of_times_its_size_is_not_unpacked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_encoding, "MAX_UNPACKED_BYTES", 1 << 20)
    packed = shop.folder / "log.csv.gz"
    packed.write_bytes(gzip.compress(ROWS.encode() + b"\n" * (8 << 20)))
    with failing_with("sales-log.archive-bomb"):
        shop.read(sales_log=str(packed))
    with zipfile.ZipFile(shop.folder / "log.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (8 << 20))
    with failing_with("sales-log.archive-bomb"):
        shop.read(sales_log=str(shop.folder / "log.xlsx"))
    # Many equal rows shrink well, and are a table.
    packed.write_bytes(
        gzip.compress(ROWS.encode() + b"".join(b"C%d,2024-01-04,I3,5,1,7,1\n" % n for n in range(60_000)))
    )
    assert shop.read(sales_log=str(packed)).rows == 60_002
