"""What a spreadsheet takes for a formula is disarmed in CSV, and what only looks so stays as it is."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import duckdb
import polars as pl
import pytest

from synthdeal_assets.foundation.publishing.exports.spreadsheets import (
    Sheet,
    disarmed_sql,
    without_formulas,
    write_csv,
    write_workbook,
)


def disarmed(text: str) -> str:
    """The text as both ways to write CSV disarm it, which must agree."""
    frame = pl.DataFrame({"text": [text]})
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        rows = connection.execute(f"SELECT {disarmed_sql('text')} FROM frame").fetchall()
    assert rows == without_formulas(frame).rows()
    return str(rows[0][0])


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+cmd", "-cmd|x", "@SUM(A1)", "\t=1", "\rx", "\nx"),
        *("\uff1d1", "\uff0b1", "\uff0d1", "\uff20x"),
        *(" =1+1", "\u00a0=1", '"=1+1', "'=1", ";=1+1", '",=cmd'),
        *("-2+3+cmd|' /C calc'!A0", "- cmd|' /C calc'!A0", "- SUM(A1)", "- 2+3", "-(1)", "-A1", "--1+A1"),
        *("-1-1", "+1-212-555-0100"),
    ],
)
def test_a_formula_gets_an_apostrophe_in_front(text: str) -> None:
    assert disarmed(text).startswith("'")
    assert disarmed(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;=1+1", "'a;'=1+1"),
        ("x,-2+3+cmd|'!A0", "'x,'-2+3+cmd|'!A0"),
        ("two\n@lines", "'two\n'@lines"),
        ("-1;=2", "'-1;'=2"),
        ("- fine; =2", "'- fine; '=2"),
    ],
)
def test_a_formula_after_a_separator_is_disarmed_where_it_begins(text: str, expected: str) -> None:
    assert disarmed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("-1.5", "+1", "-1,234.56", "- 12 %", "-1.5e-7", "-$25,056.00", "-12 \u20ac", "+1 (212) 555-0100", "-", ""),
        *("- Budget (approx) agreed", "- 5 people said so", "- Name | 30 seats", "- Follow-up/next: call"),
        *(
            "a - b",
            "a=b",
            "x@y.de",
            "1, -5, 3",
            "ok; - next",
            "one\n- two\n- three",
            "[1,-0.5,-1.2e-05]",
            "Terms, + more",
        ),
    ],
)
def test_a_number_and_a_line_of_a_list_are_no_formula(text: str) -> None:
    assert disarmed(text) == text


def test_plain_text_is_written_as_it_is(tmp_path: Path) -> None:
    write_csv(tmp_path / "plain.csv", pl.DataFrame({"text": ["=1+1"]}), plain=True)

    assert (tmp_path / "plain.csv").read_text() == "text\n=1+1\n"


def test_names_of_columns_are_disarmed_as_cells_are_unless_they_stay_plain(tmp_path: Path) -> None:
    frame = pl.DataFrame({"=1+1": ["a"], "a;=cmd": ["b"], "Größe - L": ["c"], "-5": ["d"]})

    write_csv(tmp_path / "log.csv", frame)
    write_csv(tmp_path / "plain.csv", frame, plain=True)

    assert (tmp_path / "log.csv").read_text().splitlines()[0] == "'=1+1,'a;'=cmd,Größe - L,-5"
    assert (tmp_path / "plain.csv").read_text().splitlines()[0] == "=1+1,a;=cmd,Größe - L,-5"


def test_a_workbook_keeps_names_of_columns_as_text(tmp_path: Path) -> None:
    sheet = Sheet("S", pl.DataFrame({"=1+1": ["=2", "<r><t>3</t></r>"]}), {})
    write_workbook(tmp_path / "log.xlsx", [sheet], made=dt.datetime(2026, 1, 1))

    with zipfile.ZipFile(tmp_path / "log.xlsx") as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    assert pl.read_excel(tmp_path / "log.xlsx").to_dict(as_series=False) == {"=1+1": ["=2", "<r><t>3</t></r>"]}
