"""What the Dagster UI shows about a table: description, column schema, column lineage, row count and a preview.

All of it follows from the table's description. Plots, reports and anything that only one room shows belong in that
room.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import dagster as dg
import duckdb
import polars as pl

from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.foundation.warehouse.warehouse import query_frame

# Dagster's code references are called beta, once for each asset; the project's versions of Dagster are pinned.
warnings.filterwarnings("ignore", message="Class `(CodeReferencesMetadataValue|LocalFileCodeReference)`")

DEFAULT_KINDS: Final = frozenset({"duckdb", "polars"})
DEFAULT_OWNERS: Final = ("team:revenue-operations",)

PREVIEW_ROWS: Final = 5
MAX_CELL_LENGTH: Final = 60
"""Characters of a cell in a preview; what is longer ends in an ellipsis."""
MAX_COLUMNS_SIDE_BY_SIDE: Final = 8
"""More columns than these leave the dialog in which the UI shows a preview: the table is then turned, see `_turned`."""
TURNED_ROWS: Final = 3
MAX_TURNED_CELL_LENGTH: Final = 32
"""Three rows of that many characters stand beside each other without a line break at 1440 pixels."""

SHOWN_AT_ONCE: Final = 1_000
"""Fewer characters of Markdown than these stand among the other metadata; from here on it is behind a link."""
WIDEST_SHOWN_AT_ONCE: Final = 52
"""Characters of a line, at 1440 pixels, that the column of the values has room for."""
HEADER_LETTER: Final = 0.75
"""Width of a letter of a table's header, that of a letter in its cells being 1."""


def asset_key(table: Table) -> dg.AssetKey:
    """The asset of a table: its key is its name."""
    return dg.AssetKey(table.key)


def table_spec(
    table: Table,
    *,
    deps: Iterable[Table | dg.AssetKey | dg.AssetDep] = (),
    kinds: Iterable[str] = DEFAULT_KINDS,
    owners: Iterable[str] = DEFAULT_OWNERS,
    code_version: str | None = None,
    partitions_def: dg.PartitionsDefinition[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    sql: Iterable[str] = (),
) -> dg.AssetSpec:
    """The asset of a table as the UI describes it before anything has been materialised.

    Args:
        table: What is stored.
        deps: What it is made from; a table stands for its asset.
        kinds: Badges on the asset's node (Dagster shows three at most).
        owners: E-mail addresses or "team:..." names.
        code_version: Changes when the same input would give other rows.
        partitions_def: How the asset is partitioned.
        metadata: Shown besides what follows from the table.
        sql: SQL files of the room that make the table, besides the one that is named after it: names or patterns.
    """
    return dg.AssetSpec(
        key=asset_key(table),
        deps=[asset_key(dep) if isinstance(dep, Table) else dep for dep in deps],
        description=table.comment,
        group_name=table.schema,
        kinds=set(kinds),
        owners=list(owners),
        code_version=code_version,
        partitions_def=partitions_def,
        metadata={
            **_columns_metadata(table),
            "dagster/table_name": table.qualified_name,
            **code_references([f"{table.name}.sql", *sql]),
            **(metadata or {}),
        },
    )


def code_references(sql: Iterable[str]) -> Mapping[str, dg.CodeReferencesMetadataValue]:
    """Where the asset is defined, and the SQL files of its room that make it.

    Args:
        sql: Names of files, or patterns of them, in the module's folder or in a folder `sql` in it or beside it.
    """
    caller = inspect.currentframe()
    while caller is not None and caller.f_code.co_filename == __file__:
        caller = caller.f_back
    if caller is None:
        return {}
    module = Path(caller.f_code.co_filename)
    folders = (module.parent, module.parent / "sql", module.parent.parent / "sql")
    files = [file for pattern in sql for folder in folders for file in sorted(folder.glob(pattern))]
    defined = dg.LocalFileCodeReference(file_path=str(module), line_number=caller.f_lineno, label=module.name)
    made = [dg.LocalFileCodeReference(file_path=str(file), label=file.name) for file in dict.fromkeys(files)]
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[defined, *made])}


