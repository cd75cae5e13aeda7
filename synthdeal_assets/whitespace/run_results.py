"""What a run of the whitespace engine came to, read from its tables: what the page, the files and the commands tell.

Nothing is computed a second time. How it is laid out belongs in `page.py` and in the command line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import table_exists, table_frame
from synthdeal_assets.sales.tables import (
    CUSTOMERS,
    FACT_TRANSACTIONS,
    HOLDOUT,
    LOG,
    LOG_COLUMNS,
    LOG_FILES,
    REJECTED_ROWS,
    SYNTHETIC,
)
from synthdeal_assets.whitespace.holdout.drift import read_drift
from synthdeal_assets.whitespace.holdout.verdicts import Verdict, against_the_rules, gates, of_the_list, ways_of_buying
from synthdeal_assets.whitespace.tables import CUTOFFS, HOLDOUT_METRICS, MODELS, PREDICTIONS, WHITESPACE_LIST
from synthdeal_assets.whitespace.vocabulary import CHAMPION, POPULATIONS, SCIKIT_LEARN_BLEND, SCIKIT_LEARN_TREES

LONG_PAUSE_DAYS: Final = 28
TIMES_THE_USUAL_PAUSE: Final = 10
"""So much longer than the median time from one day with sales to the next, and than four weeks, a pause is told: shops
close for holidays, and some logs have a day a month."""
MAX_PAUSES: Final = 3
"""Pauses that are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class LogSource:
    """A source of the sales log: a row of sales.log_files."""

    source_file: str
    role: str
    kind: str
    rows: int
    first_day: dt.date | None
    last_day: dt.date | None
    caveats: str | None


@dataclass(frozen=True, slots=True)
class SalesLogFacts:
    """The sales log that stands in the warehouse.

    Attributes:
        sources: Its sources, those that are learnt from first.
        transactions: Rows of sales.fact_transactions.
        customers: Customers of the log, holdout left out.
        divisions: Divisions of the log.
        rejected: Reason and number of rows or cells that did not become transactions, most frequent first.
        unknown_columns: Columns that were kept aside, each once.
        holdout_is_of_strangers: Whether no customer of the later sales is one of the log.
        pauses: First and last day of each long time without a sale, also before the later sales begin.
    """

    sources: tuple[LogSource, ...]
    transactions: int
    customers: int
    divisions: int
    rejected: tuple[tuple[str, int], ...]
    unknown_columns: tuple[str, ...]
    holdout_is_of_strangers: bool
    pauses: tuple[tuple[dt.date, dt.date], ...]

    @property
    def is_synthetic(self) -> bool:
        """Whether the log was made by SynthDeal."""
        return any(source.kind == SYNTHETIC for source in self.sources)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a reader must know about the sources, each sentence once."""
        return tuple(dict.fromkeys(source.caveats for source in self.sources if source.caveats))


@dataclass(frozen=True, slots=True)
class HoldoutSummary:
    """What the hold-out says.

    Attributes:
        cutoff: The cutoff that was judged at.
        uses_holdout: Whether it reads later sales that were given for validation alone.
        populations: For each population how good the chosen models are and whether they keep what was promised.
        further: What else it says, sentence by sentence: against the rules, the list itself, drift.
    """

    cutoff: dt.date
    uses_holdout: bool
    populations: Mapping[str, Verdict]
    further: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListFacts:
    """The present list in numbers: its cutoff, its window, and how many pairs are what."""

    cutoff: dt.date
    window_days: int
    window_end: dt.date
    pairs: int
    customers: int
    divisions: int
    eligible: int
    within_capacity: int
    reps: int
    linked: int
    expected_value_within_capacity: float


@dataclass(frozen=True, slots=True)
class ChampionSummary:
    """What was chosen for a division and a population at the list's cutoff."""

    division: str
    population: str
    learner: str
    calibration: str
    training_rows: int
    training_positives: int
    caveat: str | None


@dataclass(frozen=True, slots=True)
class RunResults:
    """What a run came to.

    Attributes:
        log: The sales log.
        facts: The present list in numbers.
        judgement: What the hold-out says; None when nothing could be judged.
        champions: What was chosen, by division and population.
        never_bought: Customers who returned goods by the list's cutoff and had bought none: nobody lists them.
        learnt_without_lightgbm: Whether scikit-learn's trees took the place of LightGBM's.
    """

    log: SalesLogFacts
    facts: ListFacts
    judgement: HoldoutSummary | None
    champions: tuple[ChampionSummary, ...]
    never_bought: int
    learnt_without_lightgbm: bool


