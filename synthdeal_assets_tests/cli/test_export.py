"""`synthdeal export` writes one table, whole or not at all, in the order of its key."""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.scoring.tables import SCORE_HISTORY
from synthdeal_assets.world.tables import ACCOUNTS, PRODUCTS, WORLD
from synthdeal_assets_tests.cli.conftest import COMMAND, Synthdeal, code_of, plain_environment


@pytest.fixture
def small_home(tmp_path: Path) -> Path:
    """A home whose warehouse holds a world, products and two accounts, and nothing else."""
    home = tmp_path / "small"
    account = {
        "type": "Prospect",
        "industry": "Energy",
        "segment": "SMB",
        "region": "EMEA",
        "billing_country": "France",
        "billing_city": "Lyon",
        "number_of_employees": 10,
        "annual_revenue_usd": 1000.5,
        "website": "https://a.example",
        "owner_id": "USR-1",
        "created_date": dt.date(2019, 1, 1),
        "parent_account_id": None,
        "billing_street": "1 Mill Lane",
        "billing_state": None,
        "billing_state_code": None,
        "billing_postal_code": "12345",
        "billing_country_code": "US",
        "external_id": "SD-00000000-A1",
        "is_active": True,
        "created_at": dt.datetime(2019, 1, 1, 8, 30),
    }
    products = [
        {
            "product_id": key,
            "name": name,
            "family": "f",
            "description": text,
            "unit": "seat",
            "list_price_usd": -1.5,
            "external_id": f"SD-00000000-{key}",
        }
        for key, name, text in (("P2", "Zebra", "plain, with a comma"), ("P1", "=1+1", 'says "quoted"\nin two lines'))
    ]
    Warehouse(database=str(home / "warehouse.duckdb")).replace(
        {
            WORLD: pl.DataFrame(
                {
                    "seed": [42],
                    "size": [1],
                    "as_of": [dt.date(2026, 11, 20)],
                    "account_names": ["public"],
                    "generator_version": ["1"],
                    "faker_version": ["40.0.0"],
                    "numpy_version": [None],
                    "planted_instructions": [False],
                    "renewals": [0],
                }
            ),
            PRODUCTS: pl.DataFrame(products),
            ACCOUNTS: pl.DataFrame(
                [
                    {
                        **account,
                        "account_id": "A1",
                        "name": "@SUM(A1)",
                        "phone": "+1 (212) 555-0100",
                        "notice": "-cmd|x",
                    },
                    {**account, "account_id": "A2", "name": "+cmd", "phone": "-", "notice": "\t=1"},
                ]
            ),
        }
    )
    return home


def test_csv_holds_every_column_and_row_in_the_order_of_the_key(
    synthdeal: Synthdeal, small_home: Path, tmp_path: Path
) -> None:
    result = synthdeal("export", "products", "--home", small_home, "-o", tmp_path / "products.csv")
    read = pl.read_csv(tmp_path / "products.csv")

    assert result.exit_code == 0
    assert "2 rows of crm.products" in result.stderr
    assert read.columns == [column.name for column in PRODUCTS.columns]
    assert read["product_id"].to_list() == ["P1", "P2"]
    assert read["description"].to_list() == ['says "quoted"\nin two lines', "plain, with a comma"]


def test_parquet_holds_every_value_as_it_is(synthdeal: Synthdeal, small_home: Path, tmp_path: Path) -> None:
    synthdeal(
        "export", "crm.accounts", "--format", "parquet", "--home", small_home, "-o", tmp_path / "accounts.parquet"
    )

    exported = pl.read_parquet(tmp_path / "accounts.parquet")
    assert exported.equals(Warehouse(database=str(small_home / "warehouse.duckdb")).read_table(ACCOUNTS))


def test_csv_disarms_text_that_a_spreadsheet_would_run_and_leaves_numbers_alone(
    synthdeal: Synthdeal, small_home: Path, tmp_path: Path
) -> None:
    synthdeal("export", "accounts", "--home", small_home, "-o", tmp_path / "accounts.csv")
    accounts = pl.read_csv(tmp_path / "accounts.csv", schema_overrides={"phone": pl.String()})
    synthdeal("export", "products", "--home", small_home, "-o", tmp_path / "products.csv")
    products = pl.read_csv(tmp_path / "products.csv")

    assert accounts["name"].to_list() == ["'@SUM(A1)", "'+cmd"]
    assert accounts["notice"].to_list() == ["'-cmd|x", "'\t'=1"]
    assert accounts["phone"].to_list() == ["+1 (212) 555-0100", "-"]
    assert products["name"].to_list() == ["'=1+1", "Zebra"]
    assert products["list_price_usd"].to_list() == [-1.5, -1.5]


