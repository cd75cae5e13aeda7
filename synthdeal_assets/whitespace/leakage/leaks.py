"""Canaries: what would die first if the future leaked into features or models.

Each returns what it found, nothing when all is well, and each is shown to die when it should: by planting a leak
itself, or by a test that does. What Dagster shows of them belongs in `leakage/checks.py`.
"""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.statistics.bootstrap import curve_area, value_of
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_exists
from synthdeal_assets.sales.tables import FACT_TRANSACTIONS
from synthdeal_assets.whitespace.features.cutoffs import require_past_windows
from synthdeal_assets.whitespace.features.features import at_cutoff, build_features
from synthdeal_assets.whitespace.tables import CUTOFFS, FEATURES, FEATURES_OF_A_PAIR, MODELS
from synthdeal_assets.whitespace.vocabulary import MIN_POSITIVES

TELLTALE_AUC: Final = 0.98
"""A feature that ranks the buyers of a window this well alone has seen the window: no history is so regular."""
PLANTED: Final = "planted_future"
"""A feature made of the label itself, which must be found, or the search is blind."""
MAX_PAIRS_LOOKED_AT: Final = 50_000
"""More pairs than these are sampled, by a hash of their names: a telltale shows on any sample."""

CANARY: Final = "canary"
"""Name of the database in memory in which features are built anew."""

ROOMS: Final = ("synthdeal_assets.sales", "synthdeal_assets.whitespace")
"""Packages whose logic reads no clock."""
MAY_READ_THE_CLOCK: Final = re.compile(r"(assets|checks)\.py$")
"""Modules that meet Dagster: they may stamp what they publish."""
CLOCKS_IN_SQL: Final = re.compile(
    r"\b(current_date|current_time|current_timestamp|localtime|localtimestamp|get_current_time\w*|"
    r"(now|today|transaction_timestamp|statement_timestamp|clock_timestamp)\s*\()",
    re.IGNORECASE,
)
CLOCKS_IN_PYTHON: Final = frozenset({"now", "utcnow", "today", "utc_now", "time_ns", "localtime", "gmtime"})
STATEMENT: Final = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|SET|FROM|WHERE)\b")
"""What tells SQL in a Python text from prose."""


@dataclass(frozen=True, slots=True)
class Telltale:
    """A feature that alone tells who buys.

    Attributes:
        population: The pairs among which it does.
        feature: Its name.
        auc: How well it ranks buyers, in the better direction, 0.5 to 1.
        positives: Pairs that bought.
    """

    population: str
    feature: str
    auc: float
    positives: int


