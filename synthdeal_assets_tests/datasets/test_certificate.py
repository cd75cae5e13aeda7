"""What keeps a specification is certified, and one changed cell is found, with the promise it breaks and its row."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from synthdeal_assets.datasets.certificate.files import open_files
from synthdeal_assets.datasets.certificate.recount import recount
from synthdeal_assets.datasets.certificate.statements_of import promises_of
from synthdeal_assets.datasets.certificate.wording import broken_promises, first_line, text_of
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets_tests.datasets.certificate_folder import (
    SHOP,
    Tables,
    broken,
    dataset_of,
    outcome,
    recounted,
    shop,
    write,
)

Change = Callable[[Tables], None]
Broken = tuple[str, str | None, str]
CENT = Decimal("0.01")


def put(table: str, row: int, field: str, value: object) -> Change:
    def change(tables: Tables) -> None:
        tables[table][row][field] = value

    return change


def cent_more(table: str, row: int, field: str) -> Change:
    def change(tables: Tables) -> None:
        tables[table][row][field] += CENT

    return change


def without(table: str, *rows: int) -> Change:
    def change(tables: Tables) -> None:
        tables[table] = [row for place, row in enumerate(tables[table]) if place not in rows]

    return change


def contact(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


@pytest.mark.parametrize("extension", ["parquet", "csv", "jsonl", "json"])
def test_files_that_keep_their_specification_are_certified(tmp_path: Path, extension: str) -> None:
    certificate = recounted(tmp_path, SHOP, shop(), extension)
    assert certificate.holds, text_of(certificate)
    assert certificate.held == len(certificate.outcomes) > 80
    assert first_line(certificate).startswith(f"{certificate.held} of {certificate.held} promises held; not checked: ")


ONE_CELL: list[tuple[Change, list[Broken], str]] = [
    (put("accounts", 0, "country", "DE"), [("accounts", "country", "share")], ""),
    (put("accounts", 0, "country", "FR"), [("accounts", "country", "values")], "ACC-001"),
    (put("accounts", 3, "country", None), [("accounts", "country", "present")], "ACC-004"),
    (put("accounts", 1, "founded", date(2018, 12, 31)), [("accounts", "founded", "span")], "ACC-002"),
    (put("accounts", 4, "revenue", 9_001), [("accounts", "revenue", "bounds")], "ACC-005"),
    (cent_more("accounts", 3, "won"), [("accounts", "won", "roll-up")], "ACC-004"),
    (put("accounts", 1, "won", None), [("accounts", "won", "roll-up")], "ACC-002"),
    (put("accounts", 1, "deals", 2), [("accounts", "deals", "roll-up")], "ACC-002"),
    (cent_more("accounts", 2, "largest"), [("accounts", "largest", "roll-up")], "ACC-003"),
    (cent_more("accounts", 2, "usual"), [("accounts", "usual", "roll-up")], "ACC-003"),
    (put("accounts", 4, "first_deal", date(2025, 1, 10)), [("accounts", "first_deal", "roll-up")], "ACC-005"),
    (put("accounts", 0, "main_contact", contact(4)), [("accounts", "main_contact", "own")], "ACC-001"),
    (put("accounts", 0, "main_contact", None), [("accounts", "main_contact", "present")], "ACC-001"),
    (put("accounts", 1, "main_contact", contact(4)), [("accounts", "main_contact", "own")], "ACC-002"),
    (put("accounts", 0, "main_contact", contact(99)), [("accounts", "main_contact", "reference")], "ACC-001"),
    (put("contacts", 4, "code", "ab-005"), [("contacts", "code", "pattern")], contact(5)),
    (put("contacts", 4, "code", "AB-001"), [("contacts", "code", "unique")], "AB-001"),
    (put("contacts", 5, "manager_id", contact(4)), [("contacts", "manager_id", "same")], contact(6)),
    (put("contacts", 1, "manager_id", contact(3)), [("contacts", "manager_id", "earlier")], contact(2)),
    (put("deals", 0, "contact_id", contact(7)), [("deals", "contact_id", "same")], "1"),
    (put("deals", 0, "contact_id", None), [("deals", "contact_id", "missing")], ""),
    (put("deals", 1, "created_on", date(2026, 11, 29)), [("deals", "created_on", "span")], "2"),
    (cent_more("deals", 6, "fee"), [("deals", "fee", "formula")], "7"),
    (put("deals", 6, "fee", None), [("deals", "fee", "formula")], "7"),
    (put("deals", 0, "reason", "Price"), [("deals", "reason", "when")], "1"),
    (put("deals", 2, "reason", None), [("deals", "reason", "present"), ("deals", "reason", "share")], "3"),
    (put("deals", 5, "urgent", False), [("deals", "urgent", "share")], ""),
    (put("accounts", 4, "revenue", 1_000), [("deals", None, "rule")], "9"),
    (put("deals", 7, "created_on", date(2026, 2, 1)), [("deals", None, "rule")], "8"),
    (without("visits", 0, 1), [("visits", None, "children")], "1"),
    (
        put("visits", 1, "contact_id", contact(2)),
        [("visits", None, "key"), ("visits", "contact_id", "distinct")],
        f"1, {contact(2)}",
    ),
    (put("deals", 3, "stage", "Open"), [("accounts", "won", "roll-up"), ("deals", "stage", "share")], "ACC-003"),
]


@pytest.mark.parametrize(
    ("change", "expected", "key"), ONE_CELL, ids=[f"{number}-{one[1][0]}" for number, one in enumerate(ONE_CELL)]
)
def test_one_changed_cell_breaks_its_promise_and_no_other(
    tmp_path: Path, change: Change, expected: list[Broken], key: str
) -> None:
    tables = shop()
    change(tables)
    certificate = recounted(tmp_path, SHOP, tables)
    assert not certificate.holds
    assert broken(certificate) == expected, text_of(certificate)
    if key:
        assert key in next(each.keys for each in certificate.against if each.keys)
    assert key in broken_promises(certificate)


def one_table(fields: str, rows: int | str, more: str = "") -> str:
    return f"dataset: one\nas_of: 2026-11-28\ntables:\n  t:\n    rows: {rows}\n{more}    fields:\n{fields}"


def test_a_row_too_many_or_too_few_is_counted(tmp_path: Path) -> None:
    certificate = recounted(tmp_path, one_table("      a: {uniform: 1 .. 6}\n", 3), {"t": [{"a": 1}] * 4})
    assert broken(certificate) == [("t", None, "rows")]
    assert outcome(certificate, "t", None, "rows").measured == "4"
    assert outcome(certificate, "t", None, "rows").against == 1


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("ACC-{:03d}", "ACC-001", "ACC-01"),
        ("ACC-{:03d}", "ACC-001", "ACC-0001"),
        ("ACC-{:03d}", "ACC-001", "ACC-002"),
        ("{:02d}/{{x}}", "01/{x}", "01/x"),
        ("uuid", "7f9c24e8-3b12-4fef-91b2-1a2b3c4d5e6f", "7f9c24e8-3b12-1fef-91b2-1a2b3c4d5e6f"),
        ("[A-Z]{2}-[0-9]{4}", "AB-0001", "AB-00010"),
    ],
)
def test_a_key_of_another_form_is_found(tmp_path: Path, key: str, good: str, bad: str) -> None:
    text = one_table(f"      id: {{key: '{key}'}}\n", 1)
    assert recounted(tmp_path / "good", text, {"t": [{"id": good}]}).holds
    certificate = recounted(tmp_path / "bad", text, {"t": [{"id": bad}]})
    assert broken(certificate) == [("t", "id", "form")]
    assert certificate.against[0].keys == (bad,)


def test_a_number_beyond_the_rows_is_no_key(tmp_path: Path) -> None:
    text = one_table("      id: {key: integer}\n", 3)
    assert recounted(tmp_path / "all", text, {"t": [{"id": 3}, {"id": 1}, {"id": 2}]}).holds
    beyond = recounted(tmp_path / "beyond", text, {"t": [{"id": 1}, {"id": 2}, {"id": 4}]})
    assert [(each.promise.kind, each.keys) for each in beyond.against] == [("form", ("4",))]


def test_a_key_that_is_missing_or_comes_twice_is_found(tmp_path: Path) -> None:
    text = one_table("      id: {key: integer}\n", 3)
    twice = recounted(tmp_path / "twice", text, {"t": [{"id": 1}, {"id": 2}, {"id": 2}]})
    assert [(each.promise.kind, each.keys) for each in twice.against] == [("key", ("2",))]
    missing = recounted(tmp_path / "missing", text, {"t": [{"id": 1}, {"id": 2}, {"id": None}]})
    assert [(each.promise.kind, each.keys) for each in missing.against] == [("key", ("row 3",))]


CLOCK = one_table(
    "      at: {datetime: 2025-03-03 .. 2025-03-09, hours: 8..18, days: Mon..Fri}\n"
    "      said: {text: {words: 2 .. 4}}\n"
    "      size: {formula: \"case when said is null then 'none' else 'some' end\"}\n",
    2,
)


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("at", datetime(2025, 3, 7, 18, 0), "hours"),
        ("at", datetime(2025, 3, 9, 8, 0), "days"),
        ("at", datetime(2025, 3, 10, 8, 0), "span"),
        ("said", "just", "words"),
        ("size", "little", "formula"),
    ],
)
def test_hours_days_words_and_texts_of_formulas_are_recounted(
    tmp_path: Path, field: str, value: object, kind: str
) -> None:
    row = {"at": datetime(2025, 3, 7, 17, 59), "said": "two words", "size": "some"}
    assert recounted(tmp_path / "good", CLOCK, {"t": [row, row]}).holds
    certificate = recounted(tmp_path / "bad", CLOCK, {"t": [row, row | {field: value}]})
    assert broken(certificate) == [("t", field, kind)]
    assert certificate.against[0].keys == ("row 2",)


CELLS = one_table(
    "      n: {poisson: 3}\n      amount: {uniform: 1 .. 900, decimals: 2}\n"
    "      on: {date: 2025-01-01 .. 2025-12-31}\n      at: {datetime: 2025-01-01 .. 2025-12-31}\n"
    "      yes: {flag: 0%}\n      name: {one_of: [a, b, '007']}\n",
    3,
)
GOOD_CELLS = {"n": "3", "amount": "12.50", "on": "2025-01-31", "at": "2025-01-31T08:00:00", "yes": "false", "name": "a"}


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("n", "three"), ("n", "3.0"), ("n", "03"), ("amount", "12,50"), ("amount", "12.505"), ("amount", "1e2"),
        ("on", "31.01.2025"), ("on", "2025-1-31"), ("on", "2025-02-30"), ("at", "2025-01-31"), ("at", "noon"),
        ("yes", "maybe"),
    ],
)  # fmt: skip
def test_a_cell_of_a_csv_file_that_does_not_fit_its_kind_is_shown(tmp_path: Path, field: str, cell: str) -> None:
    rows = [GOOD_CELLS | {"name": name} for name in ("a", "b", "007")]
    assert recounted(tmp_path / "good", CELLS, {"t": rows}, "csv").holds
    rows[1] |= {field: cell}
    certificate = recounted(tmp_path / "bad", CELLS, {"t": rows}, "csv")
    found = outcome(certificate, "t", field, "form")
    assert (found.against, found.keys, found.values) == (1, ("row 2",), (cell,))
    assert f"such as row 2 ({cell})" in text_of(certificate)


def test_nothing_and_an_empty_text_stay_apart_in_csv(tmp_path: Path) -> None:
    text = one_table("      id: {key: integer}\n      note: {pattern: '[a-z]*', missing: 50%}\n", 2)
    (tmp_path / "t.csv").write_text('id,note\n1,""\n2,\n', encoding="utf-8")
    assert recount(dataset_of(text), tmp_path).holds
    (tmp_path / "t.csv").write_text('id,note\n1,""\n2,""\n', encoding="utf-8")
    assert broken(recount(dataset_of(text), tmp_path)) == [("t", "note", "missing")]


def test_quotes_line_breaks_and_emoji_of_a_csv_file_are_read(tmp_path: Path) -> None:
    odd = ['say "hi"', "two\nlines", "👩‍👩, ß", "007", "NULL"]
    text = one_table(f"      name: {{one_of: {json.dumps(odd, ensure_ascii=False)}}}\n", 5)
    for extension in ("parquet", "csv", "jsonl", "json"):
        assert recounted(tmp_path, text, {"t": [{"name": each} for each in odd]}, extension).holds


def test_a_missing_file_and_a_missing_column_are_sentences(tmp_path: Path) -> None:
    tables = shop()
    del tables["visits"]
    for row in tables["deals"]:
        del row["fee"]
    tables["contacts"][0]["nickname"] = "Al"
    certificate = recounted(tmp_path, SHOP, tables)
    assert certificate.problems == (
        "contacts.parquet has a column `nickname`, which is not declared.",
        "deals.parquet has no column `fee`.",
        "There is no file visits.parquet.",
    )
    assert {each.promise.table for each in certificate.against} == {"deals", "visits"}
    assert {each.promise.field for each in certificate.against if each.promise.table == "deals"} == {"fee"}
    assert (
        outcome(certificate, "deals", "fee", "formula").measured == "not counted: a column that it takes was not found"
    )
    assert text_of(certificate).splitlines()[1] == f"- {certificate.problems[0]}"


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path, shop())
    (folder / "visits.parquet").write_bytes(b"PAR1 no more")
    (problem,) = recount(dataset_of(SHOP), folder).problems
    assert problem.startswith("visits.parquet cannot be read: ")


def test_a_folder_without_the_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SynthDealError, match=r"such as accounts\.parquet") as raised:
        recount(dataset_of(SHOP), tmp_path)
    assert raised.value.code == "datasets.no-files"


def test_each_format_of_a_folder_is_recounted_when_it_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, shop())
    tables = shop()
    tables["accounts"][0]["country"] = "DE"
    write(folder, tables, "csv")
    assert recount(dataset_of(SHOP), folder).holds
    assert broken(recount(dataset_of(SHOP), folder, extension="csv")) == [("accounts", "country", "share")]


def test_every_promise_has_a_sentence_and_a_query_that_gives_the_same_alone(tmp_path: Path) -> None:
    dataset, tables = dataset_of(SHOP), shop()
    tables["accounts"][0]["country"] = "FR"
    tables["deals"][6]["fee"] += CENT
    folder = write(tmp_path, tables)
    certificate = recount(dataset, folder)
    assert [each.promise.sentence for each in certificate.outcomes] == [each.sentence for each in promises_of(dataset)]
    assert len({each.promise.sentence for each in certificate.outcomes}) == len(certificate.outcomes)
    with duckdb.connect() as connection:
        open_files(connection, dataset, folder, "parquet", tmp_path)
        for each in certificate.outcomes:
            verdict = each.promise.judge(connection.execute(each.promise.query).fetchall())
            assert (verdict.against, verdict.measured) == (each.against, each.measured)


def test_one_changed_cell_in_a_million_is_found(tmp_path: Path) -> None:
    text = one_table(
        "      id: {key: integer}\n      stage: {one_of: {Open: 25%, Won: 75%}}\n"
        "      amount: {uniform: 1 .. 500, decimals: 2}\n      tax: {formula: amount * 0.2, decimals: 2}\n",
        1_000_000,
    )
    with duckdb.connect() as connection:
        connection.execute(
            """CREATE TABLE t AS
            SELECT id, if(id % 4 = 0, 'Open', 'Won') AS stage, amount, (amount / 5)::DECIMAL(18,2) AS tax
            FROM (SELECT range + 1 AS id, (1 + range % 499 + 0.05)::DECIMAL(18,2) AS amount FROM range(1_000_000))"""
        )
        connection.execute(f"COPY t TO '{tmp_path / 't.parquet'}'")
        before = recount(dataset_of(text), tmp_path)
        connection.execute("UPDATE t SET stage = 'Open' WHERE id = 777_777")
        connection.execute("UPDATE t SET tax = tax + 0.01 WHERE id = 123_456")
        connection.execute(f"COPY t TO '{tmp_path / 't.parquet'}'")
    assert before.holds
    stage, formula = recount(dataset_of(text), tmp_path).against
    assert stage.measured == "Open 250,001 instead of 250,000, Won 749,999 instead of 750,000"
    assert (formula.promise.field, formula.against, formula.keys) == ("tax", 1, ("123456",))
