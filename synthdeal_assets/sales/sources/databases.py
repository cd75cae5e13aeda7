"""A stranger's sales log in a database: one table, named by SQLAlchemy address, streamed and never whole in memory.

Passwords never leave this module: not in names, not in errors. Files belong in `sources/`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import parse_qsl

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.sql.elements import quoted_name

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.settings import passwords_in

ROWS_AT_ONCE: Final = 20_000
SHOWN_TABLES: Final = 15

PACKAGES: Final = {
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "pyodbc": "pyodbc",
    "pymssql": "pymssql",
    "MySQLdb": "mysqlclient",
    "pymysql": "pymysql",
    "oracledb": "oracledb",
    "cx_Oracle": "cx_Oracle",
}
"""What to install for a driver, where the name of the package is another."""

LOGIN_REFUSED: Final = re.compile(
    r"password authentication failed|no password supplied|login failed|access denied for user|"
    r"role \"[^\"]*\" does not exist|no pg_hba\.conf entry|18456",
    re.I,
)
PERMISSION_DENIED: Final = re.compile(r"permission denied|permission was denied|insufficient privilege", re.I)


@dataclass(frozen=True, slots=True)
class DatabaseTable:
    """A table of a database.

    Attributes:
        address: SQLAlchemy address, password included.
        table: Its name, with or without a schema.
        shown: What to call it: address without user and password, two colons, table.
    """

    address: str
    table: str
    shown: str

    def __repr__(self) -> str:
        return f"DatabaseTable({self.shown})"


def is_address(text: str) -> bool:
    """Whether a text is an address and no path."""
    return re.match(r"[A-Za-z][\w+.\-]*://", text) is not None


def named_table(text: str, table: str | None) -> DatabaseTable:
    """The table that is meant by `ADDRESS::TABLE`, or by an address and a table beside it.

    Raises:
        SynthDealError: It is no address of a database, its file is not there, or no table is named.
    """
    address, named = text, None
    head, colons, tail = text.rpartition("::")
    if colons and tail and not set(tail) & set("/]@="):
        address, named = head, tail
    if re.match(r"(https?|ftp|s3|gs|az|abfss?)://", address, re.I):
        raise SynthDealError(
            f"{_without_secrets(address, address)} is not a database address: download the file and give its path.",
            code="sales-log.web-address",
            usage=True,
        )
    url = _url(address)
    where = _where(url)
    _require_sqlite_file(url, where)
    named = named or table
    if named is None:
        raise SynthDealError(
            f"{where} is a database, but no table is given: add one with --sales-log-table or as ADDRESS::TABLE; "
            f"{_tables_in_words(url)}.",
            code="database.no-table-named",
            usage=True,
        )
    return DatabaseTable(address, named, f"{where}::{named}")


class StreamedTable:
    """An open table of a database, whose rows are read once, in pieces.

    Use as a context manager; the connection is closed at its end.

    Attributes:
        schema: Arrow schema of the rows.
        caveats: What a reader of the results must know.
        error: What went wrong while the rows were read, for the reader of the stream sees only its own words for it.
    """

    def __init__(self, source: DatabaseTable) -> None:
        self._source = source
        self._url = _url(source.address)
        self._engine = _engine(self._url, source.shown)
        self.caveats: list[str] = []
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        try:
            self._connection = self._engine.connect()
            columns, keys, table = self._described()
        except (sa.exc.SQLAlchemyError, OSError) as error:
            self._engine.dispose()
            raise self._sentence(error) from None
        except BaseException:
            self._engine.dispose()
            raise
        self._is_loosely_typed = self._url.get_backend_name() == "sqlite"
        fields = [(column["name"], self._arrow_type(column)) for column in columns]
        self.schema = pa.schema(fields)
        self._converters = [_converter(kind) for _, kind in fields]
        if not keys:
            self.caveats.append("has no primary key, so its row numbers may change when it is read again")
        # Of columns without a type, so that the driver's own values come and SQLAlchemy turns none down.
        self._query = (
            sa.select(*(sa.column(quoted_name(name, True)) for name, _ in fields))
            .select_from(table)
            .order_by(*(sa.column(quoted_name(key, True)) for key in keys))
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._engine.dispose()

    def reader(self) -> pa.RecordBatchReader:
        """The rows, in the order of the primary key if there is one. What goes wrong is kept in `error`."""
        return pa.RecordBatchReader.from_batches(self.schema, self._batches())

    def first(self, count: int) -> pa.Table:
        """The first rows.

        Raises:
            SynthDealError: They cannot be read.
        """
        batches, found = [], 0
        try:
            for batch in self._batches(at_once=count):
                batches.append(batch)
                found += batch.num_rows
                if found >= count:
                    break
        except Exception as error:  # noqa: BLE001  # drivers raise what they like
            raise self.sentence_of(error) from None
        return pa.Table.from_batches(batches, self.schema).slice(0, count)

    def sentence_of(self, error: Exception) -> SynthDealError:
        """What went wrong while rows were read, without passwords."""
        return error if isinstance(error, SynthDealError) else self._sentence(error)

    def _batches(self, at_once: int = ROWS_AT_ONCE) -> Iterator[pa.RecordBatch]:
        try:
            streaming = self._connection.execution_options(stream_results=True, yield_per=at_once)
            result = streaming.execute(self._query)
            for rows in result.partitions(at_once):
                columns = zip(*rows, strict=True)
                arrays = [
                    self._array(field, convert, values)
                    for field, convert, values in zip(self.schema, self._converters, columns, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        except Exception as error:
            self.error = error
            raise

    def _array(self, field: pa.Field, convert: Callable[[Any], Any], values: Sequence[Any]) -> pa.Array:
        try:
            return pa.array([None if value is None else convert(value) for value in values], field.type)
        except (pa.ArrowException, TypeError, ValueError, ArithmeticError) as error:
            raise SynthDealError(
                f"{self._source.shown} has a value in column {field.name!r} that does not match its type {field.type} "
                f"({_first_line(error)}): correct it, or use a view that leaves it out.",
                code="database.value-of-other-type",
            ) from error

    def _described(self) -> tuple[list[ReflectedColumn], list[str], sa.TableClause]:
        """Columns, primary key and name of the table."""
        inspector = sa.inspect(self._connection)
        schema, name = _schema_and_name(self._source.table)
        if not inspector.has_table(name, schema=schema):
            # A table may be called `a.b` by itself.
            schema, name = (None, self._source.table) if schema else (schema, name)
            if not inspector.has_table(name, schema=schema):
                raise SynthDealError(
                    f"There is no table {self._source.table!r} in {_where(self._url)}: {_tables_in_words(self._url)}.",
                    code="database.no-such-table",
                    usage=True,
                )
        columns = inspector.get_columns(name, schema=schema)
        try:
            keys = list(inspector.get_pk_constraint(name, schema=schema)["constrained_columns"])
        except (sa.exc.NoSuchTableError, NotImplementedError):
            keys = []
        return columns, keys, sa.table(quoted_name(name, True), schema=schema and quoted_name(schema, True))

    def _arrow_type(self, column: ReflectedColumn) -> pa.DataType:
        if self._is_loosely_typed:
            # A column of SQLite holds whatever was put into it, whatever was declared.
            return pa.string()
        kind = column["type"]
        simple: tuple[tuple[type[Any], pa.DataType], ...] = (
            (sa.Boolean, pa.bool_()),
            (sa.Integer, pa.int64()),
            (sa.Float, pa.float64()),
            (sa.DateTime, pa.timestamp("us")),
            (sa.Date, pa.date32()),
        )
        for of_database, of_arrow in simple:
            if isinstance(kind, of_database):
                return of_arrow
        if isinstance(kind, sa.Numeric) and kind.precision is not None and kind.precision <= 38:
            return pa.decimal128(kind.precision, max(kind.scale or 0, 0))
        return pa.string()

    def _sentence(self, error: BaseException) -> SynthDealError:
        return _sentence(error, self._url, self._source.shown)


def _converter(kind: pa.DataType) -> Callable[[Any], Any]:
    """What makes a driver's value one that Arrow takes for the type."""
    if pa.types.is_string(kind):
        return _as_text
    if pa.types.is_timestamp(kind):
        # The day is the one on the clock of the database's session, as its own tools show it.
        return lambda value: value.replace(tzinfo=None)
    if pa.types.is_decimal(kind):
        return lambda value: value if isinstance(value, Decimal) else Decimal(str(value))
    return lambda value: value


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", errors="replace")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _url(address: str) -> sa.URL:
    try:
        url = make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        raise SynthDealError(
            f"{_without_secrets(address, address)} is not a database address: write it like "
            "postgresql://user:password@host:5432/database, with characters such as @ in the password percent-encoded.",
            code="database.bad-address",
            usage=True,
        ) from None
    if url.drivername == "postgres":
        url = url.set(drivername="postgresql")
    # SQLAlchemy takes the older psycopg2 unless told otherwise.
    if url.drivername == "postgresql" and find_spec("psycopg2") is None:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername == "mysql" and find_spec("MySQLdb") is None and find_spec("pymysql") is not None:
        url = url.set(drivername="mysql+pymysql")
    return url