def find_telltales(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> tuple[list[Telltale], list[str]]:
    """Features that alone tell the labels of a cutoff nearly perfectly, in each population over all divisions.

    Args:
        connection: Where features and labels of the cutoff are.
        cutoff: A cutoff with labels.

    Returns:
        What was found, and the populations that could be judged: those with at least 50 buyers and 50 others.

    Raises:
        SynthDealError: The feature that is planted here, made of the label, is not found.
    """
    found, judged = [], []
    for population in query_frame(
        connection, "SELECT DISTINCT population FROM whitespace.labels WHERE cutoff_date = ? ORDER BY 1", [cutoff]
    ).to_series():
        pairs = query_frame(
            connection,
            statement(__package__, "labelled_features.sql"),
            {"cutoff": cutoff, "population": population, "most": MAX_PAIRS_LOOKED_AT},
        )
        positives = int(pairs["bought"].sum())
        if min(positives, pairs.height - positives) < MIN_POSITIVES:
            continue
        judged.append(population)
        telltales = [
            Telltale(population, feature, auc, positives)
            for feature in (PLANTED, *FEATURES_OF_A_PAIR)
            if (auc := separation(pairs[feature], pairs["bought"])) >= TELLTALE_AUC
        ]
        if PLANTED not in {telltale.feature for telltale in telltales}:
            raise SynthDealError(
                f"The search for leaks at {cutoff} cannot be trusted, because it did not find a leak that was "
                "planted: please report this.",
                code="whitespace.blind-leak-search",
            )
        found += [telltale for telltale in telltales if telltale.feature != PLANTED]
    return found, judged


def separation(values: pl.Series, bought: pl.Series) -> float:
    """How well values alone rank buyers: an AUC of 0.5 to 1, in the better direction, missing ones first or last."""
    won = bought.cast(pl.Float64).to_numpy()
    lowest, highest = (values.fill_null(float(end)).to_numpy() for end in ("-inf", "inf"))
    areas = [value_of(curve_area(score, won), won.size) for score in (lowest, highest)]
    return max(max(area, 1 - area) for area in areas)


def changed_by_another_future(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> pl.DataFrame:
    """Pairs whose stored features are others when they are built anew from a log with another future.

    The log is copied into a database in memory as it was known at the cutoff; its later and holdout rows are replaced
    by ones that never were.

    Args:
        connection: Where log and features are; not in a transaction.
        cutoff: A cutoff with features.

    Returns:
        customer_id and division; no rows when all is well.
    """
    stored_in = str(query_frame(connection, "SELECT current_database()").item())
    log, stored = (f'"{stored_in}".{table.qualified_name}' for table in (FACT_TRANSACTIONS, FEATURES))
    with _canary(connection, back_to=stored_in):
        for definition in ("CREATE SCHEMA sales", *FEATURES.create_statements()):
            connection.execute(definition)
        with at_cutoff(connection, cutoff):
            connection.execute(statement(__package__, "poisoned_log.sql", log=log))
        build_features(connection, cutoff)
        with at_cutoff(connection, cutoff):
            return query_frame(
                connection,
                statement(__package__, "features_that_differ.sql", stored=stored, anew=FEATURES.qualified_name),
            )


def models_of_the_future(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Stored models that learnt from a label window which ends after the cutoff they are used at.

    Returns:
        model_cutoff, division, population, learner, learnt_from and window_end; no rows when all is well.
    """
    if not (table_exists(connection, MODELS) and table_exists(connection, CUTOFFS)):
        return pl.DataFrame()
    return query_frame(connection, statement(__package__, "models_of_the_future.sql"))


def refuses_its_own_cutoff(cutoff: dt.date, window_days: int) -> bool:
    """Whether a model for use at a cutoff that would learn from the same cutoff is refused."""
    try:
        require_past_windows(cutoff, [cutoff], window_days)
    except SynthDealError:
        return True
    return False


def clocks_read() -> list[str]:
    """Where the logic of the rooms, in Python or SQL, reads a clock: "file:line: what", none when all is well."""
    found = []
    for room in ROOMS:
        for path, text in sorted(_sources_below(resources.files(room))):
            if not MAY_READ_THE_CLOCK.search(path):
                found += [f"{room}/{path}:{line}" for line in clocks_in(path, text)]
    return found


def _sources_below(folder: Traversable, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of each Python and SQL file in a folder and the folders in it."""
    for each in folder.iterdir():
        if each.is_dir():
            yield from _sources_below(each, f"{path}{each.name}/")
        elif each.name.endswith((".py", ".sql")):
            yield f"{path}{each.name}", each.read_text(encoding="utf-8")


def clocks_in(name: str, text: str) -> list[str]:
    """Where a file reads a clock: "line: what".

    Args:
        name: Name of the file; its ending tells Python from SQL.
        text: Its content.
    """
    if name.endswith(".sql"):
        code = re.sub(r"--.*", "", text)
        return [f"{code[: match.start()].count(chr(10)) + 1}: {match[0]}" for match in CLOCKS_IN_SQL.finditer(code)]
    return [f"{line}: {what}" for line, what in _clocks_in_python(ast.parse(text))]


def _clocks_in_python(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (
            node.attr in CLOCKS_IN_PYTHON or (node.attr == "time" and ast.unparse(node.value) == "time")
        ):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            clocks = CLOCKS_IN_PYTHON | ({"time"} if node.module == "time" else frozenset())
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name in clocks)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.search(node.value):
            yield from ((node.lineno, match[0]) for match in CLOCKS_IN_SQL.finditer(node.value))


@contextmanager
def _canary(connection: duckdb.DuckDBPyConnection, *, back_to: str) -> Iterator[None]:
    """A database in memory that is worked in until the block ends; the warehouse is only read meanwhile."""
    connection.execute(f"ATTACH ':memory:' AS {CANARY}")
    try:
        connection.execute(f"USE {CANARY}")
        yield
    finally:
        connection.execute(f'USE "{back_to}"')
        connection.execute(f"DETACH {CANARY}")
