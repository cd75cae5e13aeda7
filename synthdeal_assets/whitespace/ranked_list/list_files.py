"""The list as files for the sales team: which columns, in which order, under which headings.

How a CSV or a workbook is written belongs in `foundation/publishing/exports/spreadsheets.py`, who asks for one in
`page/assets.py` and the command line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.foundation.publishing.exports.spreadsheets import Sheet, write_workbook
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.warehouse.warehouse import query_frame, table_frame
from synthdeal_assets.sales.tables import SYNTHETIC
from synthdeal_assets.whitespace.run_results import caveats_of, data_in_words, read_outcome
from synthdeal_assets.whitespace.tables import HOLDOUT_METRICS, PROFILES, WHITESPACE_LIST

LIST_COLUMNS: Final = (
    "place",
    "grade",
    "customer_id",
    "customer_name",
    "division",
    "rep",
    "place_of_rep",
    "within_capacity",
    "is_eligible",
    "not_eligible_because",
    "score",
    "p_icp",
    "expected_value",
    "lift",
    "affinity",
    "challenger_score",
    "account_id",
    "open_opportunities",
    "reasons",
    "caveat",
    "cutoff_date",
)
"""Columns of the list in the files, those that a rep needs first."""

ADDED_COLUMNS: Final = {
    "window_end": "Last day of the window that p_icp and expected_value are about.",
    "is_synthetic": "Whether the sales log was made by SynthDeal, so that every purchase in it is invented.",
}
"""What the files say beyond the list, so that a row that is sent on alone still says what its numbers are."""

LIST_FORMATS: Final = {
    "score": "0.000",
    "p_icp": "0.0%",
    "expected_value": "#,##0",
    "lift": "0.00",
    "affinity": "0.000",
    "challenger_score": "0.000",
}
METRIC_FORMATS: Final = dict.fromkeys(("value", "low", "high", "gate"), "0.000")
PROFILE_FORMATS: Final = dict.fromkeys(("buyers_value", "others_value", "separation"), "0.00")

DECIMALS: Final = {**dict.fromkeys(LIST_FORMATS, 4), "expected_value": 2}
"""What a number in a file is rounded to: more digits say nothing."""

MAX_EXCEL_ROWS: Final = 100_000
"""Pairs in a workbook, the best first: more take minutes to write and to open, and the CSV has them all."""


def read_list(
    connection: duckdb.DuckDBPyConnection,
    *,
    rep: str | None = None,
    divisions: Sequence[str] | None = None,
    workable: bool = False,
) -> pl.DataFrame:
    """The present list in its order, with the columns `LIST_COLUMNS` and `ADDED_COLUMNS`.

    Args:
        connection: A connection to a warehouse with a list.
        rep: Only the pairs of this rep.
        divisions: Only these divisions.
        workable: Only eligible pairs within the capacity of their rep.
    """
    conditions, values = ["is_current"], dict[str, object]()
    if rep is not None:
        conditions.append("rep = $rep")
        values["rep"] = rep
    if divisions is not None:
        conditions.append("list_contains($divisions, division)")
        values["divisions"] = list(divisions)
    if workable:
        conditions.append("within_capacity")
    added = "window_end, EXISTS (FROM sales.log_files WHERE source_kind = $synthetic) AS is_synthetic"
    found = query_frame(
        connection,
        f"SELECT {', '.join(LIST_COLUMNS)}, {added} FROM whitespace.whitespace LEFT JOIN whitespace.cutoffs "
        f"USING (cutoff_date) WHERE {' AND '.join(conditions)} ORDER BY place",
        {**values, "synthetic": SYNTHETIC},
    )
    return found.with_columns(pl.col(name).round(decimals) for name, decimals in DECIMALS.items())


def write_list_workbook(path: Path, connection: duckdb.DuckDBPyConnection, pairs: pl.DataFrame, made: dt.date) -> None:
    """Write pairs as a workbook, with the profiles of ideal customers, what the hold-out showed, and what it all means.

    Args:
        path: File to write.
        connection: A connection to the warehouse they come from.
        pairs: Rows of `read_list`.
        made: The day that the workbook says it was made.

    Raises:
        OSError: The file cannot be written; what stood there before still stands there.
    """
    left_out = pairs.height - MAX_EXCEL_ROWS
    note = f"The best {MAX_EXCEL_ROWS:,} pairs; the CSV has {counted(left_out, 'more', 'more')}."
    write_workbook(
        path,
        [
            Sheet("List", pairs.head(MAX_EXCEL_ROWS), LIST_FORMATS, note if left_out > 0 else None),
            Sheet("Profiles", table_frame(connection, PROFILES), PROFILE_FORMATS),
            Sheet("Hold-out", table_frame(connection, HOLDOUT_METRICS), METRIC_FORMATS),
            Sheet("About", _about(connection), {}),
        ],
        made=dt.datetime.combine(made, dt.time()),
    )


def _about(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """What the list is of, how good it is, what to keep in mind, and what each of its columns says."""
    rows = []
    outcome = read_outcome(connection)
    if outcome is not None:
        facts, judged = outcome.facts, outcome.judgement
        if outcome.log.is_synthetic:
            rows.append(("Synthetic data", "The sales log was made by SynthDeal: every purchase in it is invented."))
        rows += [
            ("Sales log", data_in_words(outcome.log)),
            ("Known until", str(facts.cutoff)),
            ("Chances are about", f"the {facts.window_days} days until {facts.window_end}"),
            ("Money", "in the currency of the log"),
        ]
        if judged is not None:
            held = [*(verdict.sentence for verdict in judged.populations.values()), *judged.further]
            rows += [(f"Held against the days after {judged.cutoff}", sentence) for sentence in held]
        rows += [("Keep in mind", caveat) for caveat in caveats_of(outcome)]
    comments = {column.name: column.comment for column in WHITESPACE_LIST.columns}
    rows += [(f"Column {name}", comments[name]) for name in LIST_COLUMNS]
    rows += [(f"Column {name}", comment) for name, comment in ADDED_COLUMNS.items()]
    return pl.DataFrame(rows, schema=["about", "says"], orient="row")
