"""SQL scripts load into real PostgreSQL, SQLite and DuckDB, and files of DuckDB and SQLite open, with every value."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg
import pytest

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.exports.exporter import exporter_of
from synthdeal_assets_tests.fakes.postgres import DATABASE, PASSWORD, USER, running_postgres
from synthdeal_assets_tests.foundation.exports.sample import (
    ACCOUNTS,
    COLUMNS,
    CONTACTS,
    INSTANTS,
    KEYS,
    circle,
    sample,
    table,
    values,
)

HERE = "the tables they lead to are not exported with them: contacts (email)."
LEFT_OUT = f"Foreign keys are left out, because {HERE}"


def script(path: Path, dialect: str, *tables: Any) -> tuple[Path, list[str]]:
    """An SQL script of the tables, and what is said of it."""
    return path, exporter_of("sql", {"dialect": dialect}).write(tables, path)


def columns(rows: list[tuple[Any, ...]], *names: str) -> dict[str, list[Any]]:
    """Rows by column."""
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def require_equal(read: dict[str, list[Any]], *, signed_zero: bool = True) -> None:
    """Make sure that the sample was read back, with moments in UTC; SQLite keeps no sign of a zero."""
    expected = {"key": list(KEYS), **{name: values(name) for name in COLUMNS}, "zoned": list(INSTANTS)}
    assert [name for name, given in read.items() if given != expected[name]] == []
    assert str(read["number"][4]) == ("-0.0" if signed_zero else "0.0")
    assert list(read) == ["key", *COLUMNS]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a server, as libpq has it."""
    with running_postgres() as port:
        yield f"host=127.0.0.1 port={port} user={USER} password={PASSWORD} dbname={DATABASE}"


