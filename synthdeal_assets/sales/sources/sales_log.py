"""Where a sales log comes from: files, folders, patterns and databases, each put into a staging table as it is.

A staging table has the columns of its source and `_source_row`. What the columns mean belongs in `product_map.py`, what
their values mean in the ETL; how a text table or a database is read belongs in `text_tables.py` and `databases.py`.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb
import fastexcel
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name
from synthdeal_assets.foundation.warehouse.warehouse import registered
from synthdeal_assets.sales.column_names import EACH_ROW, SOURCE_ROW, cleaned_names
from synthdeal_assets.sales.sources.databases import DatabaseTable, StreamedTable
from synthdeal_assets.sales.sources.group_rows import blank_repeated_headers, fill_from_group_rows
from synthdeal_assets.sales.sources.merged_cells import filled_down, merged_cells
from synthdeal_assets.sales.sources.places import (
    CSV,
    PARQUET,
    SHEET_MARK,
    SourcePlace,
    no_permission,
    places_named,
)
from synthdeal_assets.sales.sources.sheet_extent import require_near_cells
from synthdeal_assets.sales.sources.text_shape import combined_header, is_above_header, looks_like_data
from synthdeal_assets.sales.sources.text_tables import first_line_is_data, limit, stage_text_table
from synthdeal_assets.sales.tables import SALES_LOG, SYNTHETIC

STAGING_SCHEMA: Final = "staging"
STAGED: Final = "staged_"
"""What names of tables with staged rows begin with. They are in the schema of the wide log, because DuckDB renames a
table and does not move it."""

SCRATCH_FOLDER: Final = "sales_log_copies"
OLD_WORKBOOK: Final = b"\xd0\xcf"
ROWS_ABOVE_HEADER: Final = 30
"""So many rows of a sheet may be titles and the like."""


@dataclass(frozen=True, slots=True)
class StagedSource:
    """A source whose rows are in the warehouse as they were found.

    Attributes:
        table: Qualified name of a view with its columns and `_source_row` (BIGINT, 1 for the first row of data).
        rows_table: Qualified name of the table under it, which may become the wide log itself.
        source_file: What to call it; no password is in it.
        kind: One of SOURCE_KINDS.
        role: One of SOURCE_ROLES.
        columns: Names and DuckDB types of its columns, without `_source_row`. VARCHAR where the source is text.
        encoding: Encoding of a text table; None for other kinds.
        row_count: Rows of data.
        fingerprint: Hash of the content; the same content has the same.
        caveats: What a reader of the results must know, in sentences without a full stop.
        refused_table: Qualified name of the table of its lines that are no rows, with `line` and `text`; None for what
            has no lines.
    """

    table: str
    rows_table: str
    source_file: str
    kind: str
    role: str
    columns: tuple[tuple[str, str], ...]
    encoding: str | None
    row_count: int
    fingerprint: str
    caveats: tuple[str, ...]
    refused_table: str | None = None


def stage_sources(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    role: str,
    *,
    database_table: str | None = None,
    columns: Sequence[str] | None = None,
    first: int | None = None,
) -> list[StagedSource]:
    """Put every source that a text names into a staging table of its own.

    Args:
        connection: Where to. What is staged stays until `drop_staging`.
        text: Files, folders, patterns and addresses of databases, separated by ';'. A sheet or table follows two
            colons: `book.xlsx::2023`, `postgresql://host/shop::dbo.sales`.
        role: What they are for: LOG or HOLDOUT.
        database_table: Table of the databases that name none.
        columns: Names of the columns of files without a header; None when their first line names them.
        first: So many rows of each source, for a look at them; None for all.

    Returns:
        The sources in the order of the text; those of a folder by name.

    Raises:
        SynthDealError: Something named is not there, cannot be read, is no table, is named twice, or holds the same as
            another; or there is no row in all of them.
    """
    places = places_named(text, database_table)
    staged: list[StagedSource] = []
    with _kept_in_order(connection), _scratch(connection) as scratch:
        _make_schemas(connection)
        for number, place in enumerate(places, 1):
            source = _stage(connection, place, role, f"{role}_{number}", scratch=scratch, columns=columns, first=first)
            for other in staged:
                if source.row_count and source.fingerprint == other.fingerprint:
                    raise SynthDealError(
                        f"{source.source_file} and {other.source_file} have the same content: leave one of them out, "
                        "or its sales count twice.",
                        code="sales-log.equal-files",
                        usage=True,
                    )
            staged.append(source)
    if not any(source.row_count for source in staged):
        shown = " and ".join(source.source_file for source in staged[:3]) + (" ..." if len(staged) > 3 else "")
        raise SynthDealError(
            f"{shown} has a header and no rows: give a file with sales in it.", code="sales-log.no-rows", usage=True
        )
    return staged


def stage_frame(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame, name: str, role: str) -> StagedSource:
    """Put a frame into a staging table, as the synthetic log is.

    Args:
        connection: Where to.
        frame: The rows.
        name: What to call it.
        role: What it is for: LOG or HOLDOUT.
    """
    with _kept_in_order(connection):
        _make_schemas(connection)
        table = _rows_table(f"{role}_1")
        _create_from(connection, table, frame)
        return _described(
            connection, f"{role}_1", SourcePlace(name, SYNTHETIC), role, encoding=None, fingerprint=None, caveats=[]
        )


def with_counted_rows(connection: duckdb.DuckDBPyConnection, source: StagedSource) -> StagedSource:
    """The source with a column `(each row)` that holds 1, for a log without money and quantity."""
    connection.execute(f"ALTER TABLE {source.rows_table} ADD COLUMN {sql_name(EACH_ROW)} INTEGER DEFAULT 1")
    _show_rows(connection, source.table, source.rows_table)
    return replace(
        source,
        columns=(*source.columns, (EACH_ROW, "INTEGER")),
        caveats=(*source.caveats, "each row counts one unit"),
    )


def _show_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: str) -> None:
    # Rows are numbered by where they are kept, which costs nothing: they are in the order of the source.
    connection.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT *, rowid + 1 AS {SOURCE_ROW} FROM {rows}")


def missing_header(text: str) -> tuple[str, ...] | None:
    """Names `column_1` and so on when the first text table of the sources has no header; None when it has one.

    Raises:
        SynthDealError: Something named is not there, or is no table.
    """
    for place in places_named(text, None):
        if place.kind == CSV and place.path is not None:
            with _sentences(place.shown), tempfile.TemporaryDirectory(prefix="synthdeal-") as scratch:
                return first_line_is_data(place.path, place.shown, Path(scratch))
    return None


def drop_staging(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget everything that was staged."""
    connection.execute(f"DROP SCHEMA IF EXISTS {STAGING_SCHEMA} CASCADE")
    staged = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND starts_with(table_name, ?)",
        [SALES_LOG.schema, STAGED],
    ).fetchall()
    for (name,) in staged:
        connection.execute(f"DROP TABLE {SALES_LOG.schema}.{name}")