def read_log_facts(connection: duckdb.DuckDBPyConnection) -> SalesLogFacts | None:
    """The sales log in the warehouse; None when there is none."""
    if not all(table_exists(connection, table) for table in (LOG_FILES, FACT_TRANSACTIONS, CUSTOMERS)):
        return None
    sources = connection.execute(
        "SELECT source_file, source_role, source_kind, row_count, first_order_date, last_order_date, caveats "
        "FROM sales.log_files ORDER BY source_role != ?, source_file",
        [LOG],
    ).fetchall()
    rejected = _rows_of(
        connection,
        REJECTED_ROWS,
        "SELECT reason, count(*) FROM sales.rejected_rows GROUP BY reason ORDER BY count(*) DESC, reason",
    )
    unknown = _rows_of(
        connection,
        LOG_COLUMNS,
        "SELECT DISTINCT column_name FROM sales.log_columns WHERE column_role = 'unknown' ORDER BY column_name",
    )
    transactions, divisions = connection.execute(
        "SELECT count(*), count(DISTINCT division) FROM sales.fact_transactions"
    ).fetchall()[0]
    return SalesLogFacts(
        sources=tuple(LogSource(*row) for row in sources),
        transactions=transactions,
        customers=connection.execute("SELECT count(*) FROM sales.customers").fetchall()[0][0],
        divisions=divisions,
        rejected=tuple(rejected),
        unknown_columns=tuple(name for (name,) in unknown),
        holdout_is_of_strangers=connection.execute(
            "SELECT count(*) > 0 AND count(customers.customer_id) = 0 FROM sales.fact_transactions AS facts "
            "LEFT JOIN sales.customers AS customers USING (customer_id) WHERE facts.is_holdout"
        ).fetchall()[0][0],
        pauses=tuple(
            connection.execute(
                statement(__package__, "pauses.sql"),
                {"shortest": LONG_PAUSE_DAYS, "times_usual": TIMES_THE_USUAL_PAUSE},
            ).fetchall()
        ),
    )


def read_outcome(connection: duckdb.DuckDBPyConnection) -> RunResults | None:
    """What the last run came to; None when there is no list yet."""
    log = read_log_facts(connection)
    facts = _list_facts(connection)
    if log is None or facts is None:
        return None
    return RunResults(
        log,
        facts,
        read_judgement(connection),
        _champions(connection, facts.cutoff),
        connection.execute(statement(__package__, "never_bought.sql"), {"cutoff": facts.cutoff}).fetchall()[0][0],
        _learnt_without_lightgbm(connection, facts.cutoff),
    )


def read_judgement(connection: duckdb.DuckDBPyConnection) -> HoldoutSummary | None:
    """What the latest hold-out says; None when there is none."""
    metrics = table_frame(connection, HOLDOUT_METRICS)
    metrics = metrics.filter(pl.col("cutoff_date") == pl.col("cutoff_date").max())
    if metrics.is_empty():
        return None
    cutoff = metrics["cutoff_date"][0]
    reads_holdout = connection.execute(
        "SELECT uses_holdout FROM whitespace.cutoffs WHERE cutoff_date = ?", [cutoff]
    ).fetchone()
    drifted = ways_of_buying(read_drift(connection)).sentence
    further = (against_the_rules(metrics).sentence, of_the_list(metrics), drifted)
    return HoldoutSummary(
        cutoff=cutoff,
        uses_holdout=bool(reads_holdout and reads_holdout[0]),
        populations={population: gates(metrics, population) for population in POPULATIONS},
        further=tuple(sentence for sentence in further if sentence),
    )


def data_in_words(log: SalesLogFacts) -> str:
    """What the log is, in one sentence."""
    days = [day for source in log.sources for day in (source.first_day, source.last_day) if day is not None]
    span = f" from {min(days)} to {max(days)}" if days else ""
    kind = "a synthetic sales log" if log.is_synthetic else counted(len(log.sources), "source", "sources")
    return (
        f"{counted(log.transactions, 'transaction', 'transactions')} of "
        f"{counted(log.customers, 'customer', 'customers')} in {counted(log.divisions, 'division', 'divisions')}"
        f"{span}, from {kind}."
    )