@pytest.fixture
def empty(postgres: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to that server, in which there is no table."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS crm CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.execute("SET TIME ZONE 'Europe/Berlin'")
        yield connection


def read_from_postgres(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    rows = connection.execute("SELECT * FROM sample ORDER BY key").fetchall()
    read = columns(rows, "key", *COLUMNS)
    return {
        **read,
        "unsigned": [value if value is None else int(value) for value in read["unsigned"]],
        "zoned": [value and value.astimezone(dt.UTC) for value in read["zoned"]],
    }


def test_a_script_for_postgresql_brings_every_value(tmp_path: Path, empty: psycopg.Connection[Any]) -> None:
    path, notices = script(tmp_path / "s.sql", "postgresql", sample())
    empty.execute(path.read_bytes())
    described = "SELECT obj_description('sample'::regclass), col_description('sample'::regclass, 2)"
    types = "SELECT data_type FROM information_schema.columns WHERE table_name = 'sample' ORDER BY ordinal_position"

    require_equal(read_from_postgres(empty))
    assert notices == []
    assert empty.execute(described).fetchone() == ("One row is one trap.", "What is in text.")
    assert [kind for (kind,) in empty.execute(types).fetchall()] == [
        *("bigint", "text", "bigint", "numeric", "numeric", "numeric", "double precision", "boolean", "date"),
        *("timestamp without time zone", "timestamp with time zone", "time without time zone"),
    ]


def test_psql_loads_it_just_so(tmp_path: Path, postgres: str, empty: psycopg.Connection[Any]) -> None:
    client = shutil.which("psql")
    if client is None:
        pytest.skip("psql is not installed")
    path, _ = script(tmp_path / "s.sql", "postgresql", sample())
    subprocess.run([client, postgres, "-v", "ON_ERROR_STOP=1", "-q", "-f", path], check=True, capture_output=True)

    require_equal(read_from_postgres(empty))


def test_tables_that_refer_to_each_other_load_into_postgresql(tmp_path: Path, empty: psycopg.Connection[Any]) -> None:
    path, notices = script(tmp_path / "c.sql", "postgresql", *circle())
    empty.execute(path.read_bytes())
    keys = empty.execute(
        "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid::regclass::text IN ('accounts', 'contacts')"
    ).fetchall()

    assert notices == [LEFT_OUT]
    assert empty.execute("SELECT * FROM accounts ORDER BY account_id").fetchall() == sorted(ACCOUNTS.rows())
    assert empty.execute("SELECT * FROM contacts ORDER BY 1").fetchall() == CONTACTS.rows()
    assert set(keys) == {
        ("accounts", "PRIMARY KEY (account_id)"),
        ("contacts", "PRIMARY KEY (contact_id)"),
        ("contacts", "UNIQUE (email)"),
        ("accounts", "FOREIGN KEY (contact_id) REFERENCES contacts(contact_id)"),
        ("contacts", "FOREIGN KEY (account_id) REFERENCES accounts(account_id)"),
        ("contacts", "FOREIGN KEY (manager_id) REFERENCES contacts(contact_id)"),
    }


def test_nothing_of_a_script_stays_in_postgresql_when_a_row_breaks_a_key(
    tmp_path: Path, empty: psycopg.Connection[Any]
) -> None:
    path, _ = script(tmp_path / "c.sql", "postgresql", *circle(contacts=CONTACTS.head(1)))
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        empty.execute(path.read_bytes())
    empty.execute("ROLLBACK")

    assert empty.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_postgresql_takes_nan_and_infinity_and_a_schema(tmp_path: Path, empty: psycopg.Connection[Any]) -> None:
    rows = pl.DataFrame({"key": [1, 2, 3], "x": [float("nan"), float("-inf"), 1.5]})
    path, _ = script(tmp_path / "c.sql", "postgresql", dataclasses.replace(table("t", rows), schema="crm"))
    empty.execute(path.read_bytes())

    assert [str(x) for _, x in empty.execute("SELECT * FROM crm.t ORDER BY key").fetchall()] == ["nan", "-inf", "1.5"]


def read_from_sqlite(path: Path) -> dict[str, list[Any]]:
    """The sample as SQLite holds it, in the types it had."""
    with closing(sqlite3.connect(path)) as connection:
        read = columns(connection.execute("SELECT * FROM sample ORDER BY key").fetchall(), "key", *COLUMNS)
        kinds = connection.execute("SELECT DISTINCT typeof(decimal), typeof(money) FROM sample WHERE key <> 2")
        assert kinds.fetchall() == [("text", "real")]

    def changed(name: str, change: Any) -> list[Any]:
        return [value if value is None else change(value) for value in read[name]]

    assert {type(value) for value in read["whole"]} == {int, type(None)}
    return {
        **read,
        "unsigned": changed("unsigned", int),
        "decimal": changed("decimal", Decimal),
        "money": changed("money", lambda value: Decimal(str(value))),
        "flag": changed("flag", bool),
        "day": changed("day", dt.date.fromisoformat),
        "at": changed("at", dt.datetime.fromisoformat),
        "zoned": changed("zoned", lambda value: dt.datetime.fromisoformat(value).astimezone(dt.UTC)),
        "time": changed("time", dt.time.fromisoformat),
    }


AS_TEXT = [
    "sample: the numbers of unsigned are text, because SQLite would round them.",
    "sample: the numbers of decimal are text, because SQLite would round them.",
]


def test_a_script_for_sqlite_brings_every_value(tmp_path: Path) -> None:
    path, notices = script(tmp_path / "s.sql", "sqlite", sample())
    with closing(sqlite3.connect(tmp_path / "s.db")) as connection:
        connection.executescript(path.read_text(encoding="utf-8"))

    require_equal(read_from_sqlite(tmp_path / "s.db"), signed_zero=False)
    assert notices == AS_TEXT


def test_the_client_of_sqlite_loads_it_just_so(tmp_path: Path) -> None:
    client = shutil.which("sqlite3")
    if client is None:
        pytest.skip("the client of SQLite is not installed")
    path, _ = script(tmp_path / "s.sql", "sqlite", sample())
    with path.open("rb") as file:
        subprocess.run([client, "-bail", str(tmp_path / "s.db")], stdin=file, check=True)

    require_equal(read_from_sqlite(tmp_path / "s.db"), signed_zero=False)


def test_a_file_of_sqlite_holds_every_value_with_comments(tmp_path: Path) -> None:
    notices = exporter_of("sqlite").write([sample()], tmp_path / "s.sqlite")
    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as connection:
        ((made,),) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'sample'").fetchall()

    require_equal(read_from_sqlite(tmp_path / "s.sqlite"), signed_zero=False)
    assert notices == AS_TEXT
    assert made.startswith(
        'CREATE TABLE "sample" (\n  -- One row is one trap.\n  -- What is in key.\n  "key" INTEGER NOT'
    )


@pytest.mark.parametrize("by_script", [True, False])
def test_tables_that_refer_to_each_other_load_into_sqlite_which_keeps_their_keys(
    tmp_path: Path, *, by_script: bool
) -> None:
    with closing(sqlite3.connect(tmp_path / "c.db")) as connection:
        if by_script:
            connection.execute("PRAGMA foreign_keys = ON")
            path, notices = script(tmp_path / "c.sql", "sqlite", *circle())
            connection.executescript(path.read_text(encoding="utf-8"))
        else:
            notices = exporter_of("sqlite").write(circle(), tmp_path / "c.db")
        connection.execute("PRAGMA foreign_keys = ON")

        assert notices == [LEFT_OUT]
        assert connection.execute("SELECT * FROM accounts ORDER BY 1").fetchall() == sorted(ACCOUNTS.rows())
        assert connection.execute("PRAGMA foreign_key_list(contacts)").fetchall()[0][2:5] == (
            *("contacts", "manager_id", "contact_id"),
        )
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO contacts VALUES (1, 'A1', NULL, 'c@b.example')")
        with pytest.raises(sqlite3.IntegrityError):
            connection.executescript("BEGIN; INSERT INTO contacts VALUES (3, 'A9', NULL, 'c@b.example'); COMMIT;")


def test_rows_that_break_a_key_give_no_file_of_sqlite_or_duckdb(tmp_path: Path) -> None:
    twice = table("t", pl.DataFrame({"key": [1, 1]}))
    unmanaged = circle(contacts=CONTACTS.head(1))
    for name, tables, said, code in (
        ("sqlite", unmanaged, "Row 1 of contacts refers to a row that contacts does not have", "broken-reference"),
        ("sqlite", [twice], "The rows of t break one of its keys", "broken-key"),
        ("duckdb", [twice], "The rows of t break one of its keys", "broken-key"),
    ):
        with pytest.raises(SynthDealError, match=said) as refused:
            exporter_of(name).write(tables, tmp_path / f"{name}-{len(tables)}")
        assert refused.value.code == f"export.{code}"


def read_from_duckdb(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    read = columns(connection.execute("SELECT * FROM sample ORDER BY key").fetchall(), "key", *COLUMNS)
    return {**read, "zoned": [value and value.astimezone(dt.UTC) for value in read["zoned"]]}


COMMENTS = (
    "SELECT comment FROM duckdb_tables() UNION ALL SELECT comment FROM duckdb_columns() WHERE column_name = 'text'"
)


def test_a_script_for_duckdb_brings_every_value(tmp_path: Path) -> None:
    path, notices = script(tmp_path / "s.sql", "duckdb", sample())
    with duckdb.connect() as connection:
        connection.execute(path.read_text(encoding="utf-8"))

        require_equal(read_from_duckdb(connection))
        assert notices == []
        assert connection.execute(COMMENTS).fetchall() == [("One row is one trap.",), ("What is in text.",)]


def test_a_file_of_duckdb_holds_every_value_with_comments(tmp_path: Path) -> None:
    assert exporter_of("duckdb").write([sample()], tmp_path / "s.duckdb") == []
    with duckdb.connect(tmp_path / "s.duckdb", read_only=True) as connection:
        require_equal(read_from_duckdb(connection))
        assert connection.execute(COMMENTS).fetchall() == [("One row is one trap.",), ("What is in text.",)]
    assert not list(tmp_path.glob("*.wal"))


@pytest.mark.parametrize("by_script", [True, False])
def test_duckdb_gets_all_keys_but_those_in_a_circle_and_says_so(tmp_path: Path, *, by_script: bool) -> None:
    if by_script:
        path, notices = script(tmp_path / "c.sql", "duckdb", *circle())
        with duckdb.connect(tmp_path / "c.duckdb") as connection:
            connection.execute(path.read_text(encoding="utf-8"))
    else:
        notices = exporter_of("duckdb").write(circle(), tmp_path / "c.duckdb")
    with duckdb.connect(tmp_path / "c.duckdb", read_only=True) as connection:
        keys = connection.execute(
            "SELECT constraint_text FROM duckdb_constraints() WHERE constraint_text <> 'NOT NULL'"
        )

        assert {key for (key,) in keys.fetchall()} == {
            *("PRIMARY KEY(account_id)", "PRIMARY KEY(contact_id)", "UNIQUE(email)"),
            "FOREIGN KEY (account_id) REFERENCES accounts(account_id)",
        }
        assert connection.execute("FROM accounts").fetchall() == ACCOUNTS.rows()
        assert connection.execute("FROM contacts").fetchall() == CONTACTS.rows()
    in_circles = "DuckDB has none that lead in a circle: accounts (contact_id); contacts (manager_id)."
    assert notices == [LEFT_OUT, f"Foreign keys are left out, because {in_circles}"]


def test_a_script_for_mysql_has_keys_of_known_length_and_escapes_backslashes(tmp_path: Path) -> None:
    path, notices = script(tmp_path / "c.sql", "mysql", *circle(), sample())
    text = path.read_text(encoding="utf-8")

    assert notices == [LEFT_OUT]
    assert (
        "  `account_id` VARCHAR(32) NOT NULL,\n  `name` TEXT,\n  `contact_id` BIGINT COMMENT 'Who is called fi" in text
    )
    assert "  `email` VARCHAR(32)\n) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;" in text
    assert "`zoned` DATETIME(6) COMMENT 'What is in zoned. In UTC.'" in text
    assert "'2025-10-26 00:30:00'" in text
    assert "'three\\r\nmore\\rlines'" in text
    assert "'back\\\\slash \\\\n; -- no comment /* */'" in text
    assert text.index("START TRANSACTION;") < text.index("INSERT INTO") < text.index("COMMIT;")
    assert text.endswith(
        "ALTER TABLE `accounts` ADD FOREIGN KEY (`contact_id`) REFERENCES `contacts` (`contact_id`);\n"
        "ALTER TABLE `contacts` ADD FOREIGN KEY (`account_id`) REFERENCES `accounts` (`account_id`);\n"
        "ALTER TABLE `contacts` ADD FOREIGN KEY (`manager_id`) REFERENCES `contacts` (`contact_id`);\n"
    )


def test_long_texts_are_longtext_in_mysql_and_no_key(tmp_path: Path) -> None:
    rows = pl.DataFrame({"key": ["k" * 33], "note": ["x" * 16_384]})
    path, _ = script(tmp_path / "l.sql", "mysql", table("t", rows))
    with pytest.raises(SynthDealError, match=r"The key \(note\) of t has texts of 16,384 characters") as refused:
        script(tmp_path / "k.sql", "mysql", table("t", rows, key=("note",)))
    halves = pl.DataFrame({"a": ["a" * 400], "b": ["b" * 400]})
    with pytest.raises(SynthDealError, match=r"The key \(a, b\) of t has texts of 832 characters"):
        script(tmp_path / "h.sql", "mysql", table("t", halves, key=("a", "b")))

    assert re.findall(r"`\w+` [A-Z]+(?:\(\d+\))?", path.read_text(encoding="utf-8"))[:2] == [
        "`key` VARCHAR(64)",
        "`note` LONGTEXT",
    ]
    assert refused.value.code == "export.key-too-long"


@pytest.mark.parametrize(("name", "dialect"), [("sqlite", ""), ("sql", "sqlite"), ("sql", "mysql")])
def test_numbers_that_a_database_does_not_have_are_refused_with_their_row(
    tmp_path: Path, name: str, dialect: str
) -> None:
    rows = table("t", pl.DataFrame({"key": range(1, 8), "x": [*[0.5] * 6, float("nan")]}))
    with pytest.raises(SynthDealError, match=r"^Row 7 of t has NaN in x") as refused:
        exporter_of(name, {"dialect": dialect} if dialect else {}).write([rows], tmp_path / "t")

    assert refused.value.code == "export.value-not-held"


def test_a_script_has_no_character_that_ends_it(tmp_path: Path) -> None:
    rows = table("t", pl.DataFrame({"key": range(1, 8), "x": [*["a"] * 6, "a\0b"]}))
    with pytest.raises(SynthDealError, match=r"^Row 7 of t has the character U\+0000 in x, which an SQL script"):
        script(tmp_path / "t.sql", "postgresql", rows)


def test_names_that_a_database_takes_for_the_same_or_cuts_are_refused(tmp_path: Path) -> None:
    alike = table("t", pl.DataFrame({"key": [1], "Key": [1]}))
    long = table("t", pl.DataFrame({"key": [1], "x" * 64: [1]}))
    for tables, dialect, code in (
        ([alike], "postgresql", "export.names-alike"),
        (
            [table(name, pl.DataFrame({"key": [1]})) for name in ("t", "T")],
            "sqlite",
            "export.names-alike",
        ),
        ([long], "postgresql", "export.name-too-long"),
    ):
        with pytest.raises(SynthDealError) as refused:
            script(tmp_path / "t.sql", dialect, *tables)
        assert refused.value.code == code
    script(tmp_path / "l.sql", "sqlite", long)


def test_long_rows_make_short_statements(tmp_path: Path) -> None:
    rows = pl.DataFrame({"key": range(30), "x": ["é" * 200_000] * 30})
    path, _ = script(tmp_path / "t.sql", "duckdb", table("t", rows, chunk=30))
    statements = path.read_bytes().split(b"INSERT INTO")

    assert max(map(len, statements)) < 2_200_000
    with duckdb.connect() as connection:
        connection.execute(path.read_text(encoding="utf-8"))
        assert connection.execute("FROM t").fetchall() == rows.rows()