def _where(url: sa.URL) -> str:
    """The database without user, password and options."""
    kind = url.get_backend_name()
    if (written := url.query.get("odbc_connect")) is not None:
        text = written if isinstance(written, str) else written[0]
        parts = {
            key.strip().casefold(): value.strip().strip("{}")
            for key, equals, value in (part.partition("=") for part in text.split(";"))
            if equals
        }
        server = parts.get("server") or parts.get("address") or parts.get("dsn") or "odbc"
        return f"{kind}://{server.removeprefix('tcp:')}/{parts.get('database', '')}".rstrip("/")
    port = f":{url.port}" if url.port else ""
    return f"{kind}://{url.host or ''}{port}/{url.database or ''}"


def _engine(url: sa.URL, shown: str) -> sa.Engine:
    try:
        return sa.create_engine(url, poolclass=sa.NullPool)
    except ModuleNotFoundError as error:
        driver = error.name or url.get_driver_name()
        raise SynthDealError(
            f"{shown} cannot be read without the package {driver}: run `pip install '{PACKAGES.get(driver, driver)}'`.",
            code="database.package-missing",
        ) from None
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        if "libodbc" in str(error):
            raise SynthDealError(
                f"{shown} cannot be read without the ODBC library: install unixODBC and Microsoft's ODBC driver.",
                code="database.odbc-missing",
            ) from None
        raise SynthDealError(
            f"{shown} is a kind of database that SQLAlchemy does not know ({url.drivername}): correct the address, or "
            "install the package for its dialect.",
            code="database.unknown-kind",
            usage=True,
        ) from None