def caveats_of(outcome: RunResults) -> Sequence[str]:
    """Everything a reader must know, sentence by sentence, each once."""
    said = list(outcome.log.caveats)
    if not outcome.facts.pairs:
        said.append(
            "Every customer has bought from every division that is modelled, so that there is nothing to list; how "
            "likely each is to buy again is in whitespace.predictions, and `synthdeal whitespace explain` says why."
        )
    if outcome.never_bought:
        said.append(
            f"{counted(outcome.never_bought, 'customer', 'customers')} of the log only returned goods and bought "
            f"nothing by {outcome.facts.cutoff}: the list, the models and their figures leave them out."
        )
    if outcome.learnt_without_lightgbm:
        said.append(
            "LightGBM could not be loaded when the models were learnt: scikit-learn's histogram gradient boosting took "
            f"its place ({SCIKIT_LEARN_TREES}, and {SCIKIT_LEARN_BLEND} with the regression)."
        )
    if outcome.judgement is None:
        said.append(
            "Nothing could be judged: no window covered by the data leaves enough earlier sales to learn from, so the "
            "quality of the list is not known."
        )
    if (unused := _unused_holdout(outcome)) is not None:
        said.append(unused)
    if outcome.log.holdout_is_of_strangers:
        said.append(
            "No customer of the sales given for validation only is in the log: check that both write customer ids the "
            "same way."
        )
    if outcome.log.pauses:
        named = [f"from {first} to {last}" for first, last in outcome.log.pauses[:MAX_PAUSES]]
        more = len(outcome.log.pauses) - len(named)
        said.append(
            f"Nothing was sold {', '.join(named)}{f' and {more:,} more' if more else ''}: if sales of these days "
            "are missing, what is learnt and measured across them is too low."
        )
    rejected = sum(number for _, number in outcome.log.rejected)
    if rejected:
        said.append(
            f"{counted(rejected, 'row or cell', 'rows or cells')} of the log did not become transactions; "
            "sales.rejected_rows has each with its reason."
        )
    by_caveat: dict[str, list[str]] = {}
    for champion in outcome.champions:
        if champion.caveat:
            by_caveat.setdefault(champion.caveat, []).append(f"{champion.division}, {champion.population}")
    said += [f"{caveat.rstrip('.')} ({'; '.join(where)})." for caveat, where in by_caveat.items()]
    return list(dict.fromkeys(said))


def _unused_holdout(outcome: RunResults) -> str | None:
    """That later sales were given for validation and could not be used, and why; None when they were, or none."""
    ends = {
        role: max(
            (source.last_day for source in outcome.log.sources if source.role == role and source.last_day), default=None
        )
        for role in (LOG, HOLDOUT)
    }
    log_end, holdout_end = ends[LOG], ends[HOLDOUT]
    given = any(source.role == HOLDOUT for source in outcome.log.sources)
    if not given or (outcome.judgement is not None and outcome.judgement.uses_holdout):
        return None
    if holdout_end is None or log_end is None or holdout_end <= log_end:
        why = f"none of them is later than the log, which ends on {log_end}"
    else:
        why = (
            f"they end on {holdout_end}, and the window after the cutoff {outcome.facts.cutoff} on "
            f"{outcome.facts.window_end}"
        )
    return f"The sales given for validation only were not used: {why}."


def _list_facts(connection: duckdb.DuckDBPyConnection) -> ListFacts | None:
    if not all(table_exists(connection, table) for table in (WHITESPACE_LIST, CUTOFFS)):
        return None
    row = connection.execute(statement(__package__, "list_facts.sql")).fetchall()[0]
    if row[3]:
        return ListFacts(*row) if row[1] is not None else None
    return _facts_without_whitespace(connection)


def _facts_without_whitespace(connection: duckdb.DuckDBPyConnection) -> ListFacts | None:
    """The facts of a list that is empty because all customers have everything; None when none was made yet."""
    found = _rows_of(connection, PREDICTIONS, statement(__package__, "cutoff_without_whitespace.sql"))
    if not found:
        return None
    cutoff, window_days, window_end = found[0]
    return ListFacts(cutoff, window_days, window_end, 0, 0, 0, 0, 0, 0, 0, 0.0)


def _champions(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> tuple[ChampionSummary, ...]:
    rows = _rows_of(
        connection,
        MODELS,
        "SELECT division, population, learner, calibration, training_rows, training_positives, caveat "
        "FROM whitespace.models WHERE model_cutoff = ? AND model_role = ? ORDER BY division, population",
        [cutoff, CHAMPION],
    )
    return tuple(ChampionSummary(*row) for row in rows)


def _learnt_without_lightgbm(connection: duckdb.DuckDBPyConnection, cutoff: dt.date) -> bool:
    query = "SELECT division FROM whitespace.models WHERE model_cutoff = ? AND learner = ?"
    return bool(_rows_of(connection, MODELS, query, [cutoff, SCIKIT_LEARN_TREES]))


def _rows_of(
    connection: duckdb.DuckDBPyConnection, table: Table, query: str, parameters: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    """What a query on a table returns; nothing where the table has not been made yet."""
    return connection.execute(query, parameters).fetchall() if table_exists(connection, table) else []
