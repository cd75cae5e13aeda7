"""Files, folders and patterns of a stranger's sales log, as they are found in the wild."""

from __future__ import annotations

import codecs
import datetime as dt
import gzip
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl
import pytest
import xlsxwriter

from synthdeal_assets.sales.sources.sales_log import StagedSource, drop_staging, stage_frame, stage_sources
from synthdeal_assets.sales.tables import HOLDOUT, LOG
from synthdeal_assets_tests.failure_codes import failing_with

TEXT = 'Customer,Date,Größe,Größe_Qty\n1,2024-01-31,"$1,234.50",2\n2,2024-02-01,($3.60),\n'
ROWS = [("1", "2024-01-31", "$1,234.50", "2", 1), ("2", "2024-02-01", "($3.60)", None, 2)]
PLAIN = "id,date,A,A_Qty\n" + "".join(f"{row},2024-01-01,{row}.5,1\n" for row in range(1, 41))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def rows_of(connection: duckdb.DuckDBPyConnection, source: StagedSource) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT * FROM {source.table} ORDER BY _source_row").fetchall()


def staged(
    connection: duckdb.DuckDBPyConnection, path: Path, content: str | bytes, columns: Sequence[str] | None = None
) -> StagedSource:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    (source,) = stage_sources(connection, str(path), LOG, columns=columns)
    return source


def refusal(
    code: str,
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    content: str | bytes,
    columns: Sequence[str] | None = None,
) -> str:
    with failing_with(code) as caught:
        staged(connection, path, content, columns)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


@pytest.mark.parametrize(
    ("content", "encoding", "caveats"),
    [
        (TEXT.encode(), "UTF-8", ()),
        (codecs.BOM_UTF8 + TEXT.encode(), "UTF-8 with BOM", ()),
        (TEXT.encode("utf-16"), "UTF-16", ("read as UTF-16",)),
        (TEXT.encode("utf-16-be"), "UTF-16", ("read as UTF-16",)),
        (TEXT.encode("latin-1"), "Latin-1", ("read as Latin-1",)),
        (TEXT.replace("\n", "\r\n").encode(), "UTF-8", ()),
        (TEXT.replace("\n", "\r").encode(), "UTF-8", ()),
        (TEXT.replace("Qty\n", "Qty\r\n").encode(), "UTF-8", ()),
        (TEXT.rstrip("\n").encode(), "UTF-8", ()),
        (gzip.compress(TEXT.encode("latin-1"), mtime=0), "Latin-1", ("read as Latin-1",)),
        (("sep=,\n" + TEXT).encode(), "UTF-8", ()),
        (("Sales report\n\n" + TEXT).encode(), "UTF-8", ("1 line before the header left out",)),
    ],
    ids=[
        "UTF-8",
        "byte order mark",
        "UTF-16",
        "UTF-16 big-endian",
        "Latin-1",
        "CRLF",
        "CR",
        "mixed",
        "no last line end",
        "gzip",
        "sep line",
        "title",
    ],
)
def test_a_csv_is_read_whatever_its_encoding_and_line_ends(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes, encoding: str, caveats: tuple[str, ...]
) -> None:
    source = staged(connection, tmp_path / "sales.csv", content)
    assert [name for name, _ in source.columns] == ["Customer", "Date", "Größe", "Größe_Qty"]
    assert {kind for _, kind in source.columns} == {"VARCHAR"}
    assert rows_of(connection, source) == ROWS
    assert (source.encoding, source.caveats, source.row_count) == (encoding, caveats, 2)


