"""Checks on tables as they appear in Dagster: many checks, one op.

What is checked is decided in `table_checks.py` and in the rooms. One op serves all checks of a room because every op
costs a run tens of milliseconds, and because one connection then sees all tables in the same state.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import dagster as dg

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, markdown_table
from synthdeal_assets.foundation.warehouse.table_checks import TableCheck, Violation, checks_of, violations
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, limit_memory
from synthdeal_assets.settings import Settings

LONGEST_PASSED: Final = 2_500
"""Characters of SQL that a check which passed shows: every night keeps it twice, and patterns of telephone numbers are
three times as long."""


def build_table_checks(
    name: str,
    tables: Iterable[Table],
    *,
    blocking: bool = True,
    one_scan: bool = False,
    extra: Iterable[TableCheck] = (),
) -> dg.AssetChecksDefinition:
    """All checks of some tables in one op: those that follow from their descriptions, and some more.

    Typical use in a room's checks.py: `SCORING_CHECKS = [build_table_checks("scoring_checks", SCORING_TABLES)]`.

    Args:
        name: Name of the op, unique in the code location.
        tables: Tables whose descriptions are checked; their assets must be defined.
        blocking: Whether assets downstream of the tables are held back when a check that follows from a description
            fails. Leave False for tables nothing stands on.
        one_scan: Whether each check looks at all its columns at once, for tables of many columns and rows.
        extra: Checks that only the room knows; each decides for itself whether it blocks.

    Returns:
        A definition that needs the resources `warehouse` and `settings`. When several are launched, each check reports
        for itself; one that blocks fails the op after all have reported.
    """
    checks = [*(check for table in tables for check in checks_of(table, blocking=blocking, one_scan=one_scan)), *extra]

    @dg.multi_asset_check(
        name=name,
        specs=[
            dg.AssetCheckSpec(
                name=check.name, asset=asset_key(check.table), description=check.description, blocking=check.blocking
            )
            for check in checks
        ],
        can_subset=True,
    )
    def run_checks(
        context: dg.AssetCheckExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.AssetCheckResult]:
        selected = context.selected_asset_check_keys
        with warehouse.connect() as connection:
            limit_memory(connection, settings)
            results = [
                check_result(check, violations(connection, check))
                for check in checks
                if dg.AssetCheckKey(asset_key(check.table), check.name) in selected
            ]
        yield from results

    return run_checks


def check_result(check: TableCheck, found: Sequence[Violation]) -> dg.AssetCheckResult:
    """What Dagster shows of a check: passed or not, exact counts, a sample and the SQL."""
    offenders = sum(violation.count for violation in found)
    metadata: dict[str, Any] = {
        "offending_rows": offenders,
        "sql": dg.MetadataValue.md(
            _sql_block([(rule.subject, rule.query) for rule in check.rules], longest=None if found else LONGEST_PASSED)
        ),
    }
    if found:
        metadata["sample"] = dg.MetadataValue.md(
            "\n\n".join(
                f"**{violation.rule.subject}**: {violation.count:,} offending, {violation.sample.height} shown\n\n"
                f"{markdown_table(violation.sample)}"
                for violation in found
            )
        )
    return dg.AssetCheckResult(
        passed=not found,
        asset_key=asset_key(check.table),
        check_name=check.name,
        severity=dg.AssetCheckSeverity.ERROR if check.is_error else dg.AssetCheckSeverity.WARN,
        # What the check is about stands in its definition, and every night would store it four times more.
        description=(
            f"{check.description} Violations: {', '.join(f'{v.rule.subject} ({v.count:,} rows)' for v in found)}."
            if found
            else None
        ),
        metadata=metadata,
    )


def _sql_block(queries: Iterable[tuple[str, str]], longest: int | None) -> str:
    statements = "\n".join(f"-- {subject}\n{query.strip()};" for subject, query in queries)
    if longest is not None and len(statements) > longest:
        cut = len(statements) - longest
        statements = f"{statements[:longest]}\n-- {cut:,} characters more, shown when the check fails"
    return f"```sql\n{statements}\n```"
