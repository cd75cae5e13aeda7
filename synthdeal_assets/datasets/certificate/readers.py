"""How DuckDB reads a file: its table function, the dialect of a CSV file, and texts as they were meant."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from synthdeal_assets.foundation.publishing.exports.data_package import PACKAGE_FILE
from synthdeal_assets.foundation.publishing.exports.spreadsheets import FORMULA_INSIDE, disarmed_sql
from synthdeal_assets.foundation.warehouse.statements import sql_literal

FILE_ROW: Final = "file_row_number"
"""The column that DuckDB adds to the rows of a Parquet file."""

_CHARACTERS: Final = 1 << 20
"""Characters of a file in another encoding that are taken over at once."""


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How a CSV file is written.

    Attributes:
        delimiter: What stands between cells.
        header: Whether its first line names the columns; else they are those that are declared, in their order.
        encoding: Its encoding, as Python calls it.
    """

    delimiter: str = ","
    header: bool = True
    encoding: str = "utf-8"


def dialects_in(folder: Path) -> Mapping[str, CsvDialect]:
    """The dialects of CSV files by their names, as the `datapackage.json` beside them says; empty without one.

    Raises:
        ValueError: It is there, but does not say what it should.
    """
    path = folder / PACKAGE_FILE
    if not path.is_file():
        return {}
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        return {each["path"]: _dialect(each) for each in package["resources"] if each.get("format") == "csv"}
    except (OSError, UnicodeDecodeError, LookupError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{PACKAGE_FILE} does not say how the files are written") from error


def _dialect(resource: Mapping[str, Any]) -> CsvDialect:
    said = resource.get("dialect", {})
    delimiter, header = said.get("delimiter", ","), said.get("header", True)
    encoding = codecs.lookup(resource.get("encoding", "utf-8")).name
    if not isinstance(delimiter, str) or len(delimiter) != 1 or not isinstance(header, bool):
        raise TypeError(delimiter, header)
    return CsvDialect(delimiter, header, encoding)


def in_utf_8(path: Path, dialect: CsvDialect, scratch: Path) -> Path:
    """The file itself, or, where it has another encoding, a copy of it in UTF-8.

    Raises:
        OSError: It cannot be read, or there is no room for the copy.
        UnicodeDecodeError: It is not of its encoding.
    """
    if dialect.encoding == "utf-8":
        return path
    copy = scratch / path.name
    with path.open(encoding=dialect.encoding, newline="") as file, copy.open("w", encoding="utf-8", newline="") as to:
        while text := file.read(_CHARACTERS):
            to.write(text)
    return copy


def reader(path: Path, dialect: CsvDialect, columns: Sequence[str] = ()) -> str:
    """The table function that reads a file.

    Args:
        path: The file; a CSV file in UTF-8.
        dialect: How a CSV file is written.
        columns: Its columns, which are read as texts then; empty where they are not known yet.
    """
    file = sql_literal(str(path))
    texts = "{" + ", ".join(f"{sql_literal(each)}: 'VARCHAR'" for each in columns) + "}"
    match path.suffix:
        case ".parquet":
            return f"read_parquet({file}, {FILE_ROW} = true)"
        case ".csv":
            given = f"columns = {texts}, auto_detect = false" if columns else "all_varchar = true"
            return (
                f"read_csv({file}, {given}, header = {str(dialect.header).lower()}, "
                f"delim = {sql_literal(dialect.delimiter)}, quote = '\"', escape = '\"', "
                "nullstr = '', allow_quoted_nulls = false)"
            )
        case _:
            form = "array" if path.suffix == ".json" else "newline_delimited"
            return f"read_json({file}, format = '{form}'{f', columns = {texts}' if columns else ''})"


def as_meant(column: str) -> str:
    """SQL of a text of a CSV file without the apostrophes that keep a spreadsheet from running it as a formula.

    What is left without them is taken only if it would be written with just these.
    """
    # The apostrophe stands between what the pattern has in its two groups.
    separator, rest = FORMULA_INSIDE.split(")(", 1)
    armed = f"regexp_replace(substr({column}, 2), {sql_literal(f'{separator})' + chr(39) + f'({rest}')}, '\\1\\2', 'g')"
    return f"CASE WHEN starts_with({column}, '''') AND {disarmed_sql(armed)} = {column} THEN {armed} ELSE {column} END"