def _require_sqlite_file(url: sa.URL, where: str) -> None:
    """SQLite would make the file that is not there."""
    if url.get_backend_name() != "sqlite":
        return
    if not url.database or url.database == ":memory:":
        raise SynthDealError(
            f"{where} does not name a file: write sqlite:///PATH.", code="database.sqlite-without-file", usage=True
        )
    if not url.database.startswith("file:") and not Path(url.database).is_file():
        raise SynthDealError(
            f"There is no database {url.database}: correct the path (sqlite:///relative or sqlite:////absolute).",
            code="database.sqlite-file-missing",
            usage=True,
        )


def _schema_and_name(table: str) -> tuple[str | None, str]:
    parts = [part.strip('[]"`') for part in table.split(".")]
    return (None, parts[0]) if len(parts) == 1 else (".".join(parts[:-1]), parts[-1])


def _tables_in_words(url: sa.URL) -> str:
    """Some tables that there are."""
    where = _where(url)
    engine = _engine(url, where)
    try:
        with engine.connect() as connection:
            inspector = sa.inspect(connection)
            usual = inspector.default_schema_name
            names = []
            for schema in inspector.get_schema_names():
                if schema in ("information_schema", "INFORMATION_SCHEMA", "sys", "pg_catalog"):
                    continue
                found = [*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)]
                is_usual = schema == usual or url.get_backend_name() == "sqlite"
                names += found if is_usual else [f"{schema}.{name}" for name in found]
                if len(names) > SHOWN_TABLES:
                    break
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise _sentence(error, url, where) from None
    finally:
        engine.dispose()
    if not names:
        return "it has no tables that this user may see"
    more = " and more" if len(names) > SHOWN_TABLES else ""
    return f"it has {', '.join(names[:SHOWN_TABLES])}{more}"


def _sentence(error: BaseException, url: sa.URL, shown: str) -> SynthDealError:
    address = url.render_as_string(hide_password=False)
    reason = _without_secrets(_first_line(getattr(error, "orig", None) or error), address, url)
    if LOGIN_REFUSED.search(reason):
        return SynthDealError(
            f"{shown} refuses the login ({reason}): correct the user and password in the address.",
            code="database.login-refused",
        )
    if PERMISSION_DENIED.search(reason):
        return SynthDealError(
            f"{shown} cannot be read by this user ({reason}): ask for permission to read it.",
            code="database.not-permitted",
        )
    if "file is not a database" in reason:
        return SynthDealError(
            f"{shown} is not an SQLite database: correct the path.", code="database.not-sqlite", usage=True
        )
    return SynthDealError(
        f"{shown} cannot be read ({reason}): check that the database is running and reachable and that its address is "
        "right.",
        code="database.unreachable",
    )


def _first_line(error: object) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__


def _without_secrets(text: str, address: str, url: sa.URL | None = None) -> str:
    secrets = [*passwords_in(address)]
    if url is not None:
        secrets += [url.password] if url.password else []
        odbc = url.query.get("odbc_connect")
        keyed = dict(parse_qsl(odbc, separator=";")) if isinstance(odbc, str) else {}
        secrets += [value.strip("{}") for key, value in keyed.items() if key.strip().casefold() in ("pwd", "password")]
        secrets += passwords_in(f";{odbc}") if isinstance(odbc, str) else ()
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