def test_signs_that_latin_1_has_not_are_read_as_windows_1252(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    source = staged(connection, tmp_path / "sales.csv", "id,date,Preis\n1,2024-01-01,5 €\n".encode("cp1252"))
    assert rows_of(connection, source) == [("1", "2024-01-01", "5 €", 1)]
    assert source.encoding == "Windows-1252"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found_though_money_holds_commas(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, delimiter: str
) -> None:
    lines = (("id", "date", "A", "B"), ("1", "2024-01-01", "1,50", "2,25"), ("2", "2024-01-02", "3,00", "4,75"))
    source = staged(connection, tmp_path / "sales.txt", "\n".join(delimiter.join(line) for line in lines))
    assert rows_of(connection, source) == [(*lines[1], 1), (*lines[2], 2)]


def test_columns_set_apart_by_blanks_and_without_a_header_take_the_names_of_the_product_map(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = "\n 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n"
    refusal("sales-log.no-header", connection, tmp_path / "sales.txt", text)
    source = staged(connection, tmp_path / "sales.txt", text, ["id", "day", "number", "money"])
    assert rows_of(connection, source) == [
        ("00001", "19970101", "1", "11.77", 1),
        ("00002", "19970112", "1", "12.00", 2),
    ]
    assert "names 2" in refusal("sales-log.columns-miscounted", connection, tmp_path / "sales.txt", text, ["id", "day"])
    refusal("sales-log.unexpected-header", connection, tmp_path / "sales.csv", "ID,Day\n1,2\n", ["id", "day"])


def test_years_as_names_of_columns_are_a_header(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert staged(connection, tmp_path / "sales.csv", "customer,2022,2023\na,1,2\n").row_count == 1


def test_columns_named_twice_or_not_at_all_get_names_of_their_own_and_it_is_said(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    source = staged(connection, tmp_path / "sales.csv", 'id,ID,,"Order\nDate",id,_source_row\n1,2,3,4,5,6\n')
    assert [name for name, _ in source.columns] == ["id", "ID_2", "column_3", "Order Date", "id_3", "_source_row_2"]
    assert rows_of(connection, source) == [("1", "2", "3", "4", "5", "6", 1)]
    assert source.caveats == (
        "without a name in the header: column_3",
        "named before in the header: 'ID' (now 'ID_2'), 'id' (now 'id_3'), '_source_row' (now '_source_row_2')",
    )


def test_a_delimiter_at_every_line_s_end_and_numbers_of_rows_as_r_writes_them_are_understood(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    ends = staged(connection, tmp_path / "ends.csv", "id,date\na,x,\nb,y,\n")
    assert rows_of(connection, ends) == [("a", "x", None, 1), ("b", "y", None, 2)]
    numbered = staged(connection, tmp_path / "r.txt", '"id" "date"\n"1" "a b" x\n"2" "c" y\n')
    assert rows_of(connection, numbered) == [("1", "a b", "x", 1), ("2", "c", "y", 2)]


def test_rows_over_several_lines_keep_their_order_and_their_line_ends(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    lines = "".join(f'{row},2024-01-01,"note\nof {row}, a ""long"" one {"x" * 40}"\n' for row in range(1, 30_001))
    source = staged(connection, tmp_path / "sales.csv", "id,date,note\n" + lines)
    assert source.row_count == 30_000
    assert connection.execute(
        f"SELECT count(*) FROM {source.table} WHERE id::BIGINT = _source_row AND note LIKE 'note\nof ' || id || ',%'"
    ).fetchone() == (30_000,)


def test_rows_keep_the_order_of_the_file_also_where_the_connection_does_not_care(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.execute("SET preserve_insertion_order = false; SET threads = 4")
    lines = "".join(f"{row},2024-01-01,{row}.25,{'y' * 20}\n" for row in range(1, 600_001))
    source = staged(connection, tmp_path / "sales.csv", "id,date,A,note\n" + lines)
    assert connection.execute(
        f"SELECT count(*), sum(A::DECIMAL(18, 2)) FROM {source.table} WHERE id::BIGINT = _source_row"
    ).fetchone() == (600_000, 180_000_450_000)
    assert connection.execute("SELECT current_setting('preserve_insertion_order')").fetchone() == (False,)


def test_lines_unlike_the_others_are_counted_and_named(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    source = staged(
        connection, tmp_path / "sales.csv", PLAIN + '41,x\n\n42,a,b,c,d\n43,"5" pipe",1,1\n44,5" pipe,1,1\n'
    )
    assert source.row_count == 41
    assert rows_of(connection, source)[-1] == ("44", '5" pipe', "1", "1", 41)
    (caveat,) = source.caveats
    assert caveat.startswith("3 lines were rejected")
    assert "line 42" in caveat
    assert connection.execute(f"FROM {source.refused_table}").fetchall() == [
        (42, "41,x"),
        (44, "42,a,b,c,d"),
        (45, '43,"5" pipe",1,1'),
    ]


def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_line(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert "line 42" in refusal(
        "sales-log.open-quote", connection, tmp_path / "sales.csv", PLAIN + '41,"x,1,1\n' + "42,y,1,1\n" * 20
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sales-log.empty-file"),
        (b"\n \n\n", "sales-log.empty-file"),
        (b"id,date,A\n", "sales-log.no-rows"),
        (bytes(range(256)) * 40, "sales-log.not-a-table"),
        (PLAIN.encode() + b"\x00" * 10, "sales-log.not-a-table"),
        (b"PAR1" + bytes(100), "sales-log.not-text"),
        (b"%PDF-1.7 ...", "sales-log.not-text"),
        (b"<html><table></table></html>", "sales-log.web-page"),
        (gzip.compress(PLAIN.encode())[:-9], "sales-log.damaged-archive"),
        (
            b"Dear all, we hope\nthat this, which is no table, is\nseen\nas, such, a, thing\nBye\n",
            "sales-log.not-a-table",
        ),
        (b"id,date,A,B\n" + b"1,2\n" * 9, "sales-log.ragged"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, content: bytes, code: str
) -> None:
    assert "sales.csv" in refusal(code, connection, tmp_path / "sales.csv", content)


def test_parquet_keeps_its_types_and_a_damaged_one_is_refused(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    frame = pl.DataFrame({"id": ["a", "b"], "day": [dt.date(2024, 1, 1)] * 2, "money": [1.5, None]})
    frame.write_parquet(tmp_path / "sales[1].parquet")
    (source,) = stage_sources(connection, str(tmp_path / "sales[1].parquet"), LOG)
    assert source.columns == (("id", "VARCHAR"), ("day", "DATE"), ("money", "DOUBLE"))
    assert rows_of(connection, source) == [("a", dt.date(2024, 1, 1), 1.5, 1), ("b", dt.date(2024, 1, 1), None, 2)]
    refusal("sales-log.not-parquet", connection, tmp_path / "bad.parquet", b"PAR1 nothing PAR1")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name in ("2023", "2024"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ["Customer", "Day", "A", "A", "", "Mixed"])
            for row, customer in enumerate((1001, 1002), 1):
                sheet.write_row(row, 0, [customer, "", 19.99, 2, "x", "text" if row == 1 else 7])
                sheet.write_datetime(row, 1, dt.datetime(int(name), 1, row), day)
        book.add_worksheet("empty")
    return path


def test_a_sheet_of_a_workbook_is_named_when_there_are_several(
    connection: duckdb.DuckDBPyConnection, workbook: Path
) -> None:
    with failing_with("sales-log.sheet-not-named", naming=r" 2023, 2024: .*book\.xlsx::2023"):
        stage_sources(connection, str(workbook), LOG)
    with failing_with("sales-log.no-such-sheet", naming="2023, 2024, empty"):
        stage_sources(connection, f"{workbook}::2025", LOG)
    first, second = stage_sources(connection, f"{workbook}::2023; {workbook}::2024", LOG)
    assert (first.source_file, first.kind) == (f"{workbook}::2023", "excel")
    assert dict(second.columns) == {
        "Customer": "BIGINT",
        "Day": "TIMESTAMP_MS",
        "A": "DOUBLE",
        "A_2": "BIGINT",
        "column_5": "VARCHAR",
        "Mixed": "VARCHAR",
    }
    assert rows_of(connection, second)[1] == (1002, dt.datetime(2024, 1, 2), 19.99, 2, "x", "7", 2)


def test_a_sheet_without_a_header_is_told_what_to_do(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "book.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["All sales"])
        sheet.write_row(1, 0, [17, "2024-01-31", 5.5, 1])
    with failing_with("sales-log.sheet-without-header", naming=r"\(17, 2024-01-31, 5\.5, 1 \.\.\.\)"):
        stage_sources(connection, str(tmp_path / "book.xlsx"), LOG)


def test_a_workbook_that_is_none_is_refused(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    refusal("sales-log.not-excel", connection, tmp_path / "book.xlsx", b"PK\x03\x04 nothing")


def test_a_folder_gives_its_files_by_name_and_tells_which_it_leaves(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = tmp_path / "years"
    (folder / "older").mkdir(parents=True)
    for name, year in (("b.csv", 2024), ("a.tsv", 2023), ("readme.md", 0), ("~$book.xlsx", 0), (".hidden.csv", 0)):
        (folder / name).write_text(f"id\tdate\n1\t{year}-01-01\n")
    sources = stage_sources(connection, str(folder), HOLDOUT)
    assert [Path(source.source_file).name for source in sources] == ["a.tsv", "b.csv"]
    assert [source.table for source in sources] == ["staging.holdout_1", "staging.holdout_2"]
    assert sources[0].caveats == ("not read in its folder: older/, readme.md, ~$book.xlsx",)
    with failing_with("sales-log.empty-folder"):
        stage_sources(connection, str(folder / "older"), LOG)


def test_a_pattern_and_several_names_give_all_their_files_and_a_header_alone_is_allowed_beside_rows(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for year in (2023, 2024):
        (tmp_path / f"sales_{year}.csv").write_text(f"id,date\n1,{year}-01-01\n")
    (tmp_path / "new.csv").write_text("id,date\n")
    *years, new = stage_sources(connection, f"{tmp_path}/sales_*.csv ;{tmp_path}/new.csv;", LOG)
    assert [source.row_count for source in (*years, new)] == [1, 1, 0]
    assert new.caveats == ("has a header and no rows",)
    drop_staging(connection)
    assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'staging'").fetchone() == (0,)


def test_a_file_named_twice_or_copied_is_refused_for_its_sales_would_count_twice(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for name in ("sales.csv", "copy of sales.csv"):
        (tmp_path / name).write_text(PLAIN)
    (tmp_path / "link.csv").symlink_to(tmp_path / "sales.csv")
    with failing_with("sales-log.named-twice"):
        stage_sources(connection, f"{tmp_path}/sales.csv;{tmp_path}/./sales.csv", LOG)
    with failing_with("sales-log.named-twice", naming=r"link\.csv"):
        stage_sources(connection, f"{tmp_path}/sales.csv;{tmp_path}/link.csv", LOG)
    with failing_with("sales-log.equal-files"):
        stage_sources(connection, f"{tmp_path}/sales.csv;{tmp_path}/copy of sales.csv", LOG)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nothing.csv", "sales-log.missing"),
        ("nothing_*.csv", "sales-log.pattern-without-match"),
        (" ; ", "sales-log.no-file-named"),
        ("notes.docx", "sales-log.unknown-kind"),
        ("sales.csv::2023", "sales-log.no-sheets"),
    ],
)
def test_what_is_not_there_is_said(connection: duckdb.DuckDBPyConnection, text: str, code: str) -> None:
    Path("notes.docx").write_bytes(b"PK")
    Path("sales.csv").write_text(PLAIN)
    with failing_with(code):
        stage_sources(connection, text, LOG)


def test_a_file_that_may_not_be_read_is_said(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(PLAIN)
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == path.owner() and str(folder).startswith("/tmp/"):  # noqa: S108  # so that another user gets there
            folder.chmod(folder.stat().st_mode | 0o055)
    is_root = os.geteuid() == 0
    try:
        if is_root:
            os.seteuid(65534)  # for root nothing is forbidden
        with failing_with("sales-log.not-permitted"):
            stage_sources(connection, str(path), LOG)
    finally:
        if is_root:
            os.seteuid(0)


def test_two_thousand_columns_are_staged(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    names = ",".join(f"P{column}" for column in range(2_000))
    source = staged(connection, tmp_path / "wide.csv", f"{names}\n{',' * 1_999}\n{'1,' * 1_999}2\n")
    assert (len(source.columns), source.row_count) == (2_000, 2)


def test_a_frame_is_staged_as_it_is(connection: duckdb.DuckDBPyConnection) -> None:
    frame = pl.DataFrame({"id": ["b", "a"], "money": ["$1", None]})
    source = stage_frame(connection, frame, "synthetic", LOG)
    assert rows_of(connection, source) == [("b", "$1", 1), ("a", None, 2)]
    assert (source.kind, source.encoding, source.row_count) == ("synthetic", None, 2)
    assert source.fingerprint == stage_frame(connection, frame.reverse(), "synthetic", LOG).fingerprint
    assert source.fingerprint != stage_frame(connection, frame.head(1), "synthetic", LOG).fingerprint
