"""Reading the books of a home after a night: what must hold whatever the night was like.

It reads a copy, so that a torn log of a killed run stays for the next run to find.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb

from synthdeal_assets.foundation.private_files import OTHERS
from synthdeal_assets.scoring.rubric import ELEMENTS, bant_score, meddpicc_score, overall_score
from synthdeal_assets_tests.soak.bad_endpoint import Exchange

KEPT_TABLES: Final = {
    "scoring.llm_calls": "call_id",
    "scoring.score_history": "opportunity_id, scored_at, run_id, replaced_at",
    "report.executive_reports": "report_id",
}
"""Tables whose rows stay as they are once they are there, with what tells their rows apart."""

LEAVINGS: Final = re.compile(
    r"\.(partial|new|tmp|wal|journal|db-wal|db-shm)$|\.jsonl$|\.lock$|duckdb_temp|^\.synthdeal\.duckdb|^\."
)
"""Names of files that a run that ended well leaves nowhere."""

LEFT_ANYWAY: Final = re.compile(r"^(run\.lock|storage\.lock|\.db|errors\.jsonl|events\.jsonl)$")
"""Files of a home that has them for good."""


@dataclass
class Books:
    """What a home's books said after the last night, to compare those of the next one with.

    Attributes:
        kept: Hash of each row of the tables that keep their rows, by table and key.
    """

    kept: dict[str, dict[str, str]] = field(default_factory=dict)

    def faults(
        self, home: Path, exchanges: Sequence[Exchange], *, may_miss: int, may_lose: int, ended_well: bool
    ) -> list[str]:
        """Everything that is wrong, a sentence each.

        Args:
            home: The home.
            exchanges: What the endpoint sent so far.
            may_miss: Answers of which only the request may be on record, so that they are asked for again: what was in
                flight whenever a process was ended, and lines that a fault took out of a journal.
            may_lose: Answers that may be on no record at all: the lines that a fault took. Whatever else is sent was
                noted before.
            ended_well: Whether the last run ended by itself and with 0, so that nothing may lie about.
        """
        found = [*self._modes(home)]
        if ended_well:
            found += _leavings(home)
        with _copy_of(home) as connection:
            found += _ledger(connection, _noted(home), exchanges, may_miss, may_lose)
            found += _scores(connection)
            found += self._kept_rows(connection)
        return found

    def _kept_rows(self, connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
        for table, key in KEPT_TABLES.items():
            if not _has(connection, table):
                continue
            rows = connection.execute(f"SELECT ({key})::VARCHAR, md5({table.split('.')[1]}::VARCHAR) FROM {table}")
            now = dict(rows.fetchall())
            before = self.kept.get(table, {})
            changed = [each for each, digest in before.items() if now.get(each) != digest]
            if changed:
                yield f"{len(changed)} rows of former nights in {table} have changed or gone, such as {changed[0]}"
            self.kept[table] = now

    @staticmethod
    def _modes(home: Path) -> Iterator[str]:
        for path in (home, *home.rglob("*")):
            if not path.is_symlink() and path.lstat().st_mode & OTHERS:
                yield f"{path} is open to others: {oct(path.lstat().st_mode)}"


def tables_as_they_are(home: Path) -> str:
    """Hash over all rows of the tables that a run writes; for a run that must not have written."""
    digest = hashlib.sha256()
    with _copy_of(home) as connection:
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal AND schema_name <> 'ops' "
            "ORDER BY 1"
        ).fetchall()
        for (table,) in tables:
            content = connection.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {table} AS t").fetchone()
            digest.update(f"{table}{content}".encode())
    return digest.hexdigest()


@contextmanager
def _copy_of(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory() as folder:
        for path in home.glob("warehouse.duckdb*"):
            if path.name in {"warehouse.duckdb", "warehouse.duckdb.wal"}:
                shutil.copy(path, folder)
        with duckdb.connect(str(Path(folder, "warehouse.duckdb"))) as connection:
            yield connection


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    schema, _, name = table.partition(".")
    found = connection.execute("SELECT 1 FROM duckdb_tables() WHERE (schema_name, table_name) = (?, ?)", [schema, name])
    return found.fetchone() is not None


def _noted(home: Path) -> dict[str, dict[str, Any]]:
    """Requests in journals that the next run is to take in, by id."""
    noted = {}
    for path in (home / "llm_journal").glob("*.jsonl"):
        for line in path.read_text("utf-8", "replace").splitlines():
            try:
                call = json.loads(line)
            except ValueError:
                continue
            if "call_id" in call:
                noted[call["call_id"]] = call
    return noted


def _ledger(
    connection: duckdb.DuckDBPyConnection,
    noted: dict[str, dict[str, Any]],
    exchanges: Iterable[Exchange],
    may_miss: int,
    may_lose: int,
) -> Iterator[str]:
    columns = ("call_id", "key", "subject_id", "status", "input_tokens", "output_tokens")
    stored = []
    if _has(connection, "scoring.llm_calls"):
        stored = connection.execute(f"SELECT {', '.join(columns)} FROM scoring.llm_calls").fetchall()
    ids = {row[0] for row in stored}
    rows = [*stored, *(tuple(call[name] for name in columns) for key, call in noted.items() if key not in ids)]
    twice = [key for key, times in Counter(row[1] for row in rows if row[3] == "success").items() if times > 1]
    if twice:
        yield f"{len(twice)} questions have two paid answers on record, such as {twice[0]}"
    on_record, told = Counter(row[2] for row in rows), defaultdict[str, list[int]](lambda: [0, 0])
    for _, _, subject, _, read, written in rows:
        told[subject][0] += read or 0
        told[subject][1] += written or 0
    sent, charged, unclear = Counter[str](), defaultdict[str, list[int]](lambda: [0, 0]), set[str]()
    answers = Counter[str]()
    for each in exchanges:
        sent[each.subject] += each.whole
        answers[each.question] += each.good
        if each.tokens is None:
            unclear.add(each.subject)
        else:
            charged[each.subject][0] += each.tokens[0]
            charged[each.subject][1] += each.tokens[1]
    missing = {subject: sent[subject] - on_record[subject] for subject in sent if sent[subject] > on_record[subject]}
    if sum(missing.values()) > may_lose:
        yield f"{sum(missing.values())} answers that were sent are on no record, {may_lose} may be: {missing}"
    again = sum(times - 1 for times in answers.values() if times > 1)
    if again > may_miss:
        yield f"{again} questions were answered again, {may_miss} may be"
    apart = {
        subject: (told[subject], tokens)
        for subject, tokens in charged.items()
        if subject not in unclear and told[subject] != tokens
    }
    if len(apart) > may_miss:
        subject, of = next(iter(apart.items()))
        yield f"the tokens of {len(apart)} deals differ from what was sent, {may_miss} may; {subject}: {of}"
    more = [
        subject
        for subject, on in told.items()
        if subject not in unclear and any(a > b for a, b in zip(on, charged[subject], strict=True))
    ]
    if more:
        yield f"more tokens are on record than were sent: {more}"


def _scores(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    if not _has(connection, "scoring.opportunity_scores"):
        return
    for what, query in {
        "scored twice": "SELECT opportunity_id FROM scoring.opportunity_scores GROUP BY 1 HAVING count(*) > 1",
        "failed twice": "SELECT opportunity_id FROM scoring.score_failures GROUP BY 1 HAVING count(*) > 1",
        "scored and unknown": "SELECT opportunity_id FROM scoring.opportunity_scores ANTI JOIN scoring.scorer_inputs "
        "USING (opportunity_id)",
    }.items():
        if found := connection.execute(query).fetchall():
            yield f"{len(found)} deals are {what}, such as {found[0]}"
    levels: dict[str, dict[str, int]] = defaultdict(dict)
    query = "SELECT opportunity_id, element, counted_level FROM scoring.score_elements"
    for deal, element, level in connection.execute(query).fetchall():
        if element in levels[deal]:
            yield f"{deal} has {element} twice"
        levels[deal][element] = level
    scores = connection.execute(
        "SELECT opportunity_id, score, meddpicc_score, bant_score FROM scoring.opportunity_scores"
    ).fetchall()
    wanted = {element for _, element in ELEMENTS}
    for deal, *said in scores:
        of = levels.pop(deal, {})
        if set(of) != wanted:
            yield f"{deal} has {len(of)} elements"
        elif said != [overall_score(of), meddpicc_score(of), bant_score(of)]:
            yield f"{deal} has the scores {said}, which are not the sum of its elements"
    if levels:
        yield f"elements without a score: {sorted(levels)[:3]}"


def open_questions(home: Path) -> tuple[int, int]:
    """Deals without a score of their present input, and failures, by now."""
    with _copy_of(home) as connection:
        query = (
            "SELECT (SELECT count(*) FROM scoring.scorer_inputs ANTI JOIN scoring.opportunity_scores "
            "USING (opportunity_id, input_hash)), (SELECT count(*) FROM scoring.score_failures)"
        )
        pending, failed = connection.execute(query).fetchall()[0]
        return pending, failed


def _leavings(home: Path) -> Iterator[str]:
    for path in home.rglob("*"):
        if LEAVINGS.search(path.name) and not LEFT_ANYWAY.match(path.name):
            yield f"{path.relative_to(home)} was left by a run that ended well"
