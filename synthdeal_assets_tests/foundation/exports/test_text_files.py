"""CSV, JSON, JSON Lines and Parquet are read back by other libraries, every value."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.exporter import exporter_of
from synthdeal_assets_tests.foundation.exports.sample import (
    COLUMNS,
    INSTANTS,
    KEYS,
    TEXTS,
    frame,
    sample,
    table,
    values,
)

TYPES = {
    "key": "BIGINT",
    "text": "VARCHAR",
    "whole": "BIGINT",
    "unsigned": "UBIGINT",
    "decimal": "DECIMAL(18,4)",
    "money": "DECIMAL(12,2)",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
    "day": "DATE",
    "at": "TIMESTAMP",
    "zoned": "TIMESTAMPTZ",
    "time": "TIME",
}


def written(path: Path, *tables: Any, **options: Any) -> Path:
    """The file with these tables, in the format that its name ends in."""
    exporter_of(path.suffix[1:], options).write(tables, path)
    return path


def in_utc(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    """Rows of the sample by column, with moments in UTC."""
    columns = dict(zip(TYPES, map(list, zip(*rows, strict=True)), strict=True))
    return columns | {"zoned": [value and value.astimezone(dt.UTC) for value in columns["zoned"]]}


def expected() -> dict[str, list[Any]]:
    """What `in_utc` gives for the whole sample."""
    return {"key": list(KEYS), **{name: values(name) for name in COLUMNS}, "zoned": list(INSTANTS)}


def test_csv_is_read_back_by_duckdb_with_null_and_empty_text_apart(tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv", sample(), plain=True)
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    rows = duckdb.sql(
        f"FROM read_csv('{path}', header = true, auto_detect = false, quote = '\"', escape = '\"', nullstr = '', "
        f"allow_quoted_nulls = false, columns = {{{columns}}})"
    ).fetchall()

    assert in_utc(rows) == expected()


def test_csv_is_read_back_by_pythons_reader_as_it_is_written(tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv", sample(), plain=True)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)

    assert header == list(TYPES)
    assert [row[header.index("text")] for row in rows] == [text or "" for text in TEXTS]
    assert rows[0] == [
        *("1", "007", "9007199254740993", "18446744073709551615", "12.5000", "1234567890.12", "0.30000000000000004"),
        *("true", "2025-03-30", "2025-09-07 00:00:00", "2025-10-26 02:30:00+02:00", "00:00:00"),
    ]
    assert rows[2][header.index("zoned")] == "2025-10-26 02:30:00+01:00"
    assert rows[3][header.index("at")] == "2026-01-01 12:00:00.123"


@pytest.mark.parametrize(("encoding", "mark"), [("utf-16", "tab"), ("utf-8-sig", ";"), ("utf-8", "pipe")])
def test_delimiter_encoding_and_header_can_be_chosen(tmp_path: Path, encoding: str, mark: str) -> None:
    options = {"encoding": encoding, "delimiter": mark, "plain": "true"}
    path = written(tmp_path / "s.csv", sample(), **options, header="no")
    named = written(tmp_path / "named.csv", sample(), **options)
    delimiter = {"tab": "\t", "pipe": "|"}.get(mark, mark)
    with path.open(encoding=encoding, newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))

    assert [row[1] for row in rows] == [text or "" for text in TEXTS]
    assert named.read_text(encoding=encoding).splitlines()[0] == delimiter.join(TYPES)


def test_what_fits_into_an_encoding_is_written_in_it(tmp_path: Path) -> None:
    rows = pl.DataFrame({"key": [1], "text": ["Größe 5 €"]})

    path = written(tmp_path / "s.csv", table("t", rows), encoding="cp1252")

    assert path.read_bytes().splitlines()[1] == "1,Größe 5 €".encode("cp1252")


def test_a_character_that_the_encoding_lacks_is_refused_with_its_row_and_column(tmp_path: Path) -> None:
    with pytest.raises(SynthDealError, match=r"character '.' \(U\+1F680\) in row 7 of its column text") as refused:
        written(tmp_path / "s.csv", sample(), encoding="latin-1")
    with pytest.raises(SynthDealError, match=r"character 'é' \(U\+00E9\) in the name of a column"):
        written(tmp_path / "n.csv", table("t", pl.DataFrame({"key": [1], "né": [1]})), encoding="ascii")

    assert refused.value.code == "export.not-in-encoding"


def test_csv_disarms_formulas_unless_it_is_plain(tmp_path: Path) -> None:
    rows = pl.DataFrame({"key": [1, 2, 3], "=1+1": ["=cmd", "fine", None]})

    safe = written(tmp_path / "safe.csv", table("t", rows))
    plain = written(tmp_path / "plain.csv", table("t", rows), plain=True)

    assert safe.read_text(encoding="utf-8") == "key,'=1+1\n1,'=cmd\n2,fine\n3,\n"
    assert plain.read_text(encoding="utf-8") == "key,=1+1\n1,=cmd\n2,fine\n3,\n"


def read_json(text: str) -> Any:
    """The document with numbers that have a point as decimals."""
    return json.loads(text, parse_float=Decimal)


def same(read: list[Any], name: str) -> bool:
    """Whether a column was read back: floating-point numbers to the last bit, zoned points in time as moments."""
    if name == "zoned":
        return [value and dt.datetime.fromisoformat(value).astimezone(dt.UTC) for value in read] == list(INSTANTS)
    if name == "at":
        return [value and dt.datetime.fromisoformat(value) for value in read] == values(name)
    if name == "number":
        return [value if value is None else float(value) for value in read] == values(name)
    return read == [value.isoformat() if isinstance(value, dt.date | dt.time) else value for value in values(name)]


@pytest.mark.parametrize("indent", [0, 2])
@pytest.mark.parametrize("orientation", ["records", "columns", "split"])
def test_json_is_read_back_in_each_orientation_and_indentation(tmp_path: Path, orientation: str, indent: int) -> None:
    path = written(tmp_path / "s.json", sample(), orientation=orientation, indent=indent)
    document = read_json(path.read_text(encoding="utf-8"))
    if orientation == "records":
        columns = {name: [row[name] for row in document] for name in document[0]}
    elif orientation == "split":
        columns = dict(zip(document["columns"], map(list, zip(*document["data"], strict=True)), strict=True))
    else:
        columns = document

    assert list(columns) == list(TYPES)
    assert columns["key"] == list(KEYS)
    assert [name for name in COLUMNS if not same(columns[name], name)] == []


def test_indented_json_is_laid_out_as_pythons_own(tmp_path: Path) -> None:
    rows = pl.DataFrame({"key": [1, 2], "text": ['é"\n', None]})
    for orientation, document in {
        "records": rows.to_dicts(),
        "columns": rows.to_dict(as_series=False),
        "split": {"columns": rows.columns, "data": [list(row) for row in rows.iter_rows()]},
    }.items():
        path = written(tmp_path / f"{orientation}.json", table("t", rows, chunk=1), orientation=orientation, indent=3)
        got = path.read_text(encoding="utf-8")

        # The list of names stays in a line.
        assert json.loads(got) == document
        if orientation != "split":
            assert got == json.dumps(document, indent=3, ensure_ascii=False) + "\n"


def test_json_lines_are_read_back_by_python_duckdb_and_pandas(tmp_path: Path) -> None:
    path = written(tmp_path / "s.jsonl", sample())
    lines = [read_json(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    rows = duckdb.sql(f"FROM read_json('{path}', format = 'newline_delimited', columns = {{{columns}}})").fetchall()
    # Its reader has no room for 5e-324.
    by_pandas = pd.read_json(written(tmp_path / "p.jsonl", sample("number")), lines=True, dtype=False)

    assert [name for name in COLUMNS if not same([line[name] for line in lines], name)] == []
    # It reads numbers of JSON as floating-point ones, which the longest of these is too long for.
    assert {**in_utc(rows), "decimal": values("decimal")} == expected()
    assert by_pandas["text"].astype(object).where(by_pandas["text"].notna(), None).tolist() == list(TEXTS)


def test_a_number_that_json_has_no_form_for_is_refused_with_its_row(tmp_path: Path) -> None:
    for value, said in ((float("nan"), "NaN"), (float("inf"), "an infinite number")):
        rows = pl.DataFrame({"key": range(1, 8), "x": [*[1.0] * 6, value]})
        for path in (tmp_path / "s.json", tmp_path / "s.jsonl"):
            with pytest.raises(SynthDealError, match=f"^Row 7 of t has {said} in x, which JSON") as refused:
                written(path, table("t", rows))
            assert refused.value.code == "export.value-not-held"


def test_parquet_is_read_back_by_arrow_and_duckdb_in_the_types_it_had(tmp_path: Path) -> None:
    path = written(tmp_path / "s.parquet", sample())
    by_arrow = pl.DataFrame(pq.read_table(path))
    described = duckdb.sql(f"DESCRIBE FROM '{path}'").fetchall()

    assert by_arrow.equals(frame())
    assert by_arrow.schema == frame().schema
    assert {name: kind for name, kind, *_ in described} == {**TYPES, "zoned": "TIMESTAMP WITH TIME ZONE"}
    assert in_utc(duckdb.sql(f"FROM '{path}'").fetchall()) == expected()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e.csv", "key,x\n"),
        ("e.json", "[]\n"),
        ("e.jsonl", ""),
    ],
)
def test_a_table_without_rows_has_its_columns_all_the_same(tmp_path: Path, name: str, text: str) -> None:
    empty = table("t", pl.DataFrame(schema={"key": pl.Int64, "x": pl.String}))

    assert written(tmp_path / name, empty).read_text(encoding="utf-8") == text
    assert pq.read_schema(written(tmp_path / "e.parquet", empty)).names == ["key", "x"]


def test_categories_become_text_and_lists_are_refused_where_there_are_none(tmp_path: Path) -> None:
    rows = pl.DataFrame({"key": [1], "kind": ["a"]}, schema_overrides={"kind": pl.Enum(["a", "b"])})
    listed = pl.DataFrame({"key": [1], "tags": [["a", None]]})

    assert written(tmp_path / "s.csv", table("t", rows)).read_text(encoding="utf-8") == "key,kind\n1,a\n"
    assert json.loads(written(tmp_path / "l.json", table("t", listed)).read_text(encoding="utf-8")) == [
        {"key": 1, "tags": ["a", None]}
    ]
    with pytest.raises(SynthDealError, match=r"tags of t is of type List\(String\), which CSV cannot hold") as refused:
        written(tmp_path / "l.csv", table("t", listed))
    assert refused.value.code == "export.type-not-held"


def test_chunks_change_nothing_in_the_text(tmp_path: Path) -> None:
    texts = {
        (name, orientation, chunk): written(
            tmp_path / f"{chunk}{orientation}.{name}",
            sample(chunk=chunk),
            **({"orientation": orientation} if orientation else {}),
        ).read_bytes()
        for chunk in (1, 4, 100)
        for name, orientation in (
            ("csv", ""),
            ("jsonl", ""),
            ("json", "records"),
            ("json", "columns"),
            ("json", "split"),
        )
    }

    for (name, orientation, _), text in texts.items():
        assert text == texts[name, orientation, 1]
    assert io.BytesIO(texts["csv", "", 1]).readline() == (",".join(TYPES) + "\n").encode()