def _make_schemas(connection: duckdb.DuckDBPyConnection) -> None:
    for schema in (STAGING_SCHEMA, SALES_LOG.schema):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")


def _stage(
    connection: duckdb.DuckDBPyConnection,
    place: SourcePlace,
    role: str,
    name: str,
    *,
    scratch: Path,
    columns: Sequence[str] | None,
    first: int | None,
) -> StagedSource:
    caveats, encoding, fingerprint = [*place.caveats], None, None
    table = _rows_table(name)
    if place.database is not None:
        caveats += _stage_database(connection, place.database, table, first)
    elif place.path is not None:
        with _sentences(place.shown):
            if place.kind == CSV:
                text = stage_text_table(
                    connection,
                    place.path,
                    place.shown,
                    table=table,
                    refused_table=_refused_table(name),
                    scratch=scratch,
                    columns=columns,
                    first=first,
                )
                encoding, fingerprint = text.encoding, text.fingerprint
                caveats += text.caveats
                if columns is None:
                    caveats += blank_repeated_headers(connection, table, text.names)
                caveats += fill_from_group_rows(connection, table, place.shown)
            elif place.kind == PARQUET:
                fingerprint = _stage_parquet(
                    connection, place.path, place.shown, table=table, scratch=scratch, first=first
                )
            else:
                fingerprint = _stage_excel(connection, place.path, place, table, caveats)
                caveats += fill_from_group_rows(connection, table, place.shown)
    return _described(connection, name, place, role, encoding=encoding, fingerprint=fingerprint, caveats=caveats)


def _stage_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, shown: str, *, table: str, scratch: Path, first: int | None
) -> str:
    fingerprint = _fingerprint_of(path)
    if path.stat().st_size == 0:
        raise SynthDealError(
            f"{shown} is empty: give a file with columns and rows.", code="sales-log.empty-file", usage=True
        )
    plain = scratch / "table.parquet"
    plain.unlink(missing_ok=True)
    plain.symlink_to(path.absolute())
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_parquet({sql_literal(str(plain))}, "
            f"hive_partitioning = false){limit(first)}"
        )
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException):
            raise
        raise SynthDealError(
            f"{shown} cannot be read as a Parquet file ({str(error).splitlines()[0].replace(str(plain), shown)}): "
            "write it again.",
            code="sales-log.not-parquet",
            usage=True,
        ) from error
    return fingerprint