def test_a_sales_log_is_exported_with_all_the_columns_of_its_source(
    synthdeal: Synthdeal, small_home: Path, tmp_path: Path
) -> None:
    with duckdb.connect(str(small_home / "warehouse.duckdb")) as connection:
        connection.execute("CREATE SCHEMA sales")
        connection.execute(
            'CREATE TABLE sales.sales_log ("Größe, L" VARCHAR, "select" DOUBLE, "=HYPERLINK(1)" DOUBLE, '
            "source_file VARCHAR, source_row BIGINT, source_role VARCHAR)"
        )
        connection.execute("INSERT INTO sales.sales_log VALUES ('=1+1', 2.5, 7, 'log.csv', 1, 'log')")

    def exported(*options: str) -> pl.DataFrame:
        synthdeal("export", "sales_log", "--home", small_home, "-o", tmp_path / "log.csv", *options)
        return pl.read_csv(tmp_path / "log.csv")

    assert exported().to_dict(as_series=False) == {
        "Größe, L": ["'=1+1"],
        "select": [2.5],
        "'=HYPERLINK(1)": [7.0],
        "source_file": ["log.csv"],
        "source_row": [1],
        "source_role": ["log"],
    }
    plain = exported("--plain")
    assert (plain.columns[2], plain.row(0)[0]) == ("=HYPERLINK(1)", "=1+1")


def test_a_dash_writes_csv_to_standard_output_and_nothing_else(synthdeal: Synthdeal, small_home: Path) -> None:
    result = synthdeal("export", "world", "--home", small_home, "-o", "-")

    assert result.stdout == (
        "seed,size,as_of,account_names,generator_version,faker_version,numpy_version,"
        "planted_instructions,renewals\n42,1,2026-11-20,public,1,40.0.0,,false,0\n"
    )
    assert result.stderr == ""


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "duckdb", "sqlite"])
def test_what_is_no_text_does_not_go_to_standard_output(synthdeal: Synthdeal, small_home: Path, kind: str) -> None:
    result = synthdeal("export", "world", "--format", kind, "--home", small_home, "-o", "-")

    assert (result.exit_code, code_of(result)) == (2, "export.not-to-stdout")


def test_other_text_goes_to_standard_output_too(synthdeal: Synthdeal, small_home: Path) -> None:
    to_standard_output = ("--home", small_home, "-o", "-")
    lines = synthdeal("export", "products", "--format", "jsonl", *to_standard_output)
    script = synthdeal("export", "products", "--format", "sql", "--option", "dialect=duckdb", *to_standard_output)

    assert [json.loads(line)["product_id"] for line in lines.stdout.splitlines()] == ["P1", "P2"]
    with duckdb.connect() as connection:
        connection.execute(script.stdout)
        assert connection.execute("SELECT product_id, description FROM crm.products").fetchall() == [
            ("P1", 'says "quoted"\nin two lines'),
            ("P2", "plain, with a comma"),
        ]


READ: dict[str, Callable[[Path], pl.DataFrame]] = {
    "xlsx": pl.read_excel,
    "parquet": pl.read_parquet,
    "json": lambda path: pl.DataFrame(json.loads(path.read_text(encoding="utf-8"))),
    "jsonl": pl.read_ndjson,
    "duckdb": lambda path: duckdb.connect(path, read_only=True).execute("FROM crm.products").pl(),
    "sqlite": lambda path: pl.read_database("SELECT * FROM crm_products", sqlite3.connect(path)),
}