def table_asset(
    table: Table,
    *,
    deps: Iterable[Table | dg.AssetKey | dg.AssetDep] = (),
    kinds: Iterable[str] = DEFAULT_KINDS,
    partitions_def: dg.PartitionsDefinition[str] | None = None,
    backfill_policy: dg.BackfillPolicy | None = None,
    sql: Iterable[str] = (),
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Decorates the function that makes one table, and no other, as the asset of that table.

    The op is called schema__table. Tables that are made together, all or none, are a `dg.multi_asset` of their
    `table_spec`.

    Args:
        table: What is made.
        deps: What it is made from; a table stands for its asset.
        kinds: Badges on the asset's node (Dagster shows three at most).
        partitions_def: How the asset is partitioned.
        backfill_policy: How many partitions a run takes.
        sql: As for `table_spec`.
    """
    return dg.multi_asset(
        name="__".join(table.key),
        specs=[table_spec(table, deps=deps, kinds=kinds, sql=sql)],
        partitions_def=partitions_def,
        backfill_policy=backfill_policy,
    )


def with_notice(notice: str | None, assets: Sequence[dg.AssetsDefinition]) -> Sequence[dg.AssetsDefinition]:
    """The assets with a sentence in front of their descriptions; unchanged when it is None."""
    if notice is None:
        return assets
    return [
        asset.map_asset_specs(lambda spec: spec.replace_attributes(description=f"{notice}\n\n{spec.description}"))
        for asset in assets
    ]


def table_metadata(
    source: duckdb.DuckDBPyConnection | pl.DataFrame, table: Table, preview_rows: int = PREVIEW_ROWS
) -> dict[str, Any]:
    """What a materialisation of a table says: row count, preview and column lineage.

    Args:
        source: A connection to the warehouse, where the whole table is counted, or the frame that was written.
        table: The table.
        preview_rows: Rows in the preview, the first in the order of the primary key (of the frame, for a frame). A
            table with more columns than fit shows fewer rows, each as a column of the preview.

    Returns:
        Metadata for `dg.MaterializeResult` or `context.add_asset_metadata`. The lineage stands here as well as in
        `table_spec` because the UI draws it from the latest materialisation. The schema does not: the UI takes it from
        the definition, and every night would store it three times.
    """
    if isinstance(source, pl.DataFrame):
        row_count = source.height
        preview = source.head(preview_rows)
    else:
        row_count = query_frame(source, f"SELECT count(*) FROM {table.qualified_name}").item()
        order = ", ".join(table.primary_key)
        preview = query_frame(source, f"SELECT * FROM {table.qualified_name} ORDER BY {order} LIMIT {preview_rows:d}")
    return {
        **_lineage_metadata(table),
        "dagster/row_count": row_count,
        "preview": dg.MetadataValue.md(_preview(preview)),
    }


def column_schema(table: Table) -> dg.TableSchema:
    """The columns as Dagster's schema: type, comment, origin and every limit.

    The origin repeats the column lineage in words, with links, because Dagster's open-source UI does not draw it.
    """
    lineage = column_lineage(table)
    origins = {} if lineage is None else lineage.deps_by_column
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type,
                description=_with_origin(column.comment, origins.get(column.name, ())),
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable,
                    unique=table.primary_key == (column.name,),
                    other=_other_constraints(table, column),
                ),
            )
            for column in table.columns
        ],
        constraints=dg.TableConstraints(other=[f"primary key ({', '.join(table.primary_key)})"]),
    )


def column_lineage(table: Table) -> dg.TableColumnLineage | None:
    """Which upstream columns each column comes from: those it is made of, and the key that it refers to.

    Returns:
        None when no column comes from another table.
    """
    deps = {}
    for column in table.columns:
        sources = dict.fromkeys([*column.derived_from, *([column.references] if column.references else [])])
        upstream = [source for source in sources if not source.startswith(f"{table.qualified_name}.")]
        if upstream:
            deps[column.name] = [_column_dep(source) for source in upstream]
    return dg.TableColumnLineage(deps) if deps else None


def markdown_table(frame: pl.DataFrame, longest_cell: int = MAX_CELL_LENGTH) -> str:
    """The frame as a Markdown table whose cells and headers are plain text, whatever they hold.

    Text from the CRM is not trusted: it stands in code spans, where neither Markdown nor HTML nor an address is
    interpreted, without the two characters that could end a cell or a span. So do names of columns, unless they are
    mere words.

    Args:
        frame: Rows of any kind.
        longest_cell: Characters of a cell; what is longer ends in an ellipsis.

    Returns:
        The table. One that is too wide to stand among other metadata, where it would push the ends of their sentences
        out of sight, ends in so many spaces that the UI puts it behind a link, into a dialog that has room for it.
    """
    if frame.is_empty():
        return "No rows."
    cells = [[_cell(value, longest_cell) for value in row] for row in frame.iter_rows()]
    headers = [name if re.fullmatch(r"[\w %-]+", name) else _cell(name, longest_cell) for name in frame.columns]
    lines = [
        f"| {' | '.join(headers)} |",
        f"| {' | '.join('---' for _ in frame.columns)} |",
        *(f"| {' | '.join(row)} |" for row in cells),
    ]
    text = "\n".join(lines)
    is_wide = _least_width([headers, *cells]) > WIDEST_SHOWN_AT_ONCE
    return text.ljust(SHOWN_AT_ONCE) if is_wide else text


def _least_width(rows: Sequence[Sequence[str]]) -> int:
    """Characters of a line when every cell is broken wherever a browser may, with the space between columns."""
    longest = [
        max(HEADER_LETTER * _longest_word(header), *map(_longest_word, column))
        for header, *column in zip(*rows, strict=True)
    ]
    return round(sum(longest)) + 2 * (len(longest) - 1)


def _longest_word(cell: str) -> int:
    return max(map(len, re.split(r"[\s-]", cell.strip("`"))))


def _columns_metadata(table: Table) -> dict[str, Any]:
    return {"dagster/column_schema": column_schema(table), **_lineage_metadata(table)}


def _lineage_metadata(table: Table) -> dict[str, Any]:
    lineage = column_lineage(table)
    return {} if lineage is None else {"dagster/column_lineage": lineage}


def _preview(frame: pl.DataFrame) -> str:
    if frame.width > MAX_COLUMNS_SIDE_BY_SIDE and 0 < frame.height < frame.width:
        return markdown_table(_turned(frame.head(TURNED_ROWS)), MAX_TURNED_CELL_LENGTH)
    return markdown_table(frame)


def _turned(frame: pl.DataFrame) -> pl.DataFrame:
    """Each column as a row, so that a wide table is read downwards instead of sideways."""
    rows = {
        f"row {number}": pl.Series([None if value is None else str(value) for value in row], dtype=pl.String)
        for number, row in enumerate(frame.iter_rows(), start=1)
    }
    return pl.DataFrame({"column": frame.columns, **rows})


def _with_origin(comment: str, sources: Sequence[dg.TableColumnDep]) -> str:
    if not sources:
        return comment
    links = (
        f"[{'.'.join(source.asset_key.path)}.{source.column_name}](/assets/{'/'.join(source.asset_key.path)})"
        for source in sources
    )
    return f"{comment} From {', '.join(links)}."


def _cell(value: object, longest: int) -> str:
    if value is None:
        return ""
    printable = "".join(letter if letter.isprintable() else " " for letter in str(value))
    text = " ".join(printable.replace("|", "¦").replace("`", "'").split())
    if not text:
        return ""
    return f"`{text if len(text) <= longest else text[: longest - 1] + '…'}`"


def _column_dep(source: str) -> dg.TableColumnDep:
    schema, table, column = source.split(".")
    return dg.TableColumnDep(asset_key=dg.AssetKey([schema, table]), column_name=column)


def _other_constraints(table: Table, column: Column) -> list[str]:
    constraints = []
    if column.name in table.primary_key:
        constraints.append("part of the primary key" if len(table.primary_key) > 1 else "primary key")
    if column.references is not None:
        constraints.append(f"references {column.references}")
    if column.values is not None:
        constraints.append(f"one of: {', '.join(column.values)}")
    if column.minimum is not None:
        constraints.append(f"at least {column.minimum:g}")
    if column.maximum is not None:
        constraints.append(f"at most {column.maximum:g}")
    return constraints