def _stage_excel(
    connection: duckdb.DuckDBPyConnection, path: Path, place: SourcePlace, table: str, caveats: list[str]
) -> str:
    shown = place.shown
    fingerprint = _fingerprint_of(path)
    if path.stat().st_size == 0:
        raise SynthDealError(
            f"{shown} is empty: give a workbook with a header and rows.", code="sales-log.empty-file", usage=True
        )
    require_near_cells(path, shown)
    # It tells of every blank column that it takes for text.
    logging.getLogger("fastexcel").setLevel(logging.ERROR)
    try:
        # What the ending says may be wrong; what the bytes say is not.
        with path.open("rb") as file:
            is_old = file.read(2) == OLD_WORKBOOK
        book = fastexcel.read_excel(path if is_old == (path.suffix.casefold() == ".xls") else path.read_bytes())
        sheet = _sheet(book, place)
        # Without skip_rows, blank rows at the top would not be counted here, and be counted below.
        beginning = book.load_sheet(
            sheet, header_row=None, skip_rows=0, n_rows=ROWS_ABOVE_HEADER, dtypes="string"
        ).to_polars()
        above, written = _header(beginning, shown, caveats)
        frame = book.load_sheet(
            sheet, header_row=above, schema_sample_rows=None, skip_whitespace_tail_rows=True
        ).to_polars()
    except fastexcel.FastExcelError as error:
        raise SynthDealError(
            f"{shown} cannot be read as an Excel workbook ({str(error).splitlines()[0]}): save it again as .xlsx, "
            "without a password.",
            code="sales-log.not-excel",
            usage=True,
        ) from error
    names, said = cleaned_names([*written, *[""] * (frame.width - len(written))][: frame.width])
    caveats += said
    frame.columns = list(names)
    frame, merged = filled_down(frame, merged_cells(path, sheet), first_row=above + 1)
    caveats += merged
    whole = [
        pl.col(name).cast(pl.Int64)
        for name, kind in frame.schema.items()
        # Excel has no whole numbers: a customer 1001 comes as 1001.0.
        if kind == pl.Float64
        and frame[name].drop_nulls().is_between(-(2**53), 2**53).all()
        and (frame[name].drop_nulls() % 1 == 0).all()
    ]
    _create_from(connection, table, frame.with_columns(whole))
    return fingerprint if place.sheet is None else f"{fingerprint} {sheet}"


def _header(beginning: pl.DataFrame, shown: str, caveats: list[str]) -> tuple[int, list[str]]:
    """How many rows are above the header of a sheet, and what is written in it."""
    rows = [[str(value or "").strip() for value in row] for row in beginning.rows()]
    above = next((place for place, row in enumerate(rows) if not is_above_header(row, beginning.width)), 0)
    cells = rows[above] if rows else []
    if looks_like_data(cells):
        raise SynthDealError(
            f"The first row of the table in {shown} ({', '.join(cells[:4])} ...) looks like data, not like a header: "
            "add a row with the column names above it.",
            code="sales-log.sheet-without-header",
            usage=True,
        )
    names, further = combined_header(rows, above) if rows else (None, 0)
    if names is not None:
        caveats.append("the header has two rows, whose names were put together")
        cells = names
    titles = sum(any(row) for row in rows[:above]) - (names is not None and not further)
    if titles:
        caveats.append(f"{titles} row{'' if titles == 1 else 's'} before the header left out")
    return above + further, cells


def _sheet(book: fastexcel.ExcelReader, place: SourcePlace) -> str:
    names = list(book.sheet_names)
    if place.sheet is not None:
        for name in names:
            if name.casefold() == place.sheet.strip().casefold():
                return str(name)
        raise SynthDealError(
            f"{place.path} has no sheet {place.sheet!r}: it has {', '.join(names)}.",
            code="sales-log.no-such-sheet",
            usage=True,
        )
    filled = [name for name in names if book.load_sheet(name, header_row=None, n_rows=1).width]
    if not filled:
        raise SynthDealError(
            f"{place.shown} is empty: give a workbook with a header and rows.", code="sales-log.empty-file", usage=True
        )
    if len(filled) > 1:
        raise SynthDealError(
            f"{place.shown} has the sheets {', '.join(filled)}: name one, as in {place.path}{SHEET_MARK}{filled[0]}, "
            "or several with semicolons between.",
            code="sales-log.sheet-not-named",
            usage=True,
        )
    return str(filled[0])