@pytest.mark.parametrize("kind", READ)
def test_a_table_that_gets_no_file_name_is_in_one_of_its_own(
    synthdeal: Synthdeal, small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    made = synthdeal("export", "products", "--format", kind, "--home", small_home)
    again = synthdeal("export", "products", "--format", kind, "--home", small_home)
    (work / f"products.{kind}").write_text("not this")
    replaced = synthdeal("export", "products", "--format", kind, "--overwrite", "--home", small_home)

    assert (made.exit_code, replaced.exit_code) == (0, 0)
    assert (again.exit_code, code_of(again)) == (2, "export.is-there")
    assert [path.name for path in work.iterdir()] == [f"products.{kind}"]
    assert READ[kind](work / f"products.{kind}")["name"].to_list() == ["=1+1", "Zebra"]


def test_a_file_that_is_named_is_replaced(synthdeal: Synthdeal, small_home: Path, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("old")

    assert synthdeal("export", "products", "-o", tmp_path / "p.csv", "--home", small_home).exit_code == 0
    assert (tmp_path / "p.csv").read_text().startswith("product_id")


@pytest.mark.parametrize(
    "command",
    [
        ("export", "products", "-o", "small/warehouse.duckdb"),
        ("export", "products", "--overwrite", "-o", "link.csv"),
        ("export", "products", "-o", "small/published/synthdeal.duckdb"),
        ("export", "--all", "small/published", "--format", "duckdb"),
        ("export", "judge-benchmark", "-o", "small/published"),
        ("compare", "heuristic", "heuristic", "--save-cases", "small/warehouse.duckdb"),
        ("whitespace", "init", "log.csv", "--force", "-o", "small/warehouse.duckdb"),
    ],
    ids=" ".join,
)
def test_nothing_that_a_home_is_made_of_is_replaced_by_what_is_written(
    synthdeal: Synthdeal, small_home: Path, monkeypatch: pytest.MonkeyPatch, *, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(small_home.parent)
    Path("link.csv").symlink_to(small_home / "warehouse.duckdb")
    before = (small_home / "warehouse.duckdb").read_bytes()

    result = synthdeal(*command, "--home", small_home)

    assert (result.exit_code, code_of(result)) == (2, "cli.output-in-the-home")
    assert (small_home / "warehouse.duckdb").read_bytes() == before
    assert [path.name for path in small_home.iterdir()] == ["warehouse.duckdb"]


def test_a_file_of_ones_own_may_lie_in_the_home(synthdeal: Synthdeal, small_home: Path) -> None:
    (small_home / "exports").mkdir()
    for path in (small_home / "mine.csv", small_home / "exports" / "mine.csv"):
        assert synthdeal("export", "products", "-o", path, "--home", small_home).exit_code == 0
        assert path.exists()


def test_options_of_a_format_are_given_by_name(synthdeal: Synthdeal, small_home: Path) -> None:
    world = ("export", "world", "--home", small_home, "-o", "-")
    result = synthdeal(*world, "--option", "delimiter=tab", "--option", "header=no")
    refused = [
        synthdeal(*world, *given)
        for given in (("--option", "delimeter=tab"), ("--option", "delimiter"), ("--format", "docx"))
    ]

    assert result.stdout == "42\t1\t2026-11-20\tpublic\t1\t40.0.0\t\tfalse\t0\n"
    assert [(result.exit_code, code_of(result)) for result in refused] == [
        (2, "export.unknown-option"),
        (2, "export.option-without-value"),
        (2, "export.unknown-format"),
    ]


def test_what_a_format_cannot_hold_is_said_beside_the_file(
    synthdeal: Synthdeal, small_home: Path, tmp_path: Path
) -> None:
    with duckdb.connect(str(small_home / "warehouse.duckdb")) as connection:
        connection.execute("CREATE SCHEMA sales")
        connection.execute('CREATE TABLE sales.sales_log ("[No]" DECIMAL(18, 0), source_file TEXT, source_row BIGINT)')
        connection.execute("INSERT INTO sales.sales_log VALUES (123456789012345678, 'log.csv', 1)")
    result = synthdeal("export", "sales_log", "--format", "sqlite", "-o", tmp_path / "a.sqlite", "--home", small_home)

    assert result.exit_code == 0
    assert "sales.sales_log: the numbers of [No] are text, because SQLite would round them." in result.stderr


def test_a_reader_that_has_seen_enough_ends_the_export_without_a_word(home: Path) -> None:
    export = subprocess.Popen(
        [*COMMAND, "export", "opportunities", "-o", "-", "--home", str(home)],
        env=plain_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert export.stdout is not None
    assert export.stderr is not None
    export.stdout.close()
    said = export.stderr.read()
    export.stderr.close()

    assert export.wait() == 141
    assert said == b""


def test_a_device_is_not_replaced_by_a_file(synthdeal: Synthdeal, small_home: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    result = synthdeal("export", "products", "-o", pipe, "--home", small_home)

    assert (result.exit_code, code_of(result)) == (2, "export.output-is-a-device")
    assert pipe.is_fifo()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("export", "--all", "-"), "cli.several-files-to-stdout"),
        (("backup", "-"), "cli.several-files-to-stdout"),
        (("whitespace", "init", "log.csv", "-o", "-"), "product-map.not-to-a-file"),
        (("whitespace", "init", "log.csv", "-o", "pipe", "--force"), "product-map.not-to-a-file"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_is_no_file_on_standard_output_or_would_replace_a_device_is_refused_and_writes_nothing(
    synthdeal: Synthdeal,
    small_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    command: tuple[str, ...],
    code: str,
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "log.csv").write_text("Customer,Date,Amount\na,2024-01-31,3\n")
    os.mkfifo(work / "pipe")
    monkeypatch.chdir(work)

    result = synthdeal(*command, "--home", small_home)

    assert (result.exit_code, code_of(result)) == (2, code)
    assert sorted(path.name for path in work.iterdir()) == ["log.csv", "pipe"]
    assert (work / "pipe").is_fifo()


def test_a_link_leads_to_the_export_and_stays_a_link(synthdeal: Synthdeal, small_home: Path, tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)

    assert synthdeal("export", "products", "-o", link, "--home", small_home).exit_code == 0

    assert link.is_symlink()
    assert real.read_text().startswith("product_id")


def test_an_unknown_table_is_refused_with_those_there_are(synthdeal: Synthdeal, small_home: Path) -> None:
    result = synthdeal("export", "users; DROP TABLE crm.world", "--home", small_home, "-o", "-")

    assert (result.exit_code, code_of(result)) == (2, "export.unknown-table")
    assert "crm.opportunities" in result.stderr
    assert "scoring.opportunity_scores" in result.stderr


def test_a_table_that_is_not_made_yet_is_a_failure_that_says_so(synthdeal: Synthdeal, small_home: Path) -> None:
    result = synthdeal("export", SCORE_HISTORY.name, "--home", small_home, "-o", "-")

    assert (result.exit_code, code_of(result)) == (1, "export.table-not-made")
    assert "scoring.score_history " in result.stderr


def test_a_home_without_a_warehouse_gets_none_by_an_export(synthdeal: Synthdeal, tmp_path: Path) -> None:
    result = synthdeal("export", "opportunities", "--home", tmp_path / "empty", "-o", "-")

    assert (result.exit_code, code_of(result)) == (1, "export.no-warehouse")
    assert not (tmp_path / "empty").exists()


def test_a_file_that_cannot_be_written_leaves_no_half_of_one(
    synthdeal: Synthdeal, small_home: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing" / "world.csv"

    result = synthdeal("export", "world", "--home", small_home, "-o", missing)

    assert (result.exit_code, code_of(result)) == (1, "export.cannot-write")
    assert str(missing.parent) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_failed_export_keeps_the_file_of_the_one_before(
    synthdeal: Synthdeal, small_home: Path, tmp_path: Path
) -> None:
    target = tmp_path / "export" / "products.csv"
    target.parent.mkdir()
    target.write_text("the export of yesterday")
    with duckdb.connect(str(small_home / "warehouse.duckdb")) as connection:
        connection.execute("DROP TABLE crm.products")

    result = synthdeal("export", "products", "--home", small_home, "-o", target)

    assert result.exit_code == 1
    assert target.read_text() == "the export of yesterday"
    assert [path.name for path in target.parent.iterdir()] == ["products.csv"]


def test_plain_leaves_every_text_as_it_is(synthdeal: Synthdeal, small_home: Path) -> None:
    result = synthdeal("export", "products", "--plain", "--home", small_home, "-o", "-")

    assert "P1,=1+1," in result.stdout


def test_a_folder_takes_every_table_that_has_been_made(synthdeal: Synthdeal, small_home: Path, tmp_path: Path) -> None:
    for kind, read in (("csv", pl.read_csv), ("parquet", pl.read_parquet)):
        folder = tmp_path / kind
        result = synthdeal("export", "--all", folder, "--format", kind, "--home", small_home)
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        written = {path.name for path in folder.iterdir()}

        assert result.exit_code == 0
        assert {f"crm.{table}.{kind}" for table in ("world", "products", "accounts")} <= written
        assert {resource["path"] for resource in package["resources"]} == written - {"datapackage.json"}
        assert read(folder / f"crm.products.{kind}")["product_id"].to_list() == ["P1", "P2"]


def test_a_format_whose_files_hold_any_number_of_tables_has_all_in_one(
    synthdeal: Synthdeal, small_home: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        synthdeal("export", "--all", tmp_path / "all", "--format", "duckdb", "--home", small_home)
    about_owner = "SELECT comment FROM duckdb_columns() WHERE table_name = 'accounts' AND column_name = 'owner_id'"

    assert {path.name for path in (tmp_path / "all").iterdir()} == {"synthdeal.duckdb", "datapackage.json"}
    with duckdb.connect(tmp_path / "all/synthdeal.duckdb", read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM crm.accounts").fetchall() == [(2,)]
        assert connection.execute(about_owner).fetchall() == [(ACCOUNTS["owner_id"].comment,)]


@pytest.mark.parametrize("given", [(), ("-o", "a.csv"), ("products", "--all", "x"), ("-o", "a.csv", "--all", "x")])
def test_what_is_exported_to_where_must_be_said_once(
    synthdeal: Synthdeal, small_home: Path, given: tuple[str, ...]
) -> None:
    result = synthdeal("export", *given, "--home", small_home)

    assert (result.exit_code, code_of(result)) == (2, "export.what-to-where")
