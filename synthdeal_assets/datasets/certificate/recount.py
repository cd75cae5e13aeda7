"""Counting the promises of a dataset in its files.

What promises there are belongs in the modules of their families, the files in `files.py`, the words in `wording.py`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb

from synthdeal_assets.datasets.certificate.files import READ, OpenedFiles, formats_in, open_files
from synthdeal_assets.datasets.certificate.promises import ROW, Promise, key_text, rows_of
from synthdeal_assets.datasets.certificate.seal import changed_cells, hashes_of, read_seal, write_seal
from synthdeal_assets.datasets.certificate.statements_of import not_recountable, promises_of
from synthdeal_assets.datasets.certificate.types import needed_tables
from synthdeal_assets.datasets.spec.dataset import Dataset
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.disk_room import says_no_room
from synthdeal_assets.foundation.warehouse.statements import sql_name

SHOWN_KEYS: Final = 5
"""Rows against a promise that are named."""

AT_ONCE: Final = 100
"""Promises that one scan counts: planning a query takes longer than in proportion to what it counts."""

OF_TYPES: Final = ("type", "agreement")
"""Kinds of promises whose conditions are SQL of semantic types, those of plugins among them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was counted of a promise.

    Attributes:
        promise: The promise.
        expected: What should have been found.
        measured: What was found.
        held: Whether it holds.
        against: How much speaks against it: rows, or what a count is off by.
        keys: Keys of rows or names of groups against it, five at most.
        values: What the field holds in these rows, as texts; empty where a promise is not about one.
    """

    promise: Promise
    expected: str
    measured: str
    held: bool
    against: int
    keys: tuple[str, ...] = ()
    values: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """All promises of a dataset, recounted.

    Attributes:
        outcomes: One for each promise, in the order of the specification.
        not_checked: Statements of the specification that files do not show.
        problems: Files and columns that are missing, not declared or unreadable.
        format: The extension of the files.
    """

    outcomes: tuple[Outcome, ...]
    not_checked: tuple[str, ...]
    problems: tuple[str, ...]
    format: str

    @property
    def held(self) -> int:
        """How many promises hold."""
        return sum(each.held for each in self.outcomes)

    @property
    def holds(self) -> bool:
        """Whether every promise holds, and the files have the columns that the specification declares."""
        return not self.against and not self.problems

    @property
    def against(self) -> tuple[Outcome, ...]:
        """The promises that do not hold."""
        return tuple(each for each in self.outcomes if not each.held)


def recount(
    dataset: Dataset,
    folder: Path,
    *,
    extension: str | None = None,
    memory: str = "1GB",
    threads: int = 2,
    seal: bool = False,
) -> Certificate:
    """Recount every promise of a dataset from its files.

    Args:
        dataset: The resolved specification.
        folder: Where the files lie, `TABLE.parquet` and so on.
        extension: Which of them, of `files.READ`; None for the first of them that is there.
        memory: What DuckDB may take up, such as 1GB; beyond it works on the disk.
        threads: Of DuckDB.
        seal: Whether the cells are as they are made: their seal is written. Otherwise they are compared with the seal
            that lies in the folder, if any.

    Raises:
        SynthDealError: No table has a file in the folder ("datasets.no-files"), a file that was opened cannot be read
            to its end ("datasets.unreadable-file"), or the memory is too little ("datasets.recount-memory").
    """
    found = formats_in(folder, dataset)
    if not found or (extension is not None and extension not in found):
        wanted = ", ".join(f"{next(iter(dataset.tables))}.{each}" for each in ([extension] if extension else READ))
        raise SynthDealError(
            f"There is no file of the dataset {dataset.specification.dataset} in {folder}, such as {wanted}: name the "
            "folder that it was exported to.",
            code="datasets.no-files",
            usage=True,
        )
    chosen = extension or found[0]
    promises = promises_of(dataset)
    with (
        tempfile.TemporaryDirectory(prefix="certificate-") as scratch,
        duckdb.connect(config={"memory_limit": memory, "threads": threads, "temp_directory": scratch}) as connection,
    ):
        connection.execute("SET TimeZone = 'UTC'")
        for name, table in needed_tables(dataset).items():
            connection.register(name, table.to_arrow())
        try:
            opened = open_files(connection, dataset, folder, chosen, Path(scratch))
            outcomes = _Counting(connection, dataset, opened).outcomes(promises)
            # Cells are hashed only where there is a seal to write or to compare.
            made, why_not = (None, None) if seal else read_seal(folder)
            hashes = hashes_of(connection, dataset, opened.lacking) if seal or made is not None else {}
        except (duckdb.Error, OSError) as error:
            if says_no_room(error):
                raise SynthDealError(
                    f"The files in {folder} cannot be recounted, because the disk of {tempfile.gettempdir()} is full: "
                    "free some space there, or name another folder in TMPDIR.",
                    code="datasets.no-room-to-recount",
                ) from error
            if isinstance(error, duckdb.OutOfMemoryException):
                raise SynthDealError(
                    f"The files in {folder} cannot be recounted within {memory}: give the recount more memory.",
                    code="datasets.recount-memory",
                ) from error
            if isinstance(error, duckdb.ProgrammingError | OSError):
                raise
            raise SynthDealError(
                f"The files in {folder} cannot be recounted ({_first_line(error)}): export the dataset again.",
                code="datasets.unreadable-file",
            ) from error
    not_checked, problems = [*not_recountable(dataset)], [each for _, each in opened.problems]
    if seal:
        write_seal(folder, hashes)
    else:
        problems += changed_cells(made or {}, hashes)
        not_checked += [why_not] if why_not is not None else []
    return Certificate(tuple(outcomes), tuple(not_checked), tuple(problems), chosen)


class _Counting:
    """The promises of one dataset over the views of its files."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, dataset: Dataset, opened: OpenedFiles) -> None:
        self._connection = connection
        self._dataset = dataset
        self._lacking = opened.lacking
        self._rows = cache(self._asked)

    def outcomes(self, promises: Sequence[Promise]) -> list[Outcome]:
        """One for each promise, in their order."""
        scans: dict[tuple[str, bool], list[int]] = {}
        outcomes: dict[int, Outcome] = {}
        for place, promise in enumerate(promises):
            # What is looked up is joined, and a join carries along the columns of all that share its scan.
            if promise.statement is not None or promise.looks_up:
                outcomes[place] = self._alone(promise)
            else:
                scans.setdefault((promise.table, bool(promise.joins)), []).append(place)
        for places in scans.values():
            for some in _batched(places):
                outcomes.update(zip(some, self._together([promises[place] for place in some]), strict=True))
        return [outcomes[place] for place in range(len(promises))]

    def _together(self, promises: Sequence[Promise]) -> list[Outcome]:
        if self._lacking:
            return [self._alone(each) for each in promises]
        measures = list(dict.fromkeys(measure for each in promises for measure in each.measures))
        joins = list(dict.fromkeys(join for each in promises for join in each.joins))
        source = rows_of(promises[0].table, joins)
        try:
            (counted,) = self._rows(f"SELECT {', '.join(measures)}\nFROM {source}")
        except (duckdb.DataError, duckdb.ProgrammingError):
            # One of them cannot be counted; which one is found out alone.
            return [self._alone(each) for each in promises]
        found = dict(zip(measures, counted, strict=True))
        return [self._outcome(each, [tuple(found[one] for one in each.measures)]) for each in promises]

    def _alone(self, promise: Promise) -> Outcome:
        if (promise.table, None) in self._lacking:
            return _not_counted(promise, f"{promise.table} was not found")
        try:
            return self._outcome(promise, self._rows(promise.query))
        except duckdb.DataError as error:
            return _not_counted(promise, _first_line(error))
        except duckdb.ProgrammingError as error:
            if self._lacking:
                return _not_counted(promise, "a column that it takes was not found")
            if promise.kind not in OF_TYPES:
                raise
            return _not_counted(promise, f"what its type says is no condition for DuckDB ({_first_line(error)})")

    def _outcome(self, promise: Promise, rows: Sequence[tuple[Any, ...]]) -> Outcome:
        verdict = promise.judge(rows)
        keys: tuple[str, ...] = verdict.keys[:SHOWN_KEYS]
        values: tuple[str | None, ...] = ()
        if verdict.against and promise.broken is not None:
            keys, values = self._where(promise)
        return Outcome(
            promise,
            verdict.expected or promise.expected,
            verdict.measured,
            not verdict.against,
            verdict.against,
            keys,
            values,
        )

    def _where(self, promise: Promise) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
        """The keys of rows against a promise, and what they hold."""
        table = sql_name(promise.table)
        shown = promise.shown or (f"{table}.{sql_name(promise.field)}" if promise.field else "NULL")
        rows = self._rows(
            f"SELECT {key_text(self._dataset, promise.table)}, CAST({shown} AS VARCHAR)\n"
            f"FROM {rows_of(promise.table, promise.joins)}\nWHERE {promise.broken}\n"
            f"ORDER BY {table}.{ROW} LIMIT {SHOWN_KEYS}"
        )
        return tuple(str(key) for key, _ in rows), tuple(value for _, value in rows) if promise.field else ()

    def _asked(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query).fetchall()


def _batched(places: Sequence[int]) -> Iterator[Sequence[int]]:
    """The places of promises in parts that one scan counts."""
    for start in range(0, len(places), AT_ONCE):
        yield places[start : start + AT_ONCE]


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]


def _not_counted(promise: Promise, why: str) -> Outcome:
    return Outcome(promise, promise.expected, f"not counted: {why}", held=False, against=0)
