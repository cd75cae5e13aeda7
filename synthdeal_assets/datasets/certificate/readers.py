"""How DuckDB reads a file: its table function, the dialect of a CSV or JSON file, and texts as they were meant."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from synthdeal_assets.foundation.publishing.exports.data_package import PACKAGE_FILE
from synthdeal_assets.foundation.publishing.exports.json_files import Orientation
from synthdeal_assets.foundation.publishing.exports.spreadsheets import FORMULA_INSIDE, disarmed_sql
from synthdeal_assets.foundation.warehouse.statements import sql_literal, sql_name

FILE_ROW: Final = "file_row_number"
"""The column that DuckDB adds to the rows of a Parquet file."""

_CHARACTERS: Final = 1 << 20
"""Characters of a file in another encoding that are taken over at once."""


_MOST_OF_AN_OBJECT: Final = 1 << 24
"""Bytes of one JSON value that DuckDB reads unless it is told to read more."""


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How a file of text is written.

    Attributes:
        delimiter: What stands between cells of CSV.
        header: Whether the first line of CSV names the columns; else they are those that are declared, in their order.
        plain: Whether texts of CSV have no apostrophes that keep a spreadsheet from running them.
        encoding: Its encoding, as Python calls it.
        orientation: What a JSON file is, as the exporter has it: records, columns or split.
    """

    delimiter: str = ","
    header: bool = True
    plain: bool = False
    encoding: str = "utf-8"
    orientation: str = "records"


def dialects_in(folder: Path) -> Mapping[str, CsvDialect]:
    """The dialects of files by their names, as the `datapackage.json` beside them says; empty without one.

    Raises:
        ValueError: It is there, but does not say what it should.
    """
    path = folder / PACKAGE_FILE
    if not path.is_file():
        return {}
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
        return {each["path"]: _dialect(each) for each in package["resources"] if each.get("format") in {"csv", "json"}}
    except (OSError, UnicodeDecodeError, LookupError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{PACKAGE_FILE} does not say how the files are written") from error


def files_in(folder: Path) -> Mapping[tuple[str, str], str]:
    """The names of files by table and ending, as the `datapackage.json` beside them says; empty where it does not."""
    try:
        resources = json.loads((folder / PACKAGE_FILE).read_text(encoding="utf-8"))["resources"]
        named = {(str(each["name"]), str(each["format"])): str(each["path"]) for each in resources}
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return {key: name for key, name in named.items() if Path(name).name == name}


def _dialect(resource: Mapping[str, Any]) -> CsvDialect:
    said = resource.get("dialect", {})
    dialect = CsvDialect(
        delimiter=said.get("delimiter", ","),
        header=said.get("header", True),
        plain=said.get("plain", False),
        encoding=codecs.lookup(resource.get("encoding", "utf-8")).name,
        orientation=said.get("orientation", "records"),
    )
    switches = isinstance(dialect.header, bool) and isinstance(dialect.plain, bool)
    if not isinstance(dialect.delimiter, str) or len(dialect.delimiter) != 1 or not switches:
        raise TypeError(dialect)
    if dialect.orientation not in get_args(Orientation):
        raise LookupError(dialect.orientation)
    return dialect


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
    """What reads a file, to stand after FROM.

    Args:
        path: The file; a CSV file in UTF-8.
        dialect: How a file of text is written.
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
        case ".json" if dialect.orientation != "records":
            return _turned(path, dialect.orientation, columns)
        case _:
            form = "array" if path.suffix == ".json" else "newline_delimited"
            return f"read_json({file}, format = '{form}'{f', columns = {texts}' if columns else ''})"


def _turned(path: Path, orientation: str, columns: Sequence[str]) -> str:
    """The rows of a JSON file that is one object: lists by column, or the names of columns beside a list of rows."""
    # DuckDB takes the whole object into memory, and wants to know beforehand how large it may be.
    read = f"{sql_literal(str(path))}, maximum_object_size = {max(path.stat().st_size + 1, _MOST_OF_AN_OBJECT)}"
    if not columns:
        names = "json_keys(json)" if orientation == "columns" else "CAST(json->'columns' AS VARCHAR[])"
        return f"(SELECT unnest({names}) AS name FROM read_json_objects({read}, format = 'unstructured'))"
    if orientation == "columns":
        lists = ", ".join(f"{sql_literal(each)}: 'VARCHAR[]'" for each in columns)
        rows = ", ".join(f"unnest({sql_name(each)}) AS {sql_name(each)}" for each in columns)
        return f"(SELECT {rows} FROM read_json({read}, format = 'unstructured', columns = {{{lists}}}))"
    cells = ", ".join(f"cells[{place}] AS {sql_name(each)}" for place, each in enumerate(columns, start=1))
    lists = f"read_json({read}, format = 'unstructured', columns = {{data: 'VARCHAR[][]'}})"
    return f"(SELECT {cells} FROM (SELECT unnest(data) AS cells FROM {lists}))"


def as_meant(column: str) -> str:
    """SQL of a text of a CSV file without the apostrophes that keep a spreadsheet from running it as a formula.

    What is left without them is taken only if it would be written with just these.
    """
    # The apostrophe stands between what the pattern has in its two groups.
    separator, rest = FORMULA_INSIDE.split(")(", 1)
    armed = f"regexp_replace(substr({column}, 2), {sql_literal(f'{separator})' + chr(39) + f'({rest}')}, '\\1\\2', 'g')"
    return f"CASE WHEN starts_with({column}, '''') AND {disarmed_sql(armed)} = {column} THEN {armed} ELSE {column} END"
