"""Formulas, conditions and rules of a specification: a listed subset of SQL, and what both engines make of it.

A text goes through `parse_expression` or `parse_rule`, then `check`, `check_condition` or `check_rule`, and then into
`to_polars`, which makes rows, and `to_duckdb`, which recounts them. The meaning is DuckDB's, with these points settled:

- Numbers are float64. `7 / 2` is 3.5; a division or remainder by 0 is NULL; a remainder has the sign of what is
  divided.
- `round` goes half away from zero on the decimal number that a float64 stands for: `round(1.50 * 0.19, 2)` is 0.29.
  Calculated numbers are compared within the error of calculating them: `net + tax = total` holds for cents.
- Conditions know TRUE, FALSE and NULL. `coalesce`, `least`, `greatest` and `concat` pass over NULL; everything else,
  `||` among them, gives NULL for it. A rule is broken only where it is FALSE.
- A date plus a number is so many days later; the day of a month that is too short becomes its last. Dates are written
  as 2025-01-31, with or without quotes, or DATE '2025-01-31'.
- Texts are compared and cut by Unicode code points; `upper` and `lower` turn one letter into one letter, ß into ẞ.
- Names of fields keep their case.
"""

from synthdeal_assets.datasets.spec.expressions.bounds import Bound, bounds_of, conjuncts
from synthdeal_assets.datasets.spec.expressions.checking import (
    TypeOf,
    check,
    check_condition,
    check_rule,
)
from synthdeal_assets.datasets.spec.expressions.duckdb_sql import to_duckdb
from synthdeal_assets.datasets.spec.expressions.parsing import parse_expression, parse_rule
from synthdeal_assets.datasets.spec.expressions.polars_expressions import to_polars
from synthdeal_assets.datasets.spec.expressions.refusals import ExpressionError
from synthdeal_assets.datasets.spec.expressions.tree import Kind, Node, Path, Typed, TypedRule, WrittenRule, paths

__all__ = [
    "Bound",
    "ExpressionError",
    "Kind",
    "Node",
    "Path",
    "TypeOf",
    "Typed",
    "TypedRule",
    "WrittenRule",
    "bounds_of",
    "check",
    "check_condition",
    "check_rule",
    "conjuncts",
    "parse_expression",
    "parse_rule",
    "paths",
    "to_duckdb",
    "to_polars",
]