def _stage_database(
    connection: duckdb.DuckDBPyConnection, source: DatabaseTable, table: str, first: int | None
) -> list[str]:
    with StreamedTable(source) as stream:
        names, caveats = cleaned_names(stream.schema.names)
        renamed = ", ".join(
            f"{sql_name(old)} AS {sql_name(new)}" for old, new in zip(stream.schema.names, names, strict=True)
        )
        rows = stream.reader() if first is None else stream.first(first)
        try:
            with registered(connection, incoming_rows=rows):
                connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {renamed} FROM incoming_rows")
        except duckdb.Error:
            if stream.error is None:
                raise
            # DuckDB's own error repeats the driver's, which may know the password.
            raise stream.sentence_of(stream.error) from None
        return [*stream.caveats, *caveats]


def _create_from(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    with registered(connection, incoming_rows=frame):
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM incoming_rows")


def _rows_table(name: str) -> str:
    return f"{SALES_LOG.schema}.{STAGED}{name}"


def _refused_table(name: str) -> str:
    return f"{STAGING_SCHEMA}.{name}_refused"


def _described(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    place: SourcePlace,
    role: str,
    *,
    encoding: str | None,
    fingerprint: str | None,
    caveats: list[str],
) -> StagedSource:
    rows = _rows_table(name)
    taken = {column.casefold() for column, *_ in connection.execute(f"DESCRIBE {rows}").fetchall()}
    if SOURCE_ROW in taken:
        connection.execute(f"ALTER TABLE {rows} RENAME {SOURCE_ROW} TO {SOURCE_ROW}_2")
        caveats.append(f"its column {SOURCE_ROW} is now {SOURCE_ROW}_2")
    _show_rows(connection, f"{STAGING_SCHEMA}.{name}", rows)
    columns = tuple((str(column), str(kind)) for column, kind, *_ in connection.execute(f"DESCRIBE {rows}").fetchall())
    (count,) = connection.execute(f"SELECT count(*) FROM {rows}").fetchone() or (0,)
    if not count:
        caveats.append("has a header and no rows")
    return StagedSource(
        table=f"{STAGING_SCHEMA}.{name}",
        rows_table=rows,
        source_file=place.shown,
        kind=place.kind,
        role=role,
        columns=columns,
        encoding=encoding,
        row_count=count,
        fingerprint=fingerprint or _fingerprint_of_rows(connection, rows, columns),
        caveats=tuple(caveats),
        refused_table=_refused_table(name) if place.kind == CSV else None,
    )


def _fingerprint_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fingerprint_of_rows(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[tuple[str, str]]) -> str:
    """A hash that is the same whatever the order of the rows, for a database promises none."""
    row = connection.execute(f"SELECT count(*), sum(hash(kept)::HUGEINT) FROM {table} AS kept").fetchone()
    return hashlib.sha256(repr((columns, row)).encode()).hexdigest()


@contextmanager
def _sentences(shown: str) -> Iterator[None]:
    """Failures of the disk in the block as a sentence about the file."""
    try:
        yield
    except PermissionError as error:
        raise no_permission(shown) from error
    except OSError as error:
        raise SynthDealError(
            f"{shown} cannot be read ({error.strerror or error}): check the file and the disk.",
            code="sales-log.unreadable",
        ) from error


@contextmanager
def _kept_in_order(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """While the block runs, rows are kept in the order they come in, whatever was set before."""
    (before,) = connection.execute("SELECT current_setting('preserve_insertion_order')").fetchone() or (True,)
    connection.execute("SET preserve_insertion_order = true")
    try:
        yield
    finally:
        connection.execute(f"SET preserve_insertion_order = {str(bool(before)).lower()}")


@contextmanager
def _scratch(connection: duckdb.DuckDBPyConnection) -> Iterator[Path]:
    """A folder for copies, on the disk that DuckDB spills to, which is the one with room.

    It has one name there, so that copies that a killed run left are removed by the next one; who holds the warehouse is
    alone with it.
    """
    (spill,) = connection.execute("SELECT current_setting('temp_directory')").fetchone() or ("",)
    # Of a database in memory that would be a folder in the working folder.
    if not (spill and Path(spill).is_absolute() and Path(spill).parent.is_dir()):
        with tempfile.TemporaryDirectory(prefix="synthdeal-") as elsewhere:
            yield Path(elsewhere)
        return
    folder = Path(spill).parent / SCRATCH_FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
