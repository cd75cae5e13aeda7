"""Checks on stored tables as SQL that finds the offending rows; most follow from the table's description.

A check is a plain-language promise about a table ("keys are unique") and consists of rules; a rule is one query that
returns the rows that break it. Checks that follow from a description are made here; the ones that only a room knows
are written in that room. How they appear in Dagster is decided in `asset_checks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.warehouse.statements import marked_parts, sql_list
from synthdeal_assets.foundation.warehouse.tables import Column, Table
from synthdeal_assets.foundation.warehouse.warehouse import query_frame

SAMPLE_ROWS: Final = 10
"""Offending rows kept as a sample; the count is always exact."""


@dataclass(frozen=True)
class Rule:
    """One thing that must not occur.

    Attributes:
        subject: What the rule is about, mostly a column.
        query: Returns the offending rows; none when all is well.
    """

    subject: str
    query: str


@dataclass(frozen=True)
class TableCheck:
    """One promise about a table.

    Attributes:
        table: The table it is shown at.
        name: The promise in plain words, snake_case, such as "keys_are_unique".
        description: The promise in a sentence.
        rules: What must not occur.
        blocking: Whether what is built on the table would be wrong if the promise did not hold.
        is_error: False when a broken promise is only a warning.
    """

    table: Table
    name: str
    description: str
    rules: tuple[Rule, ...]
    blocking: bool = True
    is_error: bool = True


@dataclass(frozen=True)
class Violation:
    """A rule that does not hold.

    Attributes:
        rule: The rule; its query returns all offending rows.
        count: Exact number of offending rows (for keys: of values that occur more than once).
        sample: The first of them, at most `SAMPLE_ROWS`, in no particular order.
    """

    rule: Rule
    count: int
    sample: pl.DataFrame


def checks_of(table: Table, *, blocking: bool = True, one_scan: bool = False) -> list[TableCheck]:
    """The checks that follow from a table's description.

    Args:
        table: The table.
        blocking: Whether what is built on the table may go on when a key, a link or a listed value is wrong.
        one_scan: Whether each check looks at all its columns at once: for tables of many columns and rows, at the
            price that a violation does not name the column.

    Returns:
        keys_are_unique, required_values_are_present, links_lead_somewhere, only_picklist_values and
        numbers_are_in_range; without those that would have no rule.
    """
    required = [column.name for column in table.columns if not column.nullable]
    linked = [column for column in table.columns if column.references is not None]
    listed = [column for column in table.columns if column.values is not None]
    numeric = [(column, condition) for column in table.columns if (condition := _outside_range(column))]

    def rules_where(conditions: Mapping[str, str]) -> tuple[Rule, ...]:
        if one_scan and len(conditions) > 1:
            key = ", ".join(table.primary_key)
            any_of_them = " OR ".join(f"({condition})" for condition in conditions.values())
            return (
                Rule(
                    f"any of {len(conditions)} columns", f"SELECT {key} FROM {table.qualified_name} WHERE {any_of_them}"
                ),
            )
        return tuple(_rows_where(table, name, condition) for name, condition in conditions.items())

    promises = [
        (
            "keys_are_unique",
            f"The key ({_listing(table.primary_key)}) is unique and never missing.",
            (_duplicate_keys(table), *rules_where({name: f"{name} IS NULL" for name in table.primary_key})),
        ),
        (
            "required_values_are_present",
            f"No value is missing in {_listing(required)}.",
            rules_where({name: f"{name} IS NULL" for name in required}),
        ),
        (
            "links_lead_somewhere",
            f"Every row that {_listing([column.name for column in linked])} refer to exists.",
            tuple(_dangling_links(table, column) for column in linked),
        ),
        (
            "only_picklist_values",
            f"Only picklist values occur in {_listing([column.name for column in listed])}.",
            rules_where({column.name: _not_listed(column) for column in listed}),
        ),
        (
            "numbers_are_in_range",
            f"Numbers in {_listing([column.name for column, _ in numeric])} are finite and within their limits.",
            rules_where({column.name: condition for column, condition in numeric}),
        ),
    ]
    return [TableCheck(table, name, description, rules, blocking) for name, description, rules in promises if rules]


def rules_from(sql: str) -> tuple[Rule, ...]:
    """The rules in the text of an SQL file: each begins with a line "-- rule: <subject>", its query follows.

    Raises:
        ValueError: There is text before the first rule, or a rule without a query.
    """
    return tuple(Rule(subject, query) for subject, query in marked_parts(sql, "rule"))


def violations(connection: duckdb.DuckDBPyConnection, check: TableCheck) -> list[Violation]:
    """The rules of a check that do not hold, in the order of its rules.

    Raises:
        SynthDealError: A table that the check reads has not been made yet.
    """
    found = []
    for rule in check.rules:
        try:
            count = query_frame(connection, f"SELECT count(*) FROM ({rule.query})").item()
            if count:
                sample = query_frame(connection, f"SELECT * FROM ({rule.query}) LIMIT {SAMPLE_ROWS}")
                found.append(Violation(rule, count, sample))
        except duckdb.CatalogException as error:
            raise SynthDealError(
                f"The check {check.name} of {check.table.qualified_name} reads a table that does not exist "
                f"({str(error).splitlines()[0]}): materialise the asset and its upstream assets first.",
                code="table-check.table-missing",
            ) from error
    return found


def _duplicate_keys(table: Table) -> Rule:
    key = ", ".join(table.primary_key)
    return Rule(
        key, f"SELECT {key}, count(*) AS occurrences FROM {table.qualified_name} GROUP BY {key} HAVING count(*) > 1"
    )


def _rows_where(table: Table, column: str, condition: str) -> Rule:
    shown = ", ".join(dict.fromkeys([*table.primary_key, column]))
    return Rule(column, f"SELECT {shown} FROM {table.qualified_name} WHERE {condition}")


def _dangling_links(table: Table, column: Column) -> Rule:
    schema, name, target = str(column.references).split(".")
    shown = ", ".join(f"source.{name}" for name in dict.fromkeys([*table.primary_key, column.name]))
    return Rule(
        column.name,
        f"SELECT {shown} FROM {table.qualified_name} AS source ANTI JOIN {schema}.{name} AS target "
        f"ON source.{column.name} = target.{target} WHERE source.{column.name} IS NOT NULL",
    )


def _not_listed(column: Column) -> str:
    return f"{column.name} NOT IN {sql_list(column.values or ())}"


def _outside_range(column: Column) -> str | None:
    """The condition of a number outside its limits; None when there are none."""
    conditions = []
    if column.type == "DOUBLE":
        conditions.append(f"NOT isfinite({column.name})")
    if column.minimum is not None:
        conditions.append(f"{column.name} < {column.minimum!r}")
    if column.maximum is not None:
        conditions.append(f"{column.name} > {column.maximum!r}")
    return " OR ".join(conditions) or None


def _listing(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "nothing"
